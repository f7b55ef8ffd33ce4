import { mkdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventRow } from '#contract/envelope.ts';
import type { OutageHead } from '#contract/outage.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { systemClock } from '#platform/clock.ts';
import { Lifecycle } from '#platform/lifecycle.ts';
import { createLogger } from '#platform/logger.ts';
import { Metrics } from '#platform/metrics.ts';
import { loadSettings } from '#platform/settings/load.ts';
import { centreFolder, openFigures, openReadingsForWriting, openState } from '#stores/open-stores.ts';
import type { OutageCommit } from '#stores/outage-store.ts';
import type { Judged } from '../../../gateway/ingest/judge.ts';
import { startOutages } from '../../../gateway/outages/start-outages.ts';
import { said } from '../figures/said.ts';
import { StormBook, type StormFound, type StormItem, stormOf, stormRegistry } from './storm.ts';

const STEP_MS = 100;
const AFTER_MS = 8000;
/** Feeders go dark while nothing is told of it yet: gasps take their time. */
const LEAD_MS = 40_000;

export interface ThroughWatch extends StormFound {
  readonly loopP50Ms: number;
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
  /** The longest that one hand-over took until it was stored, ms. */
  readonly longestMs: number;
  readonly rssMb: number;
}

export interface Ready {
  readonly ready: true;
}

/** A step of its own process: the storm in real time through the gateway's own watch into its store. */
const [folder = '', customers = '100000', seed = '1'] = process.argv.slice(2);
const settings = loadSettings({ METERWAY_DATA_DIR: folder });
const clock = systemClock(0);
const logger = createLogger({ process: 'bench', level: 'error' });
const lifecycle = new Lifecycle(logger);
mkdirSync(centreFolder(folder), { recursive: true });
const state = await openState(settings);
const registry = stormRegistry(Number(customers), clock.now() - 86_400_000);
await state.registry.replace(registry);
const readings = await openReadingsForWriting(settings, { placeOf: () => null, keepingOf: () => 'freeze' });
await (await openFigures(settings)).close();

const openAt = new Map<string, number>();
const open = new Map<string, OutageHead>();
let told = 0;
const outages = watched();
const watch = await startOutages({ outages, orders: state.orders, jobs: state.jobs }, readings, {
  settings,
  registry: new RegistryIndex(registry),
  metrics: new Metrics({ process: 'bench' }),
  lifecycle,
  clock,
  logger,
});
said<Ready>({ ready: true });
await new Promise((resolve) => process.once('message', resolve));
said(await run());
await lifecycle.stop('done');
await readings.close();
await state.close();
process.disconnect?.();

/** The store, with a look at what is committed. */
function watched(): typeof state.outages {
  const commit = async (changes: OutageCommit): Promise<void> => {
    await state.outages.commit(changes);
    told += changes.outages.length;
    for (const outage of changes.outages) {
      if (outage.state === 'open' || outage.state === 'unconfirmed') open.set(outage.id, outage);
      else open.delete(outage.id);
      const isFeeder = outage.node === 'feeder' && outage.state === 'open';
      if (isFeeder && !openAt.has(outage.nodeId)) openAt.set(outage.nodeId, clock.now());
    }
  };
  return new Proxy(state.outages, {
    get: (store, name) => {
      if (name === 'commit') return commit;
      const found: unknown = Reflect.get(store, name);
      return typeof found === 'function' ? found.bind(store) : found;
    },
  });
}

async function run(): Promise<ThroughWatch> {
  const from = clock.now() - LEAD_MS;
  const storm = stormOf(Number(customers), from, Number(seed));
  const book = new StormBook(storm);
  const loop = monitorEventLoopDelay({ resolution: 5 });
  loop.enable();
  let [next, longestMs] = [0, 0];
  while (next < storm.items.length) {
    const now = clock.now() - from;
    const slice: StormItem[] = [];
    for (let item = storm.items[next]; item && item.dueMs <= now; item = storm.items[++next]) slice.push(item);
    for (const item of slice) book.handed(item, now);
    const begun = performance.now();
    if (slice.length > 0) await watch.watch(judgedOf(slice));
    const tookMs = performance.now() - begun;
    longestMs = Math.max(longestMs, tookMs);
    await sleep(Math.max(1, STEP_MS - tookMs));
  }
  await sleep(AFTER_MS);
  loop.disable();
  const openMs = new Map([...openAt].map(([feeder, at]) => [feeder, at - from]));
  return {
    ...{ items: storm.items.length, delaysMs: book.delays(openMs), told, longestMs },
    others: [...open.values()].filter(({ node, state: now }) => now === 'open' && node !== 'feeder').length,
    ...{ loopP50Ms: loop.percentile(50) / 1e6, loopP99Ms: loop.percentile(99) / 1e6, loopMaxMs: loop.max / 1e6 },
    rssMb: process.memoryUsage().rss / 1e6,
  };
}

/** As the judge of the ingest hands it over. */
function judgedOf(items: readonly StormItem[]): Judged {
  const events = items.map(({ evidence: { meter, at, seenAt, end } }): EventRow => {
    return { meter, kind: 'power_down', start: at, end, readAt: seenAt };
  });
  const ledger = { outcomes: [], events: [], quarantine: [], baselines: [] };
  const nothing = { readings: [], taken: [], outcomes: [], jobResults: [], failures: [] };
  return { ...nothing, ledger, events, aheadMs: new Map() };
}
