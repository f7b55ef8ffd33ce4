import { describe, expect, it } from 'vitest';
import { Metrics } from '#platform/metrics.ts';
import { observeIngest } from '../../../gateway/ingest/ingest-metrics.ts';

/** Samples of the ingest without their labels' process, by name and labels. */
async function samplesOf(metrics: Metrics): Promise<Record<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith('meterway_ingest'));
  const named = lines.map((line): [string, number] => {
    const [, name = '', value = ''] = /^meterway_ingest_(.*) (\S+)$/.exec(line) ?? [];
    return [name.replace(/,?process="gateway"/, '').replace('{}', ''), Number(value)];
  });
  return Object.fromEntries(named);
}

describe('the metrics of the ingest', () => {
  it('count rows by stream, repetitions, quarantine by kind, messages turned away and records lost', async () => {
    const metrics = new Metrics({ process: 'gateway', runtime: false });
    const observer = observeIngest(metrics);
    observer.committed({ readings: 5, repeated: 2, outcomes: 3, events: 1 }, 20);
    observer.committed({ readings: 5, repeated: 0, outcomes: 0, events: 0 }, 2000);
    observer.quarantined('conflict', 4);
    observer.quarantined('envelope', 1);
    observer.turnedAway();
    observer.lost(40);
    expect(await samplesOf(metrics)).toMatchObject({
      'rows_total{stream="reading"}': 10,
      'rows_total{stream="outcome"}': 3,
      'rows_total{stream="event"}': 1,
      repeated_rows_total: 2,
      'quarantined_total{kind="conflict"}': 4,
      'quarantined_total{kind="envelope"}': 1,
      turned_away_total: 1,
      lost_records_total: 40,
      'commit_seconds_bucket{le="0.01"}': 0,
      'commit_seconds_bucket{le="0.03"}': 1,
      'commit_seconds_bucket{le="3"}': 2,
      commit_seconds_sum: 2.02,
      commit_seconds_count: 2,
    });
  });

  it('stand at zero from the start where they have no kinds, so that a rise can be seen', async () => {
    const metrics = new Metrics({ process: 'gateway', runtime: false });
    observeIngest(metrics);
    expect(await samplesOf(metrics)).toMatchObject({ turned_away_total: 0, lost_records_total: 0 });
  });
});
