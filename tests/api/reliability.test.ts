import { afterAll, beforeAll, expect, test } from 'vitest';
import { membersOf, outageOf, saveOutages } from '../support/outages.ts';
import { at } from '../support/plan.ts';
import { get, seededApp, siteOf } from './seeded-app.ts';

let seeded: Awaited<ReturnType<typeof seededApp>>;
beforeAll(async () => {
  seeded = await seededApp({ registry: siteOf(at('2026-11-01')) });
  const spanOf = (from: string, to: string) => [at('2026-11-19', from), at('2026-11-19', to)] as const;
  const [dark, lit] = spanOf('08:00:00', '09:30:00');
  const [begun, over] = spanOf('13:00:00', '14:00:00');
  const own = [...membersOf(['100000000001'], dark, lit), ...membersOf(['100000000002'], dark, lit - 1_800_000)];
  await saveOutages(
    seeded.state,
    outageOf({ id: 'a', startedAt: dark, restoredAt: lit, members: own, detectedAt: dark + 42_000 }),
    outageOf({
      ...{ id: 'p', kind: 'planned', area: 'A2', startedAt: begun, restoredAt: over },
      members: membersOf(['200000000001'], begun, over).map((member) => ({ ...member, told: 'presumed' as const })),
    }),
  );
});
afterAll(() => seeded.close());

const api = async (path: string) => (await get(seeded.app, `/api/v1/reliability${path}`)).json;

test('reliability is told for a day and its districts, announced work apart', async () => {
  const json = await api('?date=2026-11-19');
  expect(json).toMatchObject({ period: '2026-11-19', sustainedMin: 1, warnings: [] });
  expect(json.total).toEqual({
    customersServed: 7,
    unplanned: { customerInterruptions: 2, customerMinutes: 150, saidiMin: 21.4286, saifi: 0.285714, caidiMin: 75 },
    planned: { customerInterruptions: 1, customerMinutes: 60, saidiMin: 8.5714, saifi: 0.142857, caidiMin: 60 },
    outages: 2,
    resolved: 1,
    resolvedShare: 50,
    toIncident: { p50S: 42, p95S: 42, maxS: 42 },
  });
  expect(json.groups).toMatchObject([
    { key: 'd1', name: '城东所', figures: { customersServed: 4, outages: 1, unplanned: { caidiMin: 75 } } },
    { key: 'd2', name: '城西所', figures: { customersServed: 3, outages: 1, toIncident: null } },
  ]);
});

test('reliability is told for a month, one district, its feeders and areas', async () => {
  const month = await api('?period=2026-11&district=d1&groupBy=feeder');
  expect(month.warnings).toHaveLength(1);
  expect(month.groups).toMatchObject([{ key: 'F1', name: '城东线', figures: { outages: 1 } }]);
  expect(month.total).toMatchObject({ customersServed: 4, planned: { customerInterruptions: 0 } });
  const areas = await api('?date=2026-11-19&groupBy=area');
  expect(areas.groups.map(({ key }: { key: string }) => key)).toEqual(['A1', 'A2']);
});

test('a day without outages has none, and a place that is unknown is refused', async () => {
  expect((await api('?date=2026-11-18')).total).toMatchObject({ outages: 0, resolvedShare: null, toIncident: null });
  expect(await api('?district=d9')).toMatchObject({ code: 'unknown_district' });
  expect(await api('?date=2026-11-22')).toMatchObject({ code: 'bad_date' });
});
