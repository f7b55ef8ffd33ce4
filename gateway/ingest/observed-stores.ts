import type { Clock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { IngestParts } from './ingest.ts';

const STEPS = ['readings', 'watchers', 'ledger'] as const;
type Step = (typeof STEPS)[number];

type Observed = Pick<IngestParts, 'readings' | 'ledger' | 'watchers' | 'sendAck'>;

/**
 * The stores, the detectors and the way back to the collectors, as they were, with their time and their failures
 * counted. A failure that says `retry` is tried again by the ingest; any other ends the process.
 */
export function observedStores(metrics: Metrics, clock: Clock, parts: Observed): Observed {
  const seconds = metrics.histogram(
    'ingest_step_seconds',
    'Time of one step of a group commit: write of the readings, one detector, commit of the ledger',
    [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
    ['step'],
  );
  const failures = metrics.counter(
    'ingest_store_failures_total',
    'Steps of a group commit that failed and are tried again, by the code of the error',
    ['step', 'reason'],
  );
  const acks = metrics.counter('ingest_acks_total', 'Commit acks sent to collectors');

  const timed = async <T>(step: Step, work: () => Promise<T>): Promise<T> => {
    const begun = clock.mono();
    try {
      const done = await work();
      seconds.observe({ step }, (clock.mono() - begun) / 1000);
      return done;
    } catch (error) {
      failures.inc({ step, reason: error instanceof MeterwayError ? error.code : 'bug' });
      throw error;
    }
  };
  return {
    readings: { write: (batches) => timed('readings', () => parts.readings.write(batches)) },
    ledger: { commit: (changes) => timed('ledger', () => parts.ledger.commit(changes)) },
    watchers: parts.watchers.map((watcher) => ({ watch: (judged) => timed('watchers', () => watcher.watch(judged)) })),
    sendAck: (district, collector, ack) => {
      acks.inc();
      parts.sendAck(district, collector, ack);
    },
  };
}
