import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { NO_LOSS } from '#domain/line-loss/loss-sum.ts';
import { partialWarnings } from '../../api/queries/line-loss-rows.ts';
import { lossApp } from './line-loss-site.ts';
import { get } from './seeded-app.ts';

const KEPT = ['2026-11-17', '2026-11-18', '2026-11-19'];

let seeded: Awaited<ReturnType<typeof lossApp>>;
beforeAll(async () => {
  seeded = await lossApp(KEPT);
});
afterAll(() => seeded.close());

const loss = (path: string, accept = 'application/json') => get(seeded.app, `/api/v1/line-loss/${path}`, { accept });

interface Row {
  readonly area: string;
  readonly state: string;
  readonly why: string | null;
  readonly suppliedWh: number | null;
  readonly soldWh: number | null;
  readonly lostWh: number | null;
  readonly trace: string;
}

interface Flow {
  readonly start: { readonly wh: number };
  readonly end: { readonly wh: number };
}

interface Part {
  readonly role: string;
  readonly counts: string;
  readonly ratio: number;
  readonly import: Flow;
  readonly export: Flow;
}

/** With pencil and paper, from the registers of a trace. */
function recomputed(parts: readonly Part[]) {
  const counted = (flow: Flow, ratio: number): number => (flow.end.wh - flow.start.wh) * ratio;
  const sum = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0);
  const supply = parts.filter(({ role }) => role === 'supply');
  const customers = parts.filter(({ role, counts }) => role === 'customer' && counts !== 'missing');
  return {
    supplied: sum(supply.map((each) => counted(each.import, each.ratio) - counted(each.export, each.ratio))),
    sold: sum(customers.map((each) => counted(each.import, each.ratio))),
    missing: parts.filter(({ counts }) => counts === 'missing').length,
  };
}

const rowsOf = async (query: string): Promise<Row[]> => (await loss(`areas?${query}`)).json.items;
const energies = ({ suppliedWh, soldWh, lostWh }: Row) => [suppliedWh, soldWh, lostWh];

