import type { QuantityName } from '#contract/quantities.ts';
import { type AreaPlan, meterId } from '../../simulators/district/build.ts';
import { machine, percent, plain, printTable, spread, total } from './kit/figures.ts';
import { Progress } from './kit/progress.ts';
import { RS485, roundTimes, seenOn, timeoutMs, untilRead } from './lines/rounds.ts';
import { startSaturated } from './lines/saturated-field.ts';
import { Sim } from './lines/sim.ts';

/**
 * What dead meters take from the others on their line: in the first round, when nobody knows yet that they are dead,
 * and later, when they are left alone but for a probe after ever longer waits.
 */
const METERS = 32;
const ROUNDS = 5;
const DEADLINE_MS = 120_000;
const ITEMS: readonly QuantityName[] = ['voltage_a_v', 'current_a_a', 'power_active_total_w'];
/** Of DL/T 645: 4 FE, 12 of the frame, 4 of the data identifier. */
const REQUEST_BYTES = 20;
/** What a line without a breaker does each round. */
const USUAL_ATTEMPTS = 3;
/** Longest wait of the breaker. */
const LONGEST_WAIT_MS = 900_000;
const DEAD = [0, 1, 4];

/** Places spread over the line, the first one soon. */
const deadOf = (area: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => meterId(area, 3 + Math.floor((i * METERS) / count)));

const areas = DEAD.map((count): AreaPlan => {
  const line = { id: `dead-${count}`, kind: 'dlt645-pty', customers: METERS - 1, timing: RS485 } as const;
  return { id: `A${count}`, lines: [line] };
});
const dead = DEAD.flatMap((count, i) => deadOf(i + 1, count));

const progress = new Progress('dead-meter');
const sim = await Sim.start({ areas }, dead);
const running = await startSaturated(sim.siteText, { rounds: ROUNDS, items: ITEMS });
const begun = performance.now();
try {
  const wanted = new Map(DEAD.map((count) => [`dead-${count}`, ROUNDS * (METERS - count)]));
  await untilRead(running, wanted, DEADLINE_MS, progress);
  const stats = await sim.stats();
  progress.end();
  const timing = running.plan.lines[0]?.timing;
  if (!timing) throw new Error('BUG: no line');
  const lostMs = timeoutMs(timing, REQUEST_BYTES);
  console.log(
    `${METERS} DL/T 645 meters a line, ${RS485.baudRate} baud, time-out ${timing.replyTimeoutMs} ms, the lines at once; ` +
      `one silent request costs ${plain(lostMs)} ms.\nBaseline: the line without dead meters, its time scaled to as many ` +
      'living ones. "longer" is how much longer the living wait.\n',
  );
  printTable(
    ['dead', 'round', 'time, s', 'baseline, s', 'longer', 'share of line time', 'silent requests'],
    rowsOf((count) => stats[`dead-${count}`]?.unanswered ?? 0),
  );
  console.log('');
  printTable(
    ['dead', `${USUAL_ATTEMPTS} attempts each round would take`, 'in the long run, a probe each 900 s'],
    DEAD.filter((count) => count > 0).map((count) => {
      const usualMs = count * USUAL_ATTEMPTS * lostMs;
      const round = living(count, timesOf(0).slice(1));
      const share = usualMs / (usualMs + total(round) / round.length);
      return [String(count), percent(share), percent((count * lostMs) / LONGEST_WAIT_MS, 2)];
    }),
  );
  console.log(`\n${machine()}`);
} finally {
  await running.field.stop();
  await sim.stop();
}

function timesOf(count: number): number[] {
  return roundTimes(seenOn(running, `dead-${count}`), ROUNDS, begun);
}

/** The rounds of the line without dead meters, as if it had only as many meters as the other has living ones. */
function living(count: number, times: readonly number[]): number[] {
  return times.map((ms) => (ms * (METERS - count)) / METERS);
}

function rowsOf(silentOn: (count: number) => number): string[][] {
  return DEAD.filter((count) => count > 0).flatMap((count) => {
    const times = timesOf(count);
    const base = living(count, timesOf(0));
    const row = (round: string, from: number, to: number, silent: number): string[] => {
      const took = times.slice(from, to);
      const without = base.slice(from, to);
      const extra = total(took) - total(without);
      return [
        String(count),
        round,
        seconds(took),
        seconds(without),
        percent(extra / total(without)),
        percent(extra / total(took)),
        String(silent),
      ];
    };
    const silent = silentOn(count);
    return [row('first', 0, 1, count), row(`2 to ${ROUNDS}`, 1, ROUNDS, silent - count)];
  });
}

function seconds(times: readonly number[]): string {
  return spread(
    times.map((ms) => ms / 1000),
    2,
  );
}
