import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { Child, step, within } from './figures/child.ts';
import { quantile } from './figures/client.ts';
import { Report } from './figures/report.ts';
import { type Claim, claim } from './kit/claim.ts';
import { machine, plain } from './kit/figures.ts';
import type { EngineAlone } from './outages/engine-alone.ts';
import { Hotline } from './outages/hotline.ts';
import type { StormFound } from './outages/storm.ts';
import type { Ready, ThroughWatch } from './outages/through-watch.ts';
import type { TopologyCost } from './outages/topology.ts';

/** A storm through the outage engine, through the gateway's watch and its store, and what the hotline is told meanwhile. */
const CUSTOMERS = 100_000;
const TOPOLOGY_METERS = 1_000_000;
const HERE = 'tests/bench/outages';
const IDLE_ASKED = 300;
const ANOMALIES = fileURLToPath(new URL('anomalies.ts', import.meta.url));

interface Options {
  readonly customers: string;
  readonly meters: string;
  readonly seed: string;
  readonly only?: string;
}

await new Command('npm run bench:outages --')
  .option('--customers <n>', 'meters that go dark', String(CUSTOMERS))
  .option('--meters <n>', 'meters of the topology', String(TOPOLOGY_METERS))
  .option('--seed <n>', 'another storm', '1')
  .option('--only <part>', 'engine, watch, topology or anomalies')
  .action(run)
  .parseAsync();

