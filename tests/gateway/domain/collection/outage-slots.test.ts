import { expect, test } from 'vitest';
import { outagePredicate, tookSupply } from '#domain/collection/outage-slots.ts';
import { membersOf, outageOf } from '../../../support/outages.ts';

const never = (): boolean => false;

test('each meter is excused for its own times, the end not among them', () => {
  const members = [...membersOf(['m1'], 10, 20), ...membersOf(['m2'], 12)];
  const inOutage = outagePredicate([outageOf({ id: 'o', startedAt: 10, restoredAt: 30, members })], never);
  expect([9, 10, 19, 20].map((slot) => inOutage('m1', slot))).toEqual([false, true, true, false]);
  expect([11, 12, 29, 30].map((slot) => inOutage('m2', slot))).toEqual([false, true, true, false]);
  expect(inOutage('m3', 15)).toBe(false);
});

test('what is open lasts, and a value counts all the same', () => {
  const open = outageOf({ id: 'o', startedAt: 10, members: membersOf(['m1'], 10) });
  expect(outagePredicate([open], never)('m1', 1e15)).toBe(true);
  expect(outagePredicate([open], (_meter, slot) => slot === 11)('m1', 11)).toBe(false);
});

test('supply is taken by what is confirmed, announced or not, of whole meters', () => {
  const taken = (over: object) => tookSupply(outageOf({ id: 'o', startedAt: 1, ...over }));
  expect([taken({}), taken({ kind: 'planned' }), taken({ restoredAt: 5 })]).toEqual([true, true, true]);
  expect([taken({ state: 'unconfirmed' }), taken({ state: 'dismissed' })]).toEqual([false, false]);
  expect([taken({ kind: 'phase-lost' }), taken({ kind: 'collection' })]).toEqual([false, false]);
});
