import { describe, expect, test } from 'vitest';
import type { Anomaly } from '#contract/anomaly.ts';
import type { NewCentreEvent } from '#contract/centre-event.ts';
import type { AnomalyFilter, AnomalyStore } from '#stores/anomaly-store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { AT, anomaly } from './state-samples.ts';

const EVENT: NewCentreEvent = {
  ...{ type: 'anomaly.judged.v1', at: AT, district: 'D1', subject: 'a1', evidenceAt: null, data: {} },
};

function keep(store: AnomalyStore, anomalies: readonly Anomaly[], withdrawn: readonly string[] = []): Promise<void> {
  return store.commit({ anomalies, withdrawn, events: [], at: AT });
}

async function ids(store: AnomalyStore, filter: Omit<AnomalyFilter, 'limit'> & { readonly limit?: number }) {
  return (await store.list({ limit: 9, ...filter })).map(({ id }) => id);
}

/** What every store of anomalies must do. */
export function describeAnomalies(fresh: () => Promise<StateStore>): void {
  describe('anomalies', () => {
    test('are kept by id and listed newest first, by what they are and where', async () => {
      const { anomalies } = await fresh();
      const other = { openedAt: AT + 1, meter: 'm2', area: 'A2', district: null, score: 70 };
      await keep(anomalies, [anomaly('a1'), anomaly('a2', { ...other, rule: 'theft_suspected' })]);
      await keep(anomalies, [anomaly('a3', { openedAt: AT + 1 }), anomaly('a1', { closedAt: AT + 7, facts: {} })]);
      expect(await ids(anomalies, {})).toEqual(['a2', 'a3', 'a1']);
      expect(await ids(anomalies, { limit: 2 })).toEqual(['a2', 'a3']);
      expect(await ids(anomalies, { state: 'open', meter: 'm1' })).toEqual(['a3']);
      expect(await ids(anomalies, { meters: ['m2', 'm9'] })).toEqual(['a2']);
      expect(await ids(anomalies, { rules: ['stopped_meter'] })).toEqual(['a3', 'a1']);
      expect(await ids(anomalies, { area: 'A2' })).toEqual(['a2']);
      expect(await ids(anomalies, { district: 'D1' })).toEqual(['a3', 'a1']);
      expect(await ids(anomalies, { minScore: 70 })).toEqual(['a2']);
      expect(await ids(anomalies, { limit: 1, after: { openedAt: AT + 1, id: 'a2' } })).toEqual(['a3']);
      expect(await ids(anomalies, { after: { openedAt: AT + 1, id: 'a3' } })).toEqual(['a1']);
      expect(await anomalies.get('a1')).toEqual(anomaly('a1', { closedAt: AT + 7, facts: {} }));
      expect(await anomalies.get('a9')).toBeNull();
    });

    test('are found by the time over which they lasted', async () => {
      const { anomalies } = await fresh();
      const closed = anomaly('closed', { from: AT - 100, closedAt: AT - 50 });
      await keep(anomalies, [closed, anomaly('open', { from: AT - 10 })]);
      const during = (from: number, to: number) => ids(anomalies, { during: { from, to } });
      expect(await during(AT - 200, AT - 101)).toEqual([]);
      expect(await during(AT - 100, AT - 100)).toEqual(['closed']);
      expect(await during(AT - 50, AT - 11)).toEqual([]);
      expect(await during(AT + 9, AT + 10)).toEqual(['open']);
    });

    test('are withdrawn with what was said about them', async () => {
      const { anomalies, events } = await fresh();
      await keep(anomalies, [anomaly('a1'), anomaly('a2')]);
      const said = { anomaly: 'a1', verdict: 'theft', at: AT, by: 'k', note: '' } as const;
      await anomalies.judge(said, EVENT);
      await keep(anomalies, [], ['a1', 'never']);
      expect(await ids(anomalies, {})).toEqual(['a2']);
      expect(await anomalies.verdicts(['a1'])).toEqual([]);
      expect(await events.after(0, 9)).toMatchObject([EVENT]);
    });

    test('have the newest verdict on them count', async () => {
      const { anomalies } = await fresh();
      await keep(anomalies, [anomaly('a1'), anomaly('a2')]);
      const said = { anomaly: 'a1', verdict: 'theft', at: AT, by: 'k', note: '现场取证' } as const;
      await anomalies.judge(said, EVENT);
      await anomalies.judge({ ...said, verdict: 'wiring', at: AT - 5 }, EVENT);
      expect(await anomalies.verdicts(['a1', 'a2'])).toEqual([{ ...said, verdict: 'wiring', at: AT - 5 }]);
      expect(await anomalies.verdictCounts(AT - 5)).toEqual([{ rule: 'stopped_meter', verdict: 'wiring', count: 1 }]);
      expect(await anomalies.verdictCounts(AT)).toEqual([]);
      expect(await ids(anomalies, { judged: true })).toEqual(['a1']);
      expect(await ids(anomalies, { judged: false })).toEqual(['a2']);
    });

    test('are counted by group over a time', async () => {
      const { anomalies } = await fresh();
      await keep(anomalies, [
        anomaly('before', { openedAt: AT - 9, closedAt: AT - 1 }),
        anomaly('closed', { openedAt: AT - 9, closedAt: AT }),
        anomaly('both', { openedAt: AT, closedAt: AT + 5, area: 'A2', district: null }),
        anomaly('later', { openedAt: AT + 9, closedAt: AT + 10, area: 'A2' }),
        anomaly('after', { openedAt: AT + 10 }),
      ]);
      expect(await anomalies.counts('area', AT, AT + 10)).toEqual([
        { key: 'A1', opened: 0, closed: 1, open: 0 },
        { key: 'A2', opened: 2, closed: 1, open: 1 },
      ]);
      expect(await anomalies.counts('district', AT, AT + 10)).toMatchObject([{ key: null }, { key: 'D1' }]);
      expect(await anomalies.counts('rule', AT + 20, AT + 30)).toMatchObject([{ key: 'stopped_meter', open: 1 }]);
    });
  });
}
