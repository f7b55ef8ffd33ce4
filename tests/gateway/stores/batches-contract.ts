import { describe, expect, test } from 'vitest';
import type { BatchStore } from '#stores/batch-store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { AT } from './state-samples.ts';

type NewBatch = Parameters<BatchStore['add']>[0];

const batch = (id: string, over: Partial<NewBatch> = {}): NewBatch => ({
  ...{ id, district: null, period: null, date: '2026-11-20', task: 'freeze-day', slot: AT, askedBy: 'k1' },
  ...{ idempotencyKey: null, createdAt: AT },
  ...over,
});
const ready = { state: 'ready', progress: 1, readyAt: AT + 9, rows: 2, sha256: 'ab'.repeat(32) } as const;
const ids = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => id);

export function describeBatches(fresh: () => Promise<StateStore>): void {
  describe('billing batches', () => {
    test('are made once for each name of a request, and wait for their rows', async () => {
      const { batches } = await fresh();
      expect([await batches.get('b1'), await batches.unfinished(), await batches.list({ limit: 9 })]).toEqual([
        null,
        [],
        [],
      ]);
      const first = await batches.add(batch('b1', { idempotencyKey: 'x', district: 'd1', period: '2026-10' }));
      expect(first).toEqual({
        ...batch('b1', { idempotencyKey: 'x', district: 'd1', period: '2026-10' }),
        ...{ state: 'requested', progress: 0, detail: '', readyAt: null, rows: null, sha256: null, counts: {} },
        ...{ previous: null, acknowledgedAt: null, acknowledgedBy: null },
      });
      expect(await batches.add(batch('b2', { idempotencyKey: 'x', district: 'd2' }))).toEqual(first);
      expect((await batches.add(batch('b3', { idempotencyKey: 'x', askedBy: 'k2' }))).id).toBe('b3');
      expect((await batches.add(batch('b4'))).id).toBe('b4');
      expect((await batches.add(batch('b5', { createdAt: AT - 1 }))).id).toBe('b5');
      expect(ids(await batches.unfinished())).toEqual(['b5', 'b1', 'b3', 'b4']);
    });

    test('never change once they are ready, and are acknowledged once', async () => {
      const { batches } = await fresh();
      await batches.add(batch('b1'));
      expect(await batches.acknowledge('b1', 'k1', AT)).toBe(false);
      await batches.update('b1', { state: 'building', progress: 0.5, previous: 'b0' });
      expect(ids(await batches.unfinished())).toEqual(['b1']);
      await batches.update('b1', {});
      await batches.update('b1', { ...ready, counts: { 'quality:valid': 2 } });
      await batches.update('b1', { state: 'failed', rows: 7, detail: 'no' });
      const made = { ...ready, previous: 'b0', counts: { 'quality:valid': 2 }, detail: '' };
      expect(await batches.get('b1')).toMatchObject(made);
      expect(await batches.unfinished()).toEqual([]);
      expect([await batches.acknowledge('b1', 'k1', AT + 1), await batches.acknowledge('b1', 'k2', AT + 2)]).toEqual([
        true,
        false,
      ]);
      const acknowledged = { state: 'acknowledged', acknowledgedAt: AT + 1, acknowledgedBy: 'k1', rows: 2 };
      expect(await batches.get('b1')).toMatchObject(acknowledged);
    });

    test('are found by moment, by what goes on from them, and as the newest before a moment', async () => {
      const { batches } = await fresh();
      const made: [string, Partial<NewBatch>, string | null][] = [
        ['old', { slot: AT - 20 }, null],
        ['again', { slot: AT - 10, createdAt: AT + 5 }, 'old'],
        ['first', { slot: AT - 10 }, 'old'],
        ['other', { slot: AT - 5, district: 'd1' }, null],
        ['task', { slot: AT - 5, task: 'x' }, null],
        ['now', {}, 'again'],
      ];
      for (const [id, over, previous] of made) {
        await batches.add(batch(id, over));
        await batches.update(id, { ...ready, previous });
      }
      await batches.add(batch('waiting', { slot: AT - 1 }));
      await batches.acknowledge('now', 'k', AT);
      const earlier = (district: string | null, slot: number) =>
        batches.before({ task: 'freeze-day', district, slot, period: null });
      expect(await batches.before({ task: 'freeze-day', district: null, slot: AT, period: '2026-10' })).toBeNull();
      expect((await earlier(null, AT))?.id).toBe('again');
      expect((await earlier(null, AT - 10))?.id).toBe('old');
      expect((await earlier('d1', AT))?.id).toBe('other');
      expect(await earlier('d1', AT - 5)).toBeNull();
      expect(ids(await batches.ofSlot('freeze-day', AT - 10))).toEqual(['first', 'again']);
      expect(ids(await batches.ofSlot('freeze-day', AT - 1))).toEqual([]);
      expect([ids(await batches.following('old')), ids(await batches.following('again'))]).toEqual([
        ['first', 'again'],
        ['now'],
      ]);
    });

    test('are listed newest first and page by page, by district and state', async () => {
      const { batches } = await fresh();
      for (const i of [0, 1, 2, 3, 4]) {
        await batches.add(batch(`b${i}`, { createdAt: AT + Math.floor(i / 2), district: i % 2 === 0 ? null : 'd1' }));
      }
      await batches.update('b1', ready);
      expect(ids(await batches.list({ limit: 9 }))).toEqual(['b4', 'b2', 'b3', 'b0', 'b1']);
      const after = { createdAt: AT + 1, id: 'b2' };
      expect(ids(await batches.list({ limit: 2, after }))).toEqual(['b3', 'b0']);
      expect(ids(await batches.list({ limit: 9, district: null }))).toEqual(['b4', 'b2', 'b0']);
      expect(ids(await batches.list({ limit: 9, district: 'd1', state: 'ready' }))).toEqual(['b1']);
    });

    test('corrections have rising numbers for each batch, and none is there twice', async () => {
      const { batches } = await fresh();
      const correction = (of: string, meter: string, revision: number, row: object = {}) => ({
        ...{ batch: of, meter, revision, at: AT },
        row: { meter, ...row },
      });
      await batches.addCorrections([]);
      await batches.addCorrections([correction('b1', 'm2', 2), correction('b2', 'm1', 2), correction('b1', 'm1', 2)]);
      await batches.addCorrections([correction('b1', 'm2', 2, { x: 1 }), correction('b1', 'm2', 3, { 'x y': '值' })]);
      expect(await batches.corrections('b1', 0, 9)).toEqual([
        { ...correction('b1', 'm2', 2), seq: 1 },
        { ...correction('b1', 'm1', 2), seq: 2 },
        { ...correction('b1', 'm2', 3, { 'x y': '值' }), seq: 3 },
      ]);
      expect((await batches.corrections('b1', 1, 1)).map(({ seq }) => seq)).toEqual([2]);
      const newest = await batches.newestCorrections('b1', ['m1', 'm2', 'm3']);
      expect(newest.map(({ meter, revision }) => [meter, revision]).toSorted()).toEqual([
        ['m1', 2],
        ['m2', 3],
      ]);
      await batches.dropCorrections('b1');
      expect([await batches.corrections('b1', 0, 9), (await batches.corrections('b2', 0, 9)).length]).toEqual([[], 1]);
    });
  });
}
