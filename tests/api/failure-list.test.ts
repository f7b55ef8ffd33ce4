import { describe, expect, test } from 'vitest';
import { causesOf } from '#domain/collection/causes.ts';
import type { CaseNote, CaseState } from '#stores/collection-stores.ts';
import { caseOfCause, pageAfter } from '../../api/queries/failure-list.ts';
import { at, meter } from '../gateway/domain/site.ts';

const failing = ['m1', 'm2'].map((id) => ({
  ...{ meter: meter(id), reason: 'line_down' as const, slot: at('2026-11-20'), failedSlots: 1 },
  ...{ consecutiveDays: 1, since: '2026-11-20', lastGood: null },
}));
const [cause] = causesOf(failing, {
  placeOf: () => ({ collector: 'c1', concentrator: null, line: 'l1' }),
  outageOf: () => null,
  dueBehind: () => 2,
});

describe('the state of a case', () => {
  const stateOf = (said: CaseState | null, retried: readonly string[]) => {
    if (!cause) throw new Error('no cause');
    const note: CaseNote = {
      ...{ id: 'freeze-day line l1', state: said ?? 'open', note: '', assignee: null, by: 'k', at: 0, revision: 1 },
    };
    const notes = new Map(said === null ? [] : [[note.id, note]]);
    return caseOfCause(cause, { task: 'freeze-day', notes, retrying: new Set(retried) });
  };

  test.each([
    [null, [], 'open'],
    [null, ['m9'], 'open'],
    [null, ['m2'], 'retrying'],
    ['open', [], 'open'],
    ['open', ['m2'], 'retrying'],
    ['dispatched', [], 'dispatched'],
    ['dispatched', ['m1', 'm2'], 'dispatched'],
    ['excluded', ['m1'], 'excluded'],
  ] as const)('that people called %s, with %j being read again, is %s', (said, retried, state) => {
    expect(stateOf(said, retried).state).toBe(state);
  });

  test('is not taken from a note about another task', () => {
    if (!cause) throw new Error('no cause');
    const note = {
      id: 'freeze-month line l1',
      state: 'dispatched',
      note: '',
      assignee: null,
      by: 'k',
      at: 0,
      revision: 1,
    };
    const notes = new Map([[note.id, note as CaseNote]]);
    expect(caseOfCause(cause, { task: 'freeze-day', notes, retrying: new Set() })).toMatchObject({
      ...{ id: 'freeze-day line l1', state: 'open', note: null },
    });
  });
});

test('pages put together are the whole list in its order, wherever it is cut', () => {
  const all = [5, 3, 9, 1, 7, 2].map((n) => ({ n }));
  for (const limit of [1, 2, 4, 6, 9]) {
    const found: number[] = [];
    let position: readonly (string | number)[] | null = [];
    while (position !== null) {
      const page: ReturnType<typeof pageAfter<{ n: number }>> = pageAfter(all, ({ n }) => [-n, 'x'], position, limit);
      found.push(...page.items.map(({ n }) => n));
      position = page.next;
    }
    expect(found).toEqual([9, 7, 5, 3, 2, 1]);
  }
});
