import { afterAll, beforeAll, expect, test } from 'vitest';
import { at } from '../support/plan.ts';
import { get, OUTAGE, seededApp } from './seeded-app.ts';

let seeded: Awaited<ReturnType<typeof seededApp>>;
beforeAll(async () => {
  seeded = await seededApp();
});
afterAll(() => seeded.close());

const SILENT = '100000000004';
const ANSWERED = '100000000001';
const api = async (path: string) => (await get(seeded.app, `/api/v1${path}`)).json;
const outageUntil = (restoredAt: number) =>
  seeded.state.outages.save({
    ...OUTAGE,
    id: 'night',
    nodeId: 'A1',
    area: 'A1',
    startedAt: at('2026-11-19', '23:50:00'),
    restoredAt,
    meters: [SILENT, ANSWERED],
  });

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
