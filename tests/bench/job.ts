import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '#contract/job.ts';
import { topic } from '#contract/topics.ts';
import { planFor } from '../../gateway/registry/plans.ts';
import { parseSite } from '../../gateway/registry/site-file.ts';
import { claim } from './kit/claim.ts';
import { machine, median, plain, printTable, spread } from './kit/figures.ts';
import { Progress } from './kit/progress.ts';
import { leastMs, RS485 } from './lines/rounds.ts';
import { Sim } from './lines/sim.ts';
import { CollectorProcess } from './process/collector-process.ts';
import { type Arrived, ToyCentre } from './process/toy-centre.ts';

/**
 * How long a read on demand takes from the broker and back, beyond what the line itself takes for it: the bytes on the
 * wire and the thinking of the meter. The line has nothing else to do.
 */
const JOBS = 40;
/** The first ones open the port and compile the code. */
const UNCOUNTED = 5;
const BETWEEN_MS = 100;
const TIMEOUT_S = 20;
const AIM_MS = 50;
const START_MS = 20_000;
const LINE = 'L1';

const progress = new Progress('job');
const line = { id: LINE, kind: 'dlt645-pty', customers: 1, timing: RS485 } as const;
const sim = await Sim.start({ areas: [{ id: 'A1', lines: [line] }] });
const registry = parseSite('site.yaml', sim.siteText, Date.now());
const [registered] = registry.collectors;
if (!registered) throw new Error('BUG: a site without a collector');
const plan = planFor({ ...registry, tasks: [] }, registered);
const centre = await ToyCentre.start(plan);
const collector = await CollectorProcess.start(centre.port, plan);
try {
  await Promise.race([centre.working, tooLate('work by its plan', START_MS)]);
  const beyondMs: number[] = [];
  for (let n = 0; n < UNCOUNTED + JOBS; n++) {
    progress.at(`job ${n + 1} of ${UNCOUNTED + JOBS}`);
    const before = await carried();
    const tookMs = await ask(`j${n}`);
    const lineMs = (await carried()) - before;
    if (n >= UNCOUNTED) beyondMs.push(tookMs - lineMs);
    await sleep(BETWEEN_MS);
  }
  progress.end();
  console.log(
    `${JOBS} jobs for one value of one DL/T 645 meter at ${RS485.baudRate} baud, one after another on an idle line, from the publish of the job ` +
      'to the arrival of its row; broker and centre in another process.\nBaseline: what the line itself takes for it, which is taken off.\n',
  );
  const least = Math.min(...beyondMs);
  printTable(['jobs', 'beyond the line, ms', 'least, ms'], [[plain(JOBS), spread(beyondMs, 1), plain(least, 1)]]);
  console.log(`\n${machine()}`);
  claim({
    what: 'job to result on an idle line, beyond the line’s own time',
    aim: `< ${AIM_MS} ms`,
    measured: `${spread(beyondMs, 1)} ms`,
    baseline: `bytes × 11 bits ÷ ${RS485.baudRate} baud + ${RS485.replyDelayMs[0]} ms reply delay, taken off`,
    met: median(beyondMs) < AIM_MS,
  });
} finally {
  await collector.stop();
  await centre.close();
  await sim.stop();
}

function tooLate(what: string, ms: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`the collector did not ${what} within ${ms / 1000} s`)), ms).unref();
  });
}

/** What the line has taken so far, ms. */
async function carried(): Promise<number> {
  const stats = (await sim.stats())[LINE];
  if (!stats) throw new Error('BUG: no figures of the line');
  return leastMs(stats);
}

/** Publishes a job and resolves with the time until its row is there, ms. */
async function ask(id: string): Promise<number> {
  const meter = plan.meters[0]?.id ?? '';
  const now = Date.now();
  const job: Job = {
    v: 1,
    id,
    at: now,
    deadlineAt: now + TIMEOUT_S * 1000,
    timeoutS: TIMEOUT_S,
    kind: 'instant',
    items: ['voltage_a_v'],
    slot: null,
    meters: [meter],
  };
  const row = new Promise<Arrived>((resolve) => {
    centre.onRow = (arrived) => {
      if (arrived.job === id) resolve(arrived);
    };
  });
  const begun = performance.now();
  await centre.publish(topic(plan.district, plan.collector, 'down/job'), JSON.stringify(job));
  const { stream, arrivedAt } = await Promise.race([row, tooLate(`answer job ${id}`, TIMEOUT_S * 1000)]);
  if (stream !== 'reading') throw new Error(`job ${id} ended without a value`);
  return arrivedAt - begun;
}
