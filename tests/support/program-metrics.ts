import { DROP_KINDS } from '#contract/status.ts';
import { observeDisk } from '#platform/disk-metrics.ts';
import { Metrics } from '#platform/metrics.ts';
import { observeMqtt } from '#platform/mqtt/mqtt-metrics.ts';
import { observe, observeSpoolCommits } from '../../collector/metrics.ts';
import { observeAnomalies } from '../../gateway/anomalies/anomalies-metrics.ts';
import { observeCollectors } from '../../gateway/collection/collector-metrics.ts';
import { observeFigures } from '../../gateway/figures/figures-metrics.ts';
import { observeInbox, observeIngest } from '../../gateway/ingest/ingest-metrics.ts';
import { observedStores } from '../../gateway/ingest/observed-stores.ts';
import { observeUpkeep } from '../../gateway/upkeep/upkeep-metrics.ts';
import { get, seededApp } from '../api/seeded-app.ts';
import { status } from '../gateway/stores/state-samples.ts';
import { ManualClock } from './manual-clock.ts';

/** A connection that has seen everything once. */
const LINK = {
  counts: { connections: 1, sessionsLost: 1, unheard: 1, failures: new Map([['password' as const, 1]]) },
  onState: (listener: (connected: boolean) => void) => listener(true),
};

const SPOOL = {
  ...{ rows: 10, bytes: 4096, oldestAt: 1, lastSeq: 10, kept: 30, maxBytes: 8192, damaged: 1 },
  dropped: {
    ...(Object.fromEntries(DROP_KINDS.map((kind) => [kind, 1])) as Record<(typeof DROP_KINDS)[number], number>),
    total: 4,
  },
};

const LINE = {
  ...{ id: 'L1', state: 'up' as const, reason: null, detail: '', lastGoodAt: 1, requests: 1, replies: 1, timeouts: 1 },
  ...{ damaged: 1, strays: 1, breakersOpen: 1, waiting: 1, nextDueAt: 1, replyMs: { p50: 1, p90: 1, p99: 1 } },
};

/** A scrape of a gateway to which everything has happened once. `folder` exists. */
export async function gatewayScrape(folder: string): Promise<string> {
  const metrics = new Metrics({ process: 'gateway' });
  const clock = new ManualClock(0);
  observeMqtt(metrics, LINK);
  observeDisk(metrics, folder);
  const upkeep = observeUpkeep(metrics, folder);
  upkeep.failed();
  const ingest = observeIngest(metrics);
  ingest.committed({ readings: 1, repeated: 1, outcomes: 1, events: 1 }, 5);
  observeInbox(metrics, { waitingRows: 5 });
  const stores = observedStores(metrics, clock, {
    readings: { write: async () => ({ stored: 0, repeated: 0, conflicts: [] }) },
    ledger: { commit: () => Promise.reject(new Error('gone')) },
    watchers: [],
    sendAck: () => {},
  });
  await stores.readings.write([]);
  const nothing = { outcomes: [], events: [], quarantine: [], baselines: [], marks: [] };
  await stores.ledger.commit(nothing).catch(() => {});
  const store = { save: async () => {}, all: async () => [] };
  const statuses = observeCollectors(metrics, {
    store,
    registry: { collectors: [{ id: 'c1', district: 'd1' }] },
    clock,
  });
  await statuses.save({ district: 'd1', collector: 'c1', status: status({ spool: SPOOL }), receivedAt: 0 });
  return metrics.text();
}

/** A scrape of a collector to which everything has happened once. `folder` exists. */
export function collectorScrape(folder: string): Promise<string> {
  const metrics = new Metrics({ process: 'collector-c1' });
  observeMqtt(metrics, LINK);
  observeDisk(metrics, folder);
  observeSpoolCommits(metrics)(5);
  const now = { ...status({ spool: SPOOL }), lines: [LINE] };
  const collector = { inFlight: 1, acked: 1, status: async () => now, addresses: () => null };
  observe(metrics, collector, { mostAddresses: 0, window: 8 });
  return metrics.text();
}

/** A scrape of a figures process that has made a step. */
export function figuresScrape(): Promise<string> {
  const metrics = new Metrics({ process: 'figures' });
  const counts = { position: 3, rows: 5, days: 2, waiting: 1, resets: 1 };
  const feed = { range: async () => ({ oldest: 1, newest: 9 }) };
  observeFigures(metrics, { counts }, feed, { notClosed: 1 })(5);
  return metrics.text();
}

/** A scrape of an anomalies process that has made a step. */
export function anomaliesScrape(): Promise<string> {
  const metrics = new Metrics({ process: 'anomalies' });
  const counts = { position: 3, gaps: 1, open: 2, points: 5, waitingSlots: 1, waitingMeters: 1 };
  const feed = { range: async () => ({ oldest: 1, newest: 9 }) };
  observeAnomalies(metrics, () => counts, feed)(5);
  return metrics.text();
}

/** A scrape of an api that has answered. */
export async function apiScrape(): Promise<string> {
  const { app, close } = await seededApp();
  try {
    await get(app, '/healthz', { authorization: '' });
    return (await get(app, '/metrics', { authorization: '' })).text;
  } finally {
    await close();
  }
}
