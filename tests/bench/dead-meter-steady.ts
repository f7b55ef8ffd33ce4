import type { QuantityName } from '#contract/quantities.ts';
import { planFor } from '../../gateway/registry/plans.ts';
import { parseSite } from '../../gateway/registry/site-file.ts';
import { buildDistrict, meterId } from '../../simulators/district/build.ts';
import { siteFileText } from '../../simulators/district/site-file.ts';
import { World } from '../../simulators/world/world.ts';
import { at, task } from '../support/plan.ts';
import { claim } from './kit/claim.ts';
import { machine, percent, plain, printTable } from './kit/figures.ts';
import { Progress } from './kit/progress.ts';
import { RS485, timeoutMs } from './lines/rounds.ts';
import { startVirtual } from './lines/virtual-field.ts';
import { VirtualTime } from './start/virtual-time.ts';

/**
 * What meters that have died cost their line once it knows it: rounds due by a calendar, hours of them in virtual time.
 * The collector's runner, bus and reader are at work as they are; only the clock and the port are made.
 */
const METERS = 32;
/** So that the line is busy for more than half of its time, but could carry the living and as many dead ones. */
const EVERY_S = 15;
const HOUR_MS = 3_600_000;
const ITEMS: readonly QuantityName[] = ['voltage_a_v', 'current_a_a', 'power_active_total_w'];
/** Of DL/T 645: 4 FE, 12 of the frame, 4 of the data identifier. */
const REQUEST_BYTES = 20;
const USUAL_ATTEMPTS = 3;
const LINE = 'L1';
const AIMS: Readonly<Record<number, number>> = { 1: 0.02, 4: 0.06 };
const START = at('2026-11-20', '10:00:00');

interface Hour {
  readonly name: string;
  readonly silent: number;
  readonly readings: number;
  readonly slowestMs: number;
  readonly busyMs: number;
}

/** Hours in the life of a line on which meters die after the first one. */
async function hoursWith(dead: number): Promise<{ hours: Hour[]; lostMs: number }> {
  const line = { id: LINE, kind: 'dlt645-pty', customers: METERS - 1, timing: RS485 } as const;
  const world = new World(buildDistrict({ areas: [{ id: 'A1', lines: [line] }] }));
  const registry = parseSite('site.yaml', siteFileText(world.spec, new Map([[LINE, { path: '/dev/none' }]])), START);
  const [collector] = registry.collectors;
  if (!collector) throw new Error('BUG: a site without a collector');
  const round = task('instant', { calendar: { everyS: EVERY_S }, items: [...ITEMS], toleranceS: EVERY_S });
  const plan = planFor({ ...registry, tasks: [round] }, collector);
  const [planLine] = plan.lines;
  if (!planLine) throw new Error('BUG: no line');
  const time = new VirtualTime(START);
  const field = startVirtual(world, plan, planLine, time);
  const hours: Hour[] = [];
  const passHour = async (name: string): Promise<void> => {
    const { timeouts, busyMs } = field.counters;
    const { readings } = field.told;
    field.told.slowestMs = 0;
    await field.pass(HOUR_MS);
    hours.push({
      name,
      silent: field.counters.timeouts - timeouts,
      readings: field.told.readings - readings,
      slowestMs: field.told.slowestMs,
      busyMs: field.counters.busyMs - busyMs,
    });
  };
  await field.pass(60_000);
  for (let i = 0; i < dead; i++) {
    const meter = meterId(1, 3 + Math.floor((i * METERS) / dead));
    world.faults.put(`dead-${i}`, { kind: 'dead', target: { meter } }, time.now());
  }
  await passHour('first');
  await passHour('second');
  await field.stop();
  return { hours, lostMs: timeoutMs(planLine.timing, REQUEST_BYTES) };
}

const progress = new Progress('dead-meter-steady');
const rows: string[][] = [];
for (const dead of [0, 1, 4]) {
  progress.at(`${dead} dead`);
  const { hours, lostMs } = await hoursWith(dead);
  const due = ((METERS - dead) * HOUR_MS) / (EVERY_S * 1000);
  for (const { name, silent, readings, slowestMs, busyMs } of hours) {
    const cost = (silent * lostMs) / HOUR_MS;
    rows.push([
      String(dead),
      name,
      percent(busyMs / HOUR_MS),
      plain(silent),
      percent(cost, 2),
      percent((dead * USUAL_ATTEMPTS * lostMs) / (EVERY_S * 1000), 1),
      `${plain(readings)} of ${plain(due)}`,
      plain(slowestMs / 1000, 2),
    ]);
    const aim = AIMS[dead];
    if (aim === undefined || name === 'first') continue;
    claim({
      what: `cost of ${dead} dead of ${METERS} meters, steady state`,
      aim: `< ${percent(aim, 0)} of line time`,
      measured: `${percent(cost, 2)}, living meters ${percent(Math.min(1, readings / due), 1)} read`,
      baseline: `${USUAL_ATTEMPTS} attempts each ${EVERY_S} s round: ${percent((dead * USUAL_ATTEMPTS * lostMs) / (EVERY_S * 1000), 1)}`,
      met: cost < aim,
    });
  }
}
progress.end();
console.log(
  `${METERS} DL/T 645 meters at ${RS485.baudRate} baud, ${ITEMS.length} items each every ${EVERY_S} s, in virtual time. Meters that ` +
    `answered for a minute die; the hours after that.\nBaseline: ${USUAL_ATTEMPTS} attempts for each dead meter in each round.\n`,
);
printTable(
  [
    'dead',
    'hour',
    'line busy',
    'silent requests',
    'cost, of line time',
    'baseline',
    'living meters read',
    'slowest, s',
  ],
  rows,
);
console.log(`\n${machine()}`);
