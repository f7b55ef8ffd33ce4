import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { loadSite } from '../../gateway/registry/site-file.ts';
import { worldOf } from '../support/audit.ts';
import { at, task } from '../support/plan.ts';
import { simulatedNow } from '../support/simulated-time.ts';
import { Standalone } from '../support/standalone.ts';
import { machine, median, plain, printTable, spread } from './kit/figures.ts';
import { Progress } from './kit/progress.ts';
import { bareStart, bareStop } from './start/bare-node.ts';
import { type FreezeTimes, followFreezes, followStart, type StartTimes } from './start/follow.ts';
import { leastTimes, type Settled } from './start/least-times.ts';

/**
 * From `npm start` in an empty data folder to answers: the simulated district, all programs, and the day freezes of a
 * whole day, with one area without power, one concentrator offline and some broken meters.
 */
const RUNS = 3;
const TODAY = '2026-11-20';
const YESTERDAY = '2026-11-19';
const TIME = '10:03:10';
const MOST = 0.9;
const TASK = task('freeze-day');

interface Started extends StartTimes {
  readonly stop: number;
}

interface Freezes {
  readonly measured: FreezeTimes;
  readonly least: FreezeTimes;
  readonly owed: FreezeTimes;
}

const progress = new Progress('start');
const bareStarts: number[] = [];
const bareStops: number[] = [];
for (let run = 0; run <= RUNS; run++) {
  const [started, stopped] = [await bareStart(), await bareStop()];
  // The first one reads the program from disk.
  if (run === 0) continue;
  bareStarts.push(started);
  bareStops.push(stopped);
}
const starts: Started[] = [];
let freezes: Freezes | null = null;
for (let run = 1; run <= RUNS; run++) {
  progress.at(`start ${run} of ${RUNS}`);
  const begun = performance.now();
  const standalone = await Standalone.start({ env: simulatedNow(TODAY, TIME) });
  try {
    const times = await followStart(standalone, begun);
    const measured = run === RUNS ? await freezesOf(standalone, begun) : null;
    starts.push({ ...times, stop: await stopped(standalone) });
    if (measured) freezes = { measured, ...(await leastOf(standalone.dataDir)) };
  } finally {
    await standalone.clean();
  }
}
progress.end();
print(freezes);
console.log(`\n${machine()}`);

function freezesOf(standalone: Standalone, begun: number): Promise<FreezeTimes> {
  return followFreezes(standalone, begun, { today: TODAY, yesterday: YESTERDAY, most: MOST }, progress);
}

async function stopped(standalone: Standalone): Promise<number> {
  const begun = performance.now();
  const { code, signal } = await standalone.stop();
  if (code !== 0) throw new Error(`npm start ended with ${code ?? signal}:\n${standalone.program.output}`);
  return (performance.now() - begun) / 1000;
}

/** The same district with lines that lose no time. */
async function leastOf(dataDir: string): Promise<Pick<Freezes, 'least' | 'owed'>> {
  const now = at(TODAY, TIME);
  const registry = loadSite(join(dataDir, 'simulators', 'site.yaml'), now);
  const slots = [at(TODAY), at(YESTERDAY)];
  const timesOf = async (owed: boolean): Promise<FreezeTimes> =>
    milestones(await leastTimes(worldOf(dataDir), registry, { task: TASK, slots, now, owed }));
  return { least: await timesOf(false), owed: await timesOf(true) };
}

function milestones(settled: readonly Settled[]): FreezeTimes {
  const secondsOf = (each: Settled | undefined): number => (each?.afterMs ?? Number.NaN) / 1000;
  const firstOf = (slot: number): number => secondsOf(settled.find((each) => each.slot === slot && each.hasValue));
  const yesterday = settled.filter(({ slot }) => slot === at(YESTERDAY));
  return {
    firstOfToday: firstOf(at(TODAY)),
    firstOfYesterday: firstOf(at(YESTERDAY)),
    most: secondsOf(yesterday[Math.ceil(yesterday.length * MOST) - 1]),
    all: secondsOf(yesterday.at(-1)),
  };
}

function print(found: Freezes | null): void {
  const node = median(bareStarts);
  console.log(
    `Programs, s after the start of the supervisor; ${RUNS} starts, median (least … most).\n` +
      `Baseline: so many times \`node -e 0\` (${plain(node, 3)} s) as processes start one after another; for the end, ` +
      'a `node` that only waits.\n',
  );
  const row = (name: string, of: (started: Started) => number, baseline: number): string[] => {
    const times = starts.map(of);
    return [name, spread(times, 2), plain(baseline, 3), plain(median(times) / baseline, 0)];
  };
  printTable(
    ['milestone', 'time, s', 'baseline, s', '×'],
    [
      row('simulated district ready', (each) => each.simulators, 2 * node),
      row('gateway ready', (each) => each.gateway, 3 * node),
      row('API answers /readyz', (each) => each.api, 4 * node),
      row('SIGINT to the end of all', (each) => each.stop, median(bareStops)),
    ],
  );
  if (!found) return;
  const { measured, least, owed } = found;
  console.log(
    '\nDay freezes as the API tells of them, s after the start of the supervisor; one start. All lines at once, ' +
      "today's freezes come first.\nBaseline: the same lines in computed time, from the first moment on: bytes on the " +
      'wire, meters that think, one time-out for a silent\nmeter; then with the silences that each line owes after a ' +
      'time-out and before a request.\n',
  );
  const names: Readonly<Record<keyof FreezeTimes, string>> = {
    firstOfToday: "first of today's",
    firstOfYesterday: "first of yesterday's",
    most: `${MOST * 100} % of yesterday's accounted for`,
    all: "all of yesterday's accounted for",
  };
  printTable(
    ['milestone', 'time, s', 'minimum, s', 'with silences, s', 'more than that, s'],
    (Object.keys(names) as (keyof FreezeTimes)[]).map((name) => [
      names[name],
      plain(measured[name], 1),
      plain(least[name], 1),
      plain(owed[name], 1),
      plain(measured[name] - owed[name], 1),
    ]),
  );
}
