import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { addDays } from '#contract/zone.ts';
import { answersMeanwhile, failureAnswers, lossAnswers, summaryAnswers } from './figures/answers.ts';
import { billing } from './figures/billing.ts';
import { type Child, step } from './figures/child.ts';
import type { HttpClient } from './figures/client.ts';
import type { FeedCost } from './figures/feed-cost.ts';
import type { FreshDay } from './figures/fresh-day.ts';
import type { KeepingCost } from './figures/keeping-cost.ts';
import { type District, FIRST_DAY, nextDayOf, planOf, usualFolder } from './figures/made-district.ts';
import type { Made } from './figures/make.ts';
import { forgetPeak, logFolder, Programs } from './figures/programs.ts';
import { Report } from './figures/report.ts';
import type { WholeDay } from './figures/whole-day.ts';
import { machine, median, percent, plain, spread } from './kit/figures.ts';
import { processUse } from './kit/process-use.ts';

/**
 * The figures process and the API of the product on a generated district of a million meters: answers over HTTP, a day
 * of freezes as it comes in, a billing batch, line loss, and what all that takes of processor and memory.
 */
const METERS = 1_000_000;
const ROW_US = 5;
const MEMORY_MB = 1024;
const LOSS_S = 10;
const HERE = 'tests/bench/figures';

interface Options {
  readonly meters: string;
  readonly seed: string;
  readonly folder?: string;
  readonly keep?: boolean;
  readonly profiles?: string;
}

/** What the parts of the benchmark share. */
interface Bench {
  readonly district: District;
  readonly report: Report;
  readonly programs: Programs;
  readonly dates: readonly string[];
  /** Of the plan, and its date. */
  readonly day: number;
  readonly date: string;
  readonly figures: Child;
  readonly api: { readonly child: Child; readonly client: HttpClient };
  readonly bare: HttpClient;
}

await new Command('npm run bench:figures --')
  .option('--meters <n>', 'meters of the district, whole areas of 200', String(METERS))
  .option('--seed <n>', 'another district of the same size', '1')
  .option(
    '--folder <dir>',
    'where the district is made, or was made before; else by size and seed in the temporary folder',
  )
  .option('--keep', 'leave the district there for the next time')
  .option('--profiles <dir>', 'profile the processor use of figures process and API into this folder')
  .action(run)
  .parseAsync();

async function run({ meters, seed, folder, keep = false, profiles }: Options): Promise<void> {
  const size = { meters: Number(meters), seed: Number(seed) };
  const district: District = { ...size, folder: resolve(folder ?? usualFolder(size)) };
  const report = new Report();
  try {
    await made(district, report);
    await measured(district, report, profiles);
  } finally {
    if (!keep) rmSync(district.folder, { recursive: true, force: true });
  }
  console.log(
    `${plain(size.meters)} meters in ${plain(size.meters / 200)} areas, embedded stores, everything on this machine. ` +
      'Answers are measured over HTTP to their last byte.\n',
  );
  report.print();
  console.log(`\n${machine()}`);
  if (report.isBroken) process.exitCode = 1;
}

/** Seconds that a step may take: some for a start, and so many for every million meters. */
function allowed({ meters }: District, start: number, million: number): number {
  return Math.ceil(start + (million * meters) / METERS);
}