describe('line loss of areas', () => {
  it('is that of yesterday when no date is named, largest loss first, those without one last', async () => {
    const { status, json } = await loss('areas');
    expect([status, json.period, json.total, json.warnings]).toEqual([200, '2026-11-19', 5, []]);
    expect(json.items.map((row: Row) => [row.area, row.state, row.why, ...energies(row)])).toEqual([
      ['B2', 'high', null, 25_000, 20_000, 5000],
      ['B4', 'high', null, 21_000, 19_000, 2000],
      ['B1', 'qualified', null, 21_000, 20_700, 300],
      ['B3', 'negative', null, 19_000, 20_000, -1000],
      ['B5', 'uncomputable', 'area_stopped', null, null, null],
    ]);
  });

  it('says what stands behind a number: missing customers, a jump, what is to be checked', async () => {
    const byArea = new Map((await rowsOf('date=2026-11-19')).map((row) => [row.area, row]));
    expect(byArea.get('B4')).toMatchObject({ missing: 1, lowerBoundSold: true, checks: ['missing_may_explain'] });
    expect(byArea.get('B4')).toMatchObject({ successRate: 95, rate: 9.52, customers: 20, estimatedShare: 0 });
    expect(byArea.get('B1')).toMatchObject({ jump: { percent: -70, kind: 'fall' }, missing: 0 });
    expect(byArea.get('B5')).toMatchObject({ checks: [], status: 'stopped' });
  });

  it('of a month is that of its days that are kept and computable, and says which are not', async () => {
    const { json } = await loss('areas?period=2026-11&sort=area');
    expect(json.warnings).toEqual([
      'month to date: 19 of 30 days are over',
      expect.stringContaining('nothing is kept of 2026-11-01, 2026-11-02'),
    ]);
    const [one, , , four] = json.items;
    expect(one).toMatchObject({
      suppliedWh: 63_000,
      soldWh: 60_700,
      lostWh: 2300,
      rate: 3.65,
      days: 19,
      computableDays: 3,
    });
    expect(one.notIn).toEqual({ not_kept: 16 });
    expect(four).toMatchObject({ computableDays: 2, notIn: { not_kept: 16, supply_missing: 1 }, missing: 2 });
  });

  it('can be filtered, sorted and read page by page', async () => {
    expect((await rowsOf('state=high')).map(({ area }) => area)).toEqual(['B2', 'B4']);
    expect((await rowsOf('feeder=E1&sort=rate')).map(({ area }) => area)).toEqual(['B1', 'B2']);
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const { json } = await loss(`areas?limit=2&sort=-rate${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...json.items.map(({ area }: Row) => area));
      if (json.nextCursor === null) break;
      cursor = json.nextCursor;
    }
    expect(seen).toEqual(['B2', 'B4', 'B1', 'B3', 'B5']);
  });

  it('comes as CSV with energies in kWh, negative ones as numbers and names that are no formulas', async () => {
    const { type, text } = await loss('areas?format=csv&sort=area');
    const lines = text.split('\r\n');
    expect(type).toBe('text/csv; charset=utf-8');
    expect(lines[0]).toContain('area,name,feeder,district,kva,status,supplied_kwh');
    expect(lines[3]).toContain("B3,'=B3,E2,D2,400,运行 running,19,0,20,-1,-5.26,负损 negative");
  });

  it('comes as XLSX by Accept, and not as something else', async () => {
    const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
    expect((await loss('areas', type)).type).toBe(type);
    expect((await loss('areas', 'image/png')).json.code).toBe('not_acceptable');
  });
});

describe('the trace of an area', () => {
  test('every cell of the list follows from its registers', async () => {
    for (const row of await rowsOf('date=2026-11-19')) {
      const { json } = await get(seeded.app, row.trace);
      const { supplied, sold, missing } = recomputed(json.parts);
      expect([json.agreesWithKept, json.total.missing]).toEqual([true, missing]);
      expect(energies(json.total)).toEqual(energies(row));
      expect(energies(row)).toEqual(row.why === null ? [supplied, sold, supplied - sold] : [null, null, null]);
      expect(json.days[0].known.gridWh).toBe(supplied);
    }
  });

  test('a meter without a register is named with the reason, the others with quality and revision', async () => {
    const { json } = await loss('areas/B4?date=2026-11-19');
    const part = (meter: string) => json.parts.find((each: { meter: string }) => each.meter === meter);
    expect(part('B4-c7')).toMatchObject({ counts: 'missing', import: { wh: null, why: 'no_start' } });
    expect(part('B4-c7').import.start).toEqual({ wh: null, source: null, quality: 'missing', revision: null });
    expect(part('B4-s').import.end).toEqual({ wh: 5_010_500, source: 'freeze', quality: 'valid', revision: 0 });
    expect(json.days[0].missingMeters).toEqual([{ meter: 'B4-c7', why: 'no_start' }]);
  });

  test('a month is the sum of its days, those that are not kept worked out of the readings', async () => {
    const { json } = await loss('areas/B1?start=2026-11-15&end=2026-11-20');
    expect(
      json.days.map(({ date, source, lostWh }: { date: string; source: string; lostWh: number }) => [
        date,
        source,
        lostWh,
      ]),
    ).toEqual([
      ['2026-11-15', 'readings', 1000],
      ['2026-11-16', 'readings', 1000],
      ['2026-11-17', 'kept', 1000],
      ['2026-11-18', 'kept', 1000],
      ['2026-11-19', 'kept', 300],
    ]);
    expect(json.total).toMatchObject({ lostWh: 4300, computableDays: 5, days: 5 });
    expect(json.parts).toBeNull();
    expect(json.warnings).toEqual(['lists and sheets leave out 2 days that are not kept and are worked out here']);
  });

  test('of today tells that the day is not over', async () => {
    const { json } = await loss('areas/B1?date=2026-11-20');
    expect(json).toMatchObject({ warnings: ['the day is not over: 0 of 1 days are over'], parts: null });
    expect(json.total).toMatchObject({ why: 'not_over', lostWh: null });
  });
});

describe('sums', () => {
  test('of areas are those of their feeders and districts, and of days those of the month', async () => {
    const days = await Promise.all(KEPT.map((date) => loss(`summary?date=${date}&groupBy=feeder`)));
    const month = (await loss('summary?period=2026-11&groupBy=district')).json;
    for (const name of ['suppliedWh', 'soldWh', 'lostWh'] as const) {
      const rows = await rowsOf('period=2026-11');
      const ofRows = rows.reduce((sum, row) => sum + (row[name] ?? 0), 0);
      const add = (all: { figures: { loss: Row } }[]) =>
        all.reduce((sum, { figures }) => sum + (figures.loss[name] ?? 0), 0);
      const feeders = (await loss('feeders?period=2026-11')).json.items;
      expect(month.total.loss[name]).toBe(ofRows);
      expect(add(month.groups)).toBe(ofRows);
      expect(days.reduce((sum, { json }) => sum + add(json.groups), 0)).toBe(ofRows);
      expect(feeders.reduce((sum: number, each: { sum: Row }) => sum + (each.sum[name] ?? 0), 0)).toBe(ofRows);
    }
  });

  test('count the areas by what became of them', async () => {
    const { json } = await loss('summary?date=2026-11-19');
    expect(json.total.areas).toEqual({
      ...{
        total: 5,
        running: 4,
        stopped: 1,
        removed: 0,
        notCovered: 0,
        withGeneration: 0,
        exchanged: 0,
        zeroEnergy: 0,
      },
      ...{ qualified: 1, high: 2, negative: 1, uncomputable: 1 },
    });
    expect(json.total).toMatchObject({ qualifiedRate: 25, monitoringRate: 100 });
    expect(Object.keys(json.definitions)).toContain('monitoring rate');
  });

  test('energies that leave out area days which should be in them say so', async () => {
    const { json } = await loss('summary?date=2026-11-17');
    expect(json.warnings).toEqual(['energies leave out 1 of 5 area days that cannot be computed: supply_missing 1']);
    expect((await loss('feeders?date=2026-11-17')).json.warnings).toEqual(json.warnings);
    expect(
      partialWarnings({ ...NO_LOSS, days: 9, notIn: { low_success: 1, supply_missing: 2, area_stopped: 1 } }),
    ).toEqual(['energies leave out 3 of 9 area days that cannot be computed: supply_missing 2, low_success 1']);
    expect(partialWarnings({ ...NO_LOSS, days: 9, notIn: { not_kept: 4, not_over: 1, area_removed: 1 } })).toEqual([]);
  });

  test('a feeder has the loss by the meter at its head beside the sum of its areas', async () => {
    const { json } = await loss('feeders/E1?date=2026-11-19');
    expect(json.total.sum).toMatchObject({ suppliedWh: 46_000, soldWh: 40_700, lostWh: 5300 });
    expect(json.total.head).toMatchObject({ suppliedWh: 48_000, soldWh: 40_700, lostWh: 7300, rate: 15.21 });
    expect(json.headParts).toHaveLength(1);
    expect(json.areas.map(({ area }: Row) => area)).toEqual(['B1', 'B2']);
    expect((await loss('feeders')).json.items[1].head).toBeNull();
  });
});

describe('the monthly sheet', () => {
  it('is a workbook of the month', async () => {
    const { status, headers } = await loss('sheet?period=2026-11&district=D1');
    expect([status, headers['content-disposition']]).toEqual([200, 'attachment; filename="line-loss-2026-11.xlsx"']);
  });
});

describe('what cannot be answered', () => {
  it.each([
    ['areas?district=D9', 404, 'unknown_district'],
    ['areas?feeder=E9', 404, 'unknown_feeder'],
    ['areas/B9', 404, 'unknown_area'],
    ['feeders/E9', 404, 'unknown_feeder'],
    ['areas?date=2026-11-31', 400, 'bad_date'],
    ['areas?date=2026-11-21', 400, 'bad_date'],
    ['areas?period=2026-12', 400, 'bad_date'],
    ['areas?period=2026-13', 400, 'bad_date'],
    ['areas?date=2026-11-19&period=2026-11', 400, 'bad_request'],
    ['areas/B1?start=2026-11-19&end=2026-11-19', 400, 'bad_range'],
    ['areas/B1?start=2026-11-19&end=2026-11-01', 400, 'bad_range'],
    ['areas/B1?start=2026-11-19', 400, 'bad_range'],
    ['areas/B1?start=2026-08-01&end=2026-10-03', 400, 'range_too_long'],
    ['areas?state=odd', 400, 'bad_request'],
    ['areas?cursor=x', 400, 'bad_cursor'],
    ['sheet', 400, 'bad_request'],
    ['summary?district=D9', 404, 'unknown_district'],
  ])('%s is %i %s', async (path, status, code) => {
    const { status: found, json } = await loss(path);
    expect([found, json.code]).toEqual([status, code]);
  });
});
