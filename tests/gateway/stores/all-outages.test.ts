import { expect, test } from 'vitest';
import type { Outage } from '#contract/outage.ts';
import { allOutages } from '#stores/all-outages.ts';
import type { OutageFilter } from '#stores/outage-store.ts';
import { outagesOf } from '../../../api/queries/outage-blame.ts';
import { outageSlots } from '../../../api/queries/outage-slots.ts';
import { membersOf, outageOf } from '../../support/outages.ts';
import { meter, task } from '../domain/site.ts';

const MANY = 2345;
const IDS = Array.from({ length: MANY }, (_, i) => `m${String(i).padStart(4, '0')}`);

/** Answers as a store does: newest start first, then id, at most `limit`. */
const outages = {
  list: async ({ limit, after }: OutageFilter): Promise<Outage[]> => {
    const all = IDS.map((id) => outageOf({ id, startedAt: 5, members: membersOf([id], 5) }));
    const from = after ? IDS.indexOf(after.id) + 1 : 0;
    return all.slice(from, from + limit);
  },
};

test('all outages are listed, however many they are', async () => {
  expect((await allOutages(outages, {})).map(({ id }) => id)).toEqual(IDS);
});

test('a meter in the last of very many outages is excused like the first', async () => {
  const inOutage = await outageSlots(outages, [10], []);
  expect(IDS.filter((id) => !inOutage(id, 10))).toEqual([]);
});

test('a failure in the last of very many outages is laid to it like the first', async () => {
  const failing = IDS.map((id) => ({ meter: meter(id), slot: 10 })) as unknown as Parameters<typeof outagesOf>[2];
  const ledger = { outcomesOfSlot: async () => [] };
  const state = { outages, ledger } as unknown as Parameters<typeof outagesOf>[0];
  const { of } = await outagesOf(state, task('freeze-day'), failing, 20);
  expect(of.size).toBe(MANY);
});
