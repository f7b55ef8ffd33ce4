import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Outage } from '#contract/outage.ts';
import { membersOf, outageOf, saveOutages } from '../support/outages.ts';
import { at } from '../support/plan.ts';
import { get, seededApp } from './seeded-app.ts';

let seeded: Awaited<ReturnType<typeof seededApp>>;
beforeAll(async () => {
  seeded = await seededApp();
});
afterAll(() => seeded.close());

const SILENT = '100000000004';
const ANSWERED = '100000000001';
const api = async (path: string) => (await get(seeded.app, `/api/v1${path}`)).json;
const STARTED = at('2026-11-19', '23:50:00');
const outageUntil = (restoredAt: number, over: Partial<Outage> = {}) =>
  saveOutages(
    seeded.state,
    outageOf({
      id: 'night',
      startedAt: STARTED,
      restoredAt,
      members: membersOf([SILENT, ANSWERED], STARTED, restoredAt),
      ...over,
    }),
  );
const excluded = async (): Promise<number> =>
  (await api('/collection/summary?date=2026-11-20')).total.excluded.excluded_outage;

test('a meter without power at the moment of the slot and without a value is not counted; one with a value is', async () => {
  await outageUntil(at('2026-11-20', '00:30:00'));
  const { total } = await api('/collection/summary?date=2026-11-20');
  expect(total).toMatchObject({
    due: 8,
    excluded: { excluded_outage: 1 },
    expected: 7,
    answeredFirst: 2,
    failed: 2,
    successRate: 42.85,
  });
  const { items } = await api('/collection/failures?date=2026-11-20');
  expect(items.map(({ meter }: { meter: string }) => meter)).not.toContain(SILENT);
  const { text } = await get(seeded.app, '/api/v1/billing/reads?date=2026-11-20');
  const row = text.split('\n').find((line) => line.includes(SILENT));
  expect(JSON.parse(row ?? '')).toMatchObject({ energyImportWh: null, reason: 'excluded_outage' });
});

test('an outage that ended by the slot excuses nothing', async () => {
  await outageUntil(at('2026-11-20'));
  const { total } = await api('/collection/summary?date=2026-11-20');
  expect(total).toMatchObject({ excluded: { excluded_outage: 0 }, expected: 8, failed: 3 });
});

test('each meter of an outage is excused for its own times', async () => {
  const until = at('2026-11-20', '00:30:00');
  await outageUntil(until, { members: membersOf([SILENT], STARTED, at('2026-11-19', '23:58:00')) });
  expect(await excluded()).toBe(0);
  await outageUntil(until, { members: membersOf([SILENT], STARTED, at('2026-11-20', '00:01:00')) });
  expect(await excluded()).toBe(1);
});

test('a meter that never told when it was back ends with its outage', async () => {
  const members = membersOf([SILENT], STARTED);
  await outageUntil(at('2026-11-20'), { members });
  expect(await excluded()).toBe(0);
  await outageUntil(at('2026-11-20', '00:01:00'), { members });
  expect(await excluded()).toBe(1);
});

test('announced work excuses like an outage; what is not confirmed, a lost phase and failed communication do not', async () => {
  const until = at('2026-11-20', '00:30:00');
  await outageUntil(until, { kind: 'planned' });
  expect(await excluded()).toBe(1);
  for (const over of [
    { state: 'unconfirmed' },
    { state: 'dismissed' },
    { kind: 'phase-lost', phase: 'a' },
    { kind: 'collection', node: 'line' },
  ] as const) {
    await outageUntil(until, over);
    expect(await excluded()).toBe(0);
  }
});
