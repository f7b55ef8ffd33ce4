import { describe, expect, test } from 'vitest';
import type { StateStore } from '#stores/state-store.ts';
import { AT } from './state-samples.ts';

const exclusion = (id: string, at = AT, to: string | null = null) => ({
  ...{ id, from: '2026-11-01', to, reason: '改造停采', by: 'k1', at },
  scope: { kind: 'area', id: 'A1' } as const,
});
const note = (id: string, said: string) => ({
  ...{ id, note: said, assignee: null, by: 'k1', at: AT },
  state: 'dispatched' as const,
});
const report = (date: string, cells: Uint8Array, task = 'freeze-day') => ({
  ...{ task, date, closedAt: AT, cells },
  codes: ['not_due', 'answered first'],
});

export function describeCollection(fresh: () => Promise<StateStore>): void {
  describe('exclusions', () => {
    test('are listed newest first, the ended ones included, and end once', async () => {
      const { exclusions } = await fresh();
      expect(await exclusions.list()).toEqual([]);
      await exclusions.add(exclusion('e1', AT, '2026-11-05'));
      await exclusions.add(exclusion('e2', AT + 1));
      const lasting = { endedAt: null, endedBy: null };
      expect(await exclusions.end('e2', 'k2', AT + 9)).toBe(true);
      expect(await exclusions.end('e2', 'k3', AT + 10)).toBe(false);
      expect(await exclusions.end('none', 'k3', AT + 10)).toBe(false);
      expect(await exclusions.list()).toEqual([
        { ...exclusion('e2', AT + 1), endedAt: AT + 9, endedBy: 'k2' },
        { ...exclusion('e1', AT, '2026-11-05'), ...lasting },
      ]);
    });

    test('are told in the feed when they change, and not when they do not', async () => {
      const { exclusions, feed } = await fresh();
      const told = async () => (await feed.after(0, 99)).map(({ content }) => content);
      await exclusions.add(exclusion('e1'));
      expect(await told()).toEqual([{ exclusions: true }]);
      await exclusions.add({ ...exclusion('e1'), reason: 'another' });
      await exclusions.end('none', 'k', AT);
      expect((await told()).length).toBe(1);
      expect((await exclusions.list()).map(({ reason }) => reason)).toEqual(['改造停采']);
      await exclusions.end('e1', 'k', AT);
      expect(await told()).toEqual([{ exclusions: true }, { exclusions: true }]);
    });
  });

  describe('case notes', () => {
    test('are saved by whoever knows the newest revision', async () => {
      const { cases } = await fresh();
      const id = 'freeze-day concentrator J1';
      expect([await cases.get(id), await cases.all()]).toEqual([null, []]);
      expect(await cases.save(note(id, 'none yet'), 1)).toBeNull();
      expect(await cases.save(note(id, 'first'), 0)).toEqual({ ...note(id, 'first'), revision: 1 });
      expect(await cases.save(note(id, 'also first'), 0)).toBeNull();
      const last = { ...note(id, 'second'), assignee: '张三', state: 'excluded' as const };
      expect(await cases.save(last, 1)).toEqual({ ...last, revision: 2 });
      expect(await cases.save(note(id, 'too late'), 1)).toBeNull();
      expect(await cases.get(id)).toEqual({ ...last, revision: 2 });
      await cases.save(note('freeze-day meter m1', ''), 0);
      expect((await cases.all()).map((each) => [each.id, each.revision])).toEqual([
        [id, 2],
        ['freeze-day meter m1', 1],
      ]);
    });
  });

  describe('day reports', () => {
    test('come back as they were, and the first of a day stays', async () => {
      const { dayReports } = await fresh();
      expect(await dayReports.get('freeze-day', '2026-11-20')).toBeNull();
      const cells = Uint8Array.from({ length: 70_000 }, (_, row) => (row * 7919) % 37);
      expect(await dayReports.add(report('2026-11-20', cells))).toBe(true);
      expect(await dayReports.add(report('2026-11-20', new Uint8Array(3)))).toBe(false);
      expect(await dayReports.get('freeze-day', '2026-11-20')).toEqual(report('2026-11-20', cells));
      await dayReports.add(report('2026-11-18', new Uint8Array(0)));
      await dayReports.add(report('2026-11-19', cells, 'freeze-month'));
      expect(await dayReports.get('freeze-day', '2026-11-18')).toEqual(report('2026-11-18', new Uint8Array(0)));
      expect(await dayReports.dates('freeze-day', '2026-11-01', '2026-11-30')).toEqual(['2026-11-18', '2026-11-20']);
      expect(await dayReports.dates('freeze-day', '2026-11-19', '2026-11-20')).toEqual(['2026-11-20']);
    });
  });
}
