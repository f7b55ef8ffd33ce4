import { OUTAGE_KINDS, type OutageKind } from '#contract/outage.ts';
import type { Evidence } from '#domain/outages/evidence-types.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Engine } from './engine-port.ts';

const OPEN_STATES = ['unconfirmed', 'open'] as const;
const PROBE_ENDS = ['sent', 'answered', 'silent', 'nothing'] as const;
export type ProbeEnd = (typeof PROBE_ENDS)[number];

/** What is counted of the outages, for the metrics. */
export interface OutageObserver {
  took(evidence: readonly Evidence[]): void;
  settled(ms: number): void;
  /** Time until an incident was committed, since its first evidence was seen in the field and since that came in. */
  committed(kind: OutageKind, sinceSeenMs: number, sinceArrivalMs: number | null): void;
  probed(end: ProbeEnd, count: number): void;
}

/** Counts, and shows what is open whenever it is asked. */
export function observeOutages(metrics: Metrics, engine: Pick<Engine, 'open' | 'storm'>): OutageObserver {
  const evidence = metrics.counter('outage_evidence_total', 'Facts about supply out of the ordinary', ['fact']);
  const open = metrics.gauge('outage_incidents', 'Incidents that are not over', ['kind', 'state']);
  const storm = metrics.gauge('outage_storm', '1 while so much goes dark that only bell-wether meters are probed');
  const seconds = metrics.histogram(
    'outage_detect_seconds',
    'From the first evidence to the committed incident: since it was seen in the field, and since it came in',
    [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 10_000, 100_000],
    ['since'],
  );
  const settle = metrics.histogram(
    'outage_settle_seconds',
    'Time to work out the incidents of one group',
    [0.0001, 0.001, 0.01, 0.03, 0.1, 0.3, 1, 3],
  );
  const probes = metrics.counter('outage_probes_total', 'Reads made to confirm or close incidents, by their end', [
    'end',
  ]);
  for (const end of PROBE_ENDS) probes.inc({ end }, 0);
  metrics.onScrape(() => {
    open.reset();
    for (const kind of OUTAGE_KINDS) for (const state of OPEN_STATES) open.set({ kind, state }, 0);
    for (const { kind, state } of engine.open()) open.inc({ kind, state });
    storm.set(engine.storm ? 1 : 0);
  });
  return {
    took: (items) => {
      for (const { fact } of items) evidence.inc({ fact });
    },
    settled: (ms) => settle.observe(ms / 1000),
    committed: (_kind, sinceSeenMs, sinceArrivalMs) => {
      seconds.observe({ since: 'seen' }, Math.max(0, sinceSeenMs) / 1000);
      if (sinceArrivalMs !== null) seconds.observe({ since: 'arrival' }, sinceArrivalMs / 1000);
    },
    probed: (end, count) => probes.inc({ end }, count),
  };
}
