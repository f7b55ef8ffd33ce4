import { afterAll, beforeAll, expect, test } from 'vitest';
import { sheetRows, unzip } from '../support/unzip.ts';
import { lossApp } from './line-loss-site.ts';
import { get, KEY } from './seeded-app.ts';

let seeded: Awaited<ReturnType<typeof lossApp>>;
beforeAll(async () => {
  seeded = await lossApp(['2026-11-17', '2026-11-18', '2026-11-19']);
});
afterAll(() => seeded.close());

const SUPPLIED = '供电量 kWh\nsupplied kWh';
const SOLD = '售电量 kWh\nsold kWh';
const LOST = '损失电量 kWh\nlost kWh';
const AREA = '台区编号\narea';

async function sheets(query: string) {
  const headers = { authorization: `Bearer ${KEY}` };
  const { rawPayload } = await seeded.app.inject({ url: `/api/v1/line-loss/sheet?${query}`, headers });
  const files = unzip(rawPayload);
  return [1, 2, 3].map((number) => sheetRows(files, number));
}

/** kWh with three decimals as Wh. */
const wh = (cell: string | undefined): number => Math.round(Number(cell) * 1000);

test('a row of the monthly sheet is what its trace adds up to, and the last row is the sum of the rows', async () => {
  const [rows = []] = await sheets('period=2026-11');
  const areas = rows.slice(0, -1);
  expect(areas.map((row) => row.get(AREA))).toEqual(['B1', 'B2', 'B3', 'B4', 'B5']);
  for (const row of areas) {
    const { json } = await get(seeded.app, row.get('追溯路径\ntrace')?.replaceAll('&amp;', '&') ?? '');
    const kept = json.days.filter(({ source }: { source: string }) => source === 'kept');
    const sum = (name: string): number =>
      kept.reduce((total: number, day: Record<string, number | null>) => total + (day[name] ?? 0), 0);
    const expected = ['suppliedWh', 'soldWh', 'lostWh'].map(sum);
    expect([wh(row.get(SUPPLIED)), wh(row.get(SOLD)), wh(row.get(LOST))]).toEqual(expected);
  }
  for (const name of [SUPPLIED, SOLD, LOST]) {
    expect(wh(rows.at(-1)?.get(name))).toBe(areas.reduce((total, row) => total + wh(row.get(name)), 0));
  }
});

test('a row without a loss has empty cells and the reason, never a zero', async () => {
  const [rows = []] = await sheets('period=2026-11');
  const row = rows.find((each) => each.get(AREA) === 'B5');
  expect([row?.get(SUPPLIED), row?.get(LOST), row?.get('线损率 %\nloss rate %')]).toEqual(['', '', '']);
  expect(row?.get('线损状态\nstate')).toBe('不可算 uncomputable');
});

test('the second sheet counts the areas of each district, and under them all', async () => {
  const [, counts = []] = await sheets('period=2026-11');
  const numbers = (name: string) => counts.map((row) => Number(row.get(name)));
  expect(counts.map((row) => row.get('供电所\ndistrict'))).toEqual(['D1 城东', 'D2 城西', '合计 total']);
  expect(numbers('台区总数\nareas')).toEqual([2, 3, 5]);
  expect(numbers('停运\nstopped')).toEqual([0, 1, 1]);
  expect(numbers('高损\nhigh')).toEqual([1, 1, 2]);
});

test('the last sheet tells the bands, the filter, what is missing and what the figures mean', async () => {
  const [rows = [], , notes = []] = await sheets('period=2026-11&district=D1');
  const of = (item: string) => notes.find((row) => row.get('项目\nitem') === item)?.get('内容\nmeaning');
  expect(rows).toHaveLength(3);
  expect(of('供电所 district')).toBe('D1');
  expect(of('高损 high above, %')).toBe('6');
  expect(of('数据截至 as of')).toContain('2026-11-20T10:07');
  expect(of('注意 warning')).toContain('month to date: 19 of 30 days');
  expect(of('supplied')).toContain('供电量 = Σ总表');
});