async function run({ customers, meters, seed, only }: Options): Promise<void> {
  const report = new Report();
  const folder = mkdtempSync(join(tmpdir(), 'meterway-outages-'));
  try {
    const parts: Readonly<Record<string, () => Promise<void>>> = {
      engine: () => engineAlone(report, customers, seed, folder),
      watch: () => storedStorm(report, customers, seed, folder),
      topology: () => topology(report, meters, folder),
      anomalies: () => anomalies(report),
    };
    for (const [name, part] of Object.entries(parts)) {
      if (only === undefined || only === name) await report.part(name, part);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(
    `${plain(Number(customers))} meters go dark within 60 s; 20 % of what they tell is lost, doubled, late.\n`,
  );
  report.print();
  console.log(`\n${machine()}`);
  if (report.isBroken) process.exitCode = 1;
}

async function engineAlone(report: Report, customers: string, seed: string, folder: string): Promise<void> {
  const args = [customers, seed];
  const found = await step<EngineAlone>(`${HERE}/engine-alone.ts`, 300, {
    args,
    heapMb: 4096,
    log: join(folder, 'engine.log'),
  });
  const { items, engineMs, heapsMs, parseMs, mapMs, longestMs } = found;
  const perS = (ms: number): string => `${plain((items * 1000) / ms)}/s`;
  reportStorm(report, 'engine, simulated time', found);
  report.add({
    what: `${plain(items)} pieces of evidence through the engine, 5,000 at a time`,
    measured: perS(heapsMs),
    aim: '≥ 50,000/s',
    met: (items * 1000) / heapsMs >= 50_000,
    baseline: `${perS(parseMs)} through JSON.parse, ${perS(mapMs)} into a Map`,
    ratio: heapsMs / parseMs,
  });
  report.add({ what: 'the same as they come, worked out every 200 ms', measured: perS(engineMs) });
  report.add({ what: 'longest 200 ms of the storm in the engine', measured: `${plain(longestMs, 1)} ms` });
}

function reportStorm(report: Report, where: string, { delaysMs, others, told, items }: StormFound): void {
  const found = delaysMs.filter((delay) => delay !== null);
  const [p50, most] = [quantile(found, 0.5), Math.max(...found)];
  report.add({
    what: `${where}: ${found.length} of ${delaysMs.length} feeders, ${others} other incidents; from enough evidence to open`,
    measured: `${plain(p50 / 1000, 2)} s, ${plain(most / 1000, 2)} s at most`,
    aim: '< 5 s',
    met: most < 5000 && found.length === delaysMs.length && others === 0,
  });
  report.add({ what: `${where}: changes told`, measured: plain(told), baseline: `${plain(items)} pieces of evidence` });
}

/** Store, watch and API as they are run; the storm lasts as long as it does. */
async function storedStorm(report: Report, customers: string, seed: string, folder: string): Promise<void> {
  const data = join(folder, 'data');
  const args = [data, customers, seed];
  const watch = new Child(`${HERE}/through-watch.ts`, { args, heapMb: 4096, log: join(folder, 'watch.log') });
  const hotline = new Hotline(data, Number(customers), join(folder, 'api.log'));
  try {
    await within(300, 'the start of the watch', watch.message<Ready>());
    await report.part('hotline', () => hotline.start());
    const idle = await hotline.asked(() => false, IDLE_ASKED);
    let isOver = false;
    watch.send('storm');
    const running = within(600, 'the storm', watch.message<ThroughWatch>()).finally(() => {
      isOver = true;
    });
    const [found, during] = await Promise.all([running, hotline.asked(() => isOver)]);
    reportWatch(report, found);
    if (during.length > 0) reportAsked(report, idle, during);
  } finally {
    await hotline.stop();
    await watch.stop();
  }
}

function reportWatch(report: Report, found: ThroughWatch): void {
  reportStorm(report, 'watch and store, real time', found);
  report.add({
    what: 'event loop delay of the gateway meanwhile, p99',
    measured: `${plain(found.loopP99Ms, 1)} ms`,
    aim: '< 50 ms',
    met: found.loopP99Ms < 50,
    baseline: `looked at every 5 ms; p50 ${plain(found.loopP50Ms, 1)} ms, most ${plain(found.loopMaxMs, 1)} ms`,
  });
  report.add({ what: 'longest hand-over until it was stored', measured: `${plain(found.longestMs)} ms` });
  report.add({ what: 'memory of the process of the watch', measured: `${plain(found.rssMb)} MB` });
}

function reportAsked(report: Report, idle: readonly number[], during: readonly number[]): void {
  const [p95, p99] = [quantile(during, 0.95), quantile(during, 0.99)];
  const [idle95, idle99] = [quantile(idle, 0.95), quantile(idle, 0.99)];
  const line = { what: `supply-status during the storm, ${plain(during.length)} times` };
  report.add({
    ...{ what: `${line.what}, p95`, measured: `${plain(p95, 1)} ms`, aim: '< 50 ms', met: p95 < 50 },
    ...{ baseline: `${plain(idle95, 1)} ms before it`, ratio: p95 / idle95 },
  });
  report.add({
    ...{ what: `${line.what}, p99`, measured: `${plain(p99, 1)} ms`, aim: '< 200 ms', met: p99 < 200 },
    ...{ baseline: `${plain(idle99, 1)} ms before it`, ratio: p99 / idle99 },
  });
}

async function topology(report: Report, meters: string, folder: string): Promise<void> {
  const options = { args: [meters], log: join(folder, 'topology.log') };
  const { seconds, rssMb, beforeMb, mapS, mapMb } = await step<TopologyCost>(`${HERE}/topology.ts`, 120, options);
  const what = `topology of ${plain(Number(meters))} meters with the engine`;
  report.add({
    ...{ what, measured: `${plain(seconds, 1)} s`, aim: '< 10 s', met: seconds < 10 },
    ...{ baseline: `${plain(mapS, 1)} s for a Map of the ids`, ratio: seconds / mapS },
  });
  report.add({
    ...{ what: `${what}, memory of the process`, measured: `${plain(rssMb)} MB`, aim: '< 600 MB', met: rssMb < 600 },
    baseline: `${plain(beforeMb)} MB before, ${plain(mapMb)} MB for a Map of the ids`,
  });
}

/** The rules print their own table: one line a rule. */
async function anomalies(report: Report): Promise<void> {
  const child = fork(ANOMALIES, [], { stdio: 'inherit' });
  child.on('message', (message: { claim?: Claim }) => {
    if (message.claim) claim(message.claim);
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) report.isBroken = true;
}
