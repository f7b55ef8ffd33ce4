import type { QuantityName } from '#contract/quantities.ts';
import type { DistrictPlan } from '../../simulators/district/build.ts';
import { claim } from './kit/claim.ts';
import { machine, median, percent, plain, printTable, spread } from './kit/figures.ts';
import { Progress } from './kit/progress.ts';
import { leastMs, RS485, roundTimes, seenOn, untilRead, wireMs } from './lines/rounds.ts';
import { type SaturatedField, startSaturated } from './lines/saturated-field.ts';
import { Sim } from './lines/sim.ts';
import type { SimLineStats } from './lines/sim-process.ts';

/**
 * How much of a serial line's time is used. The least time of a round is what the bytes take on the wire and the
 * meters take to think. Modbus over serial line V1.02, 2.5.1.1, prescribes 3.5 characters of silence before a request
 * besides, DL/T 645-2007 none.
 */
const METERS = 32;
const ROUNDS = 4;
const DEADLINE_MS = 90_000;
const ITEMS: readonly QuantityName[] = ['voltage_a_v', 'current_a_a', 'power_active_total_w'];

/** The supply meter of an area is on its first line. */
const DISTRICT: DistrictPlan = {
  areas: [
    { id: 'A1', lines: [{ id: 'DLT645', kind: 'dlt645-pty', customers: METERS - 1, timing: RS485 }] },
    { id: 'A2', lines: [{ id: 'RTU', kind: 'modbus-rtu-pty', customers: METERS - 1, timing: RS485 }] },
  ],
};
const NAMES: Readonly<Record<string, string>> = { DLT645: 'DL/T 645', RTU: 'Modbus RTU' };
const PRESCRIBED_MS: Readonly<Record<string, number>> = { DLT645: 0, RTU: wireMs(3.5) };
const AIM = 0.97;

const progress = new Progress('serial-line');
const sim = await Sim.start(DISTRICT);
const running = await startSaturated(sim.siteText, { rounds: ROUNDS, items: ITEMS });
const begun = performance.now();
try {
  const after = async (line: string, rounds: number): Promise<[line: string, stats: SimLineStats]> => {
    await untilRead(running, new Map([[line, rounds * METERS]]), DEADLINE_MS, progress);
    const stats = (await sim.stats())[line];
    if (!stats) throw new Error(`BUG: no figures of line ${line}`);
    return [line, stats];
  };
  const lines = running.plan.lines.map(({ id }) => id);
  // The first round opens the port, compiles the code and makes sure that no reply to a predecessor is on the way.
  const first = new Map(await Promise.all(lines.map((line) => after(line, 1))));
  const all = new Map(await Promise.all(lines.map((line) => after(line, ROUNDS))));
  progress.end();
  print(running, new Map([...all].map(([line, stats]) => [line, since(first.get(line), stats)])));
  console.log(`\n${machine()}`);
} finally {
  await running.field.stop();
  await sim.stop();
}

/** What a line has carried since its earlier figures. */
function since(before: SimLineStats | undefined, now: SimLineStats): SimLineStats {
  const entries = Object.entries(now).map(([name, count]) => [
    name,
    count - Number(before?.[name as keyof SimLineStats]),
  ]);
  return Object.fromEntries(entries) as SimLineStats;
}

function print(running: SaturatedField, byLine: ReadonlyMap<string, SimLineStats>): void {
  console.log(
    `${METERS} meters a line at ${RS485.baudRate} baud, reply after ${RS485.replyDelayMs[0]} ms, both lines at once; ` +
      `median of ${ROUNDS - 1} rounds (least … most).\nBaseline: bytes × 11 bits ÷ ${RS485.baudRate} baud + reply delays as they came.\n`,
  );
  const rows = running.plan.lines.map(({ id }) => {
    const stats = byLine.get(id);
    if (!stats) throw new Error(`BUG: no figures of line ${id}`);
    const [, ...rounds] = roundTimes(seenOn(running, id), ROUNDS, begun);
    const requests = stats.requests / rounds.length;
    const least = leastMs(stats) / rounds.length;
    const prescribedMs = PRESCRIBED_MS[id] ?? 0;
    const silence = requests * prescribedMs;
    const measured = median(rounds);
    const name = NAMES[id] ?? id;
    const used = (least + silence) / measured;
    // The aim knows no silence between frames; what the standard prescribes of it is told beside the figure.
    const withSilence =
      prescribedMs > 0 ? ` (${percent(used)} with ${plain(prescribedMs, 1)} ms prescribed silence)` : '';
    claim({
      what: `serial line use, ${METERS} meters, ${RS485.baudRate} baud, ${name}`,
      aim: `>= ${percent(AIM, 0)}`,
      measured: `${percent(least / measured)}${withSilence}`,
      baseline: `bytes × 11 bits ÷ ${RS485.baudRate} baud + reply delay`,
      met: least / measured >= AIM,
    });
    return [
      name,
      plain(requests),
      plain(least / 1000, 3),
      spread(
        rounds.map((ms) => ms / 1000),
        3,
      ),
      percent(least / measured),
      `${plain(prescribedMs, 2)} ms`,
      percent(used),
      `${plain((measured - least - silence) / requests, 2)} ms`,
      `${plain(stats.lateMs / stats.requests, 2)} ms`,
    ];
  });
  printTable(
    [
      'line',
      'requests',
      'minimum, s',
      'round, s',
      'line use',
      'silence prescribed',
      'line use, silence counted',
      'lost a request',
      'simulator late',
    ],
    rows,
  );
}