async function made(district: District, report: Report): Promise<void> {
  const { folder, meters, seed } = district;
  if (nextDayOf(district) !== null) {
    report.note(`the district is there already: ${folder}`);
    return;
  }
  report.note(`making the district in ${folder}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(logFolder(district), { recursive: true });
  const made = await step<Made>(`${HERE}/make.ts`, allowed(district, 120, 1800), {
    args: [folder, String(meters), String(seed)],
    heapMb: 8192,
    log: join(logFolder(district), 'make.log'),
  });
  report.add({ what: 'registry stored', measured: `${plain(made.registryS)} s` });
  const perSecond = `${plain(made.rows / made.rowsS)} rows/s`;
  report.add({ what: `${plain(made.rows)} rows stored`, measured: `${plain(made.rowsS)} s, ${perSecond}` });
}

async function measured(district: District, report: Report, profiles: string | undefined): Promise<void> {
  const plan = planOf(district);
  const day = nextDayOf(district) ?? FIRST_DAY;
  const date = plan.dates[day] ?? '';
  const dates = plan.dates.slice(FIRST_DAY, day);
  const programs = await Programs.open(district, day, profiles);
  try {
    const bare = await programs.startBare();
    const figures = await figuresMade({ district, report, programs, dates });
    const api = await programs.startApi(allowed(district, 60, 120));
    const bench: Bench = { district, report, programs, dates, day, date, figures, api, bare };
    await allParts(bench);
  } finally {
    await programs.close();
  }
}

async function allParts(bench: Bench): Promise<void> {
  const { report, dates, date, api, bare, district } = bench;
  const complete = dates.at(-1) ?? '';
  const servers = { api: api.client, pid: api.child.pid, bare };
  await report.part('summary', () => summaryAnswers(servers, report, { from: dates[0] ?? '', date: complete }));
  await report.part('failures', () => failureAnswers(servers, report, complete));
  const use = processUse(api.child.pid);
  report.add({ what: 'memory of the API', measured: `${plain(use.rssMb)} MB, ${plain(use.peakRssMb)} MB at most` });
  await report.part('a day of freezes', () => freshDay(bench));
  await report.part('feed in the commits of the gateway', () => feedCost(bench));
  await report.part('keeping a row', () => keepingCost(bench));
  await report.part('billing', () =>
    billing(
      {
        ...{ ...servers, report, meters: district.meters, seconds: allowed(district, 60, 300) },
        pids: { api: api.child.pid, figures: bench.figures.pid },
      },
      date,
    ),
  );
  await report.part('line loss', () => lineLoss(bench));
  await report.part('line loss by the API', () => lossAnswers(servers, report, addDays(date, -1)));
}

/** Starts the figures process; the first time it makes everything from the stores. */
async function figuresMade({
  district,
  report,
  programs,
  dates,
}: Pick<Bench, 'district' | 'report' | 'programs' | 'dates'>): Promise<Child> {
  const begun = performance.now();
  const figures = await programs.startFigures(allowed(district, 60, 240));
  await programs.keptUpTo(dates, figures, allowed(district, 120, 1200));
  const tookS = (performance.now() - begun) / 1000;
  const idle = await programs.resting(figures, allowed(district, 30, 300));
  const { rssMb, peakRssMb, cpuS } = processUse(figures.pid);
  const what = `figures of ${dates.length} days and the start of the process`;
  report.add({ what, measured: `${plain(tookS, 1)} s, ${plain(cpuS, 1)} s of CPU until it rests` });
  report.add({ what: 'CPU of the figures process at rest', measured: percent(idle) });
  report.add({
    what: 'memory of the figures process after its start',
    measured: `${plain(rssMb)} MB, ${plain(peakRssMb)} MB at most`,
    aim: '< 1 GB',
    met: peakRssMb < MEMORY_MB,
  });
  return figures;
}

async function freshDay({ district, report, programs, dates, day, date, figures, api }: Bench): Promise<void> {
  forgetPeak(figures.pid);
  const idle = await programs.resting(figures, allowed(district, 30, 60));
  const [before, begun] = [processUse(figures.pid).cpuS, performance.now()];
  const delivering = step<FreshDay>(`${HERE}/fresh-day.ts`, allowed(district, 60, 600), {
    args: [district.folder, String(district.meters), String(district.seed), String(day)],
    log: join(logFolder(district), 'fresh-day.log'),
  });
  await answersMeanwhile(api.client, report, date, delivering);
  const { rows, seconds } = await delivering;
  const delivered = performance.now();
  await programs.keptUpTo([...dates, date], figures, allowed(district, 60, 600));
  const behindS = (performance.now() - delivered) / 1000;
  const after = processUse(figures.pid);
  const restS = (idle * (performance.now() - begun)) / 1000;
  const rowUs = ((after.cpuS - before - restS) * 1e6) / rows;
  report.add({
    what: `${plain(rows)} rows of a day come in`,
    measured: `${plain(rows / seconds)} rows/s`,
    baseline: `all of it in the figures, on disk, ${plain(behindS, 1)} s later`,
  });
  report.add({
    what: 'CPU of the figures process beyond what it takes at rest',
    measured: `${plain(rowUs, 2)} µs a row`,
    aim: `< ${ROW_US} µs`,
    met: rowUs < ROW_US,
    baseline: `${percent(idle)} of a core at rest`,
  });
  report.add({
    what: 'memory of the figures process meanwhile',
    measured: `${plain(after.rssMb)} MB, ${plain(after.peakRssMb)} MB at most`,
    aim: '< 1 GB',
    met: after.peakRssMb < MEMORY_MB,
  });
}

async function feedCost({ district, report }: Bench): Promise<void> {
  const cost = await step<FeedCost>(`${HERE}/feed-cost.ts`, 180, {
    args: [district.folder, String(district.seed)],
    log: join(logFolder(district), 'feed-cost.log'),
  });
  const [without, told] = [median(cost.without), median(cost.with)];
  report.add({
    what: 'CPU of the gateway for what it tells to the figures',
    measured: `${plain(told - without, 2)} µs a row`,
    aim: `< ${ROW_US} µs`,
    met: told - without < ROW_US,
    baseline: `${spread(cost.without, 2)} µs a row for the commit without`,
    ratio: told / without,
  });
}

async function keepingCost({ district, report }: Bench): Promise<void> {
  const { days, followed } = await step<KeepingCost>(`${HERE}/keeping-cost.ts`, 300, {
    args: [district.folder, String(district.seed)],
    heapMb: 4096,
    log: join(logFolder(district), 'keeping-cost.log'),
  });
  report.add({
    what: 'CPU of keeping days, by itself',
    measured: `${spread(days, 2)} µs a row`,
    aim: `< ${ROW_US} µs`,
    met: median(days) < ROW_US,
    baseline: 'keeper over 100,000 meters, until all is on disk',
  });
  report.add({
    what: 'with rules on readings and line loss',
    measured: `${spread(followed, 2)} µs a row`,
    baseline: `${plain(median(days), 2)} µs a row for the days alone`,
    ratio: median(followed) / median(days),
  });
}

async function lineLoss({ district, report, date }: Bench): Promise<void> {
  const found = await step<WholeDay>(`${HERE}/whole-day.ts`, allowed(district, 60, 300), {
    args: [district.folder, date],
    heapMb: 4096,
    log: join(logFolder(district), 'whole-day.log'),
  });
  const wholeS = Math.max(...found.wholeMs) / 1000;
  report.add({
    what: `line loss of a day of ${plain(found.areas)} areas, ${plain(found.told)} of them told`,
    measured: `${spread(found.wholeMs)} ms`,
    aim: `< ${LOSS_S} s for 5,000 areas`,
    met: wholeS < LOSS_S,
    baseline: `${spread(found.bareMs, 1)} ms for a bare sum over the columns`,
    ratio: median(found.wholeMs) / median(found.bareMs),
  });
  report.add({ what: 'of it, once for a registry: who belongs where', measured: `${plain(found.firstMs)} ms` });
  report.add({ what: '500 rows of a few areas', measured: `${spread(found.fewMs, 1)} ms` });
}
