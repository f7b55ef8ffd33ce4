import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Anomaly } from '#contract/anomaly.ts';
import { membersOf, outageOf, saveOutages } from '../support/outages.ts';
import { at } from '../support/plan.ts';
import { get, NOW, reading, seededApp, siteOf } from './seeded-app.ts';

const METER = '100000000003';
const QUARTER_MS = 900_000;
const ITEMS = ['power_active_total_w', 'voltage_a_v', 'voltage_b_v', 'voltage_c_v'] as const;
const START = at('2026-11-19');

let seeded: Awaited<ReturnType<typeof seededApp>>;
beforeAll(async () => {
  const site = siteOf(at('2026-11-01'));
  const accounts = site.accounts.map((account) =>
    account.no === '0003' ? { ...account, category: 'dedicated' as const } : account,
  );
  seeded = await seededApp({ registry: { ...site, accounts } });
  // All but four quarters of the day: 4 kW at the meter with a ratio of 40, for an hour 9 and for an hour 11 kW.
  const powerOf = (quarter: number): number => (quarter < 4 ? 9000 : quarter < 8 ? 11_000 : 4000);
  const rows = Array.from({ length: 92 }, (_, quarter) =>
    reading(METER, START + quarter * QUARTER_MS, [powerOf(quarter), 225, 225, quarter < 23 ? 190 : 225]),
  );
  await seeded.readings.write([{ task: 'profile', quantities: ITEMS, rows }]);
  const anomaly: Anomaly = {
    ...{ id: 'a', rule: 'voltage_under', meter: METER, area: 'A1', district: 'd1', level: 3, score: null, facts: {} },
    ...{ openedAt: START + QUARTER_MS, closedAt: START + 3 * QUARTER_MS, from: START, to: START + 2 * QUARTER_MS },
  };
  const before = { ...anomaly, id: 'b', openedAt: START - 9, closedAt: START - 5, from: START - 9, to: START - 8 };
  await seeded.state.anomalies.commit({ anomalies: [anomaly, before], withdrawn: [], events: [], at: NOW });
  await saveOutages(
    seeded.state,
    outageOf({ id: 'o', area: 'A1', startedAt: START + QUARTER_MS, members: membersOf([METER], START + QUARTER_MS) }),
  );
});
afterAll(() => seeded.close());

const health = async (query: string) => (await get(seeded.app, `/api/v1/accounts/${query}`)).json;

test('the report of a day says what is there, how high the load was, and what was wrong', async () => {
  const report = await health('0003/health');
  expect(report).toMatchObject({ account: '0003', category: 'dedicated', date: '2026-11-19', warnings: [] });
  expect(report.meters).toMatchObject([
    {
      ...{ meter: METER, task: 'profile', expected: 96, points: 92, completeness: 92 / 96, capacityKva: 400 },
      ...{ maxKw: 440, maxAt: '2026-11-19T01:00:00.000+08:00', minKw: 160, maxShare: 1.1, powerFactor: null },
      ...{ hoursOver80: 2, hoursOver100: 1, lowestVoltageV: 190 },
    },
  ]);
  expect(report.meters[0].voltageGood).toBeCloseTo(1 - 23 / 276);
  expect(report.anomalies.map(({ id }: { id: string }) => id)).toEqual(['a']);
  expect(report.outages).toMatchObject([{ id: 'o', meter: METER }]);
  expect(report.summary).toEqual({
    zh: `${METER} 超容量运行 1 小时；${METER} 电压合格率 91.7 %；用电异常 1 项，其中 0 项未结束；停电 1 次。`,
    en: `${METER}: 1 h over the capacity; ${METER}: 91.7 % of the voltages within 93 to 107 %; anomalies: 1, of them open: 0; interruptions of supply: 1.`,
  });
});

test('a customer without a capacity on record, and a day without a curve, are told as such', async () => {
  const report = await health('0001/health?date=2026-11-20');
  expect(report).toMatchObject({
    meters: [{ points: 0, expected: 41, capacityKva: null, maxKw: null, voltageGood: null }],
    summary: { zh: '当日无负荷曲线，负荷与电压无法评价。', en: expect.stringContaining('no curve') },
    warnings: [expect.stringContaining('capacity')],
  });
});

test('an account that nobody knows and a day to come are refused', async () => {
  expect(await health('nobody/health')).toMatchObject({ code: 'unknown_account' });
  expect(await health('0003/health?date=2026-11-21')).toMatchObject({ code: 'bad_range' });
  expect(await health('0003/health?date=2026-02-30')).toMatchObject({ code: 'bad_date' });
});
