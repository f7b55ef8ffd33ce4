import { describe, expect, test } from 'vitest';
import type { NewRevision } from '#stores/revision-store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { AT } from './state-samples.ts';

const TASK = 'freeze-day';

function edit(meter: string, changes: Partial<NewRevision> = {}): NewRevision {
  return {
    ...{ task: TASK, meter, slot: AT, kind: 'edited', method: null, values: { energy_import_wh: 1000 } },
    ...{ reason: '抄错一位 "1"', by: 'k1', at: AT + 5 },
    ...changes,
  };
}

function estimate(meter: string, wh: number, changes: Partial<NewRevision> = {}): NewRevision {
  return edit(meter, {
    ...{ kind: 'estimated', method: 'interpolation', values: { energy_import_wh: wh }, by: 'estimation' },
    ...changes,
  });
}

const UNDONE = { kind: 'undone', method: null, values: null } as const;
const nameOf = ({ task, meter, slot }: NewRevision) => ({ task, meter, slot });

export function describeRevisions(fresh: () => Promise<StateStore>): void {
  describe('revisions of readings', () => {
    const told = async ({ feed }: StateStore): Promise<unknown[]> =>
      (await feed.after(0, 100)).map(({ content }) => content);

    test('are numbered from 1 and kept for ever, oldest first', async () => {
      const { revisions } = await fresh();
      expect(await revisions.history(edit('m1'))).toEqual([]);
      const first = edit('m1');
      const second = edit('m1', { ...UNDONE, at: AT + 9 });
      expect(await revisions.add(first, 0)).toEqual({ ...first, revision: 1 });
      expect(await revisions.add(second, 1)).toEqual({ ...second, revision: 2 });
      const history = [
        { ...first, revision: 1 },
        { ...second, revision: 2 },
      ];
      expect(await revisions.history(nameOf(first))).toEqual(history);
      expect(await revisions.ofSlot(TASK, AT, ['m1', 'm2'])).toEqual(history.slice(1));
    });

    test('are refused, and told to nobody, when somebody was faster', async () => {
      const store = await fresh();
      expect(await store.revisions.add(edit('m1'), 1)).toBeNull();
      const results = await Promise.all([store.revisions.add(edit('m1'), 0), store.revisions.add(edit('m1'), 0)]);
      expect(results.filter((result) => result !== null)).toHaveLength(1);
      expect(await store.revisions.add(edit('m1'), 0)).toBeNull();
      expect(await store.revisions.history(edit('m1'))).toHaveLength(1);
      expect(await told(store)).toEqual([{ revised: [nameOf(edit('m1'))] }]);
    });

    test('of estimates pass over what a person wrote and what is said already', async () => {
      const store = await fresh();
      const { revisions } = store;
      await revisions.add(edit('edited'), 0);
      await revisions.add(edit('manual', { kind: 'manual' }), 0);
      await revisions.add(edit('undone'), 0);
      await revisions.add(edit('undone', UNDONE), 1);
      const before = (await told(store)).length;
      const all = ['edited', 'manual', 'undone', 'new'].map((meter) => estimate(meter, 7));
      expect(await revisions.addEstimates(all)).toBe(2);
      expect(await revisions.addEstimates(all)).toBe(0);
      expect(await revisions.addEstimates([])).toBe(0);
      const newest = await revisions.allOfSlot(TASK, AT);
      expect(newest.map(({ meter, kind, revision }) => [meter, kind, revision])).toEqual([
        ['edited', 'edited', 1],
        ['manual', 'manual', 1],
        ['new', 'estimated', 1],
        ['undone', 'estimated', 3],
      ]);
      expect((await told(store)).slice(before)).toEqual([{ revised: all.slice(2).map(nameOf) }]);
    });

    test('of estimates are new when the values or the method differ, whatever the order of the values', async () => {
      const { revisions } = await fresh();
      const values = { energy_import_wh: 5, energy_export_wh: 6 };
      const turned = { energy_export_wh: 6, energy_import_wh: 5 };
      expect(await revisions.addEstimates([estimate('m1', 0, { values })])).toBe(1);
      expect(await revisions.addEstimates([estimate('m1', 0, { values: turned, reason: 'other words' })])).toBe(0);
      expect(await revisions.addEstimates([estimate('m1', 0, { values, method: 'scaling' })])).toBe(1);
      expect(await revisions.addEstimates([estimate('m1', 8), estimate('m1', 9)])).toBe(2);
      expect((await revisions.ofSlot(TASK, AT, ['m1'])).map(({ revision }) => revision)).toEqual([4]);
    });

    test('of estimates are withdrawn by another revision, and only they', async () => {
      const { revisions } = await fresh();
      await revisions.add(edit('person'), 0);
      await revisions.addEstimates([estimate('m1', 7)]);
      const withdrawn = ['m1', 'person', 'none'].map((meter) => estimate(meter, 0, UNDONE));
      expect(await revisions.addEstimates(withdrawn)).toBe(1);
      expect(await revisions.addEstimates(withdrawn)).toBe(0);
      expect((await revisions.allOfSlot(TASK, AT)).map(({ kind }) => kind)).toEqual(['undone', 'edited']);
      expect(await revisions.history(estimate('none', 0))).toEqual([]);
    });

    test('are the newest of each meter at a slot, and of each slot of a meter, also of very many', async () => {
      const { revisions } = await fresh();
      const meters = Array.from({ length: 3000 }, (_, i) => `m${String(i).padStart(4, '0')}`);
      expect(await revisions.addEstimates(meters.map((meter, i) => estimate(meter, i)))).toBe(3000);
      const slots = Array.from({ length: 1200 }, (_, i) => AT - i * 86_400_000);
      expect(await revisions.addEstimates(slots.map((slot) => estimate('m0000', 1, { slot })))).toBe(1200);
      await revisions.addEstimates([estimate('m0000', 2, { task: 'other' })]);
      const ofSlot = await revisions.ofSlot(TASK, AT, [...meters.slice(5), 'm0000', 'unknown']);
      expect(ofSlot).toHaveLength(2996);
      expect(ofSlot.find(({ meter }) => meter === 'm0000')).toEqual({ ...estimate('m0000', 1), revision: 2 });
      expect(await revisions.allOfSlot(TASK, AT)).toHaveLength(3000);
      const ofMeter = await revisions.ofMeter(TASK, 'm0000', slots);
      expect(ofMeter.map(({ slot }) => slot)).toEqual(slots.toSorted((a, b) => a - b));
      expect(await revisions.ofMeter(TASK, 'm0001', slots.slice(1))).toEqual([]);
    });
  });
}
