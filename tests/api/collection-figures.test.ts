import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CODE_NAMES } from '#domain/collection/code-names.ts';
import { GROUPINGS } from '#domain/collection/figures.ts';
import { CollectionSite, type Json, SLOT, TODAY, YESTERDAY } from './collection-site.ts';
import { get, NOW } from './seeded-app.ts';

/** What the page of figures says that is not a count. */
const BESIDE = ['asOf', 'comparison', 'days'];

let site: CollectionSite;
beforeAll(async () => {
  site = await CollectionSite.open();
}, 60_000);
afterAll(() => site.close());

const api = (path: string) => site.api(path);
const problem = (path: string) => site.problem(path);

function counted(answer: Json): Json {
  const groups = answer.groups.map(({ comparison: _, ...group }: Json) => group);
  return { ...Object.fromEntries(Object.entries(answer).filter(([name]) => !BESIDE.includes(name))), groups };
}

const FIGURES = [
  'due',
  'expected',
  'answeredFirst',
  'answeredRetry',
  'answeredLate',
  'suspect',
  'failed',
  'open',
  'missing',
  'estimated',
  'written',
];
const numbers = (figures: Json): number[] => FIGURES.map((name) => figures[name]);
const added = (all: number[][]): number[] => FIGURES.map((_, i) => all.reduce((sum, each) => sum + (each[i] ?? 0), 0));

describe('figures of kept days', () => {
  it('are those that the stores give, by every grouping', async () => {
    expect((await site.everySummary()).map(counted)).toEqual(site.uncounted.map(counted));
  });

  it('add up over the groups of every grouping, the maker among them', async () => {
    for (const grouping of GROUPINGS) {
      const { total, groups } = await api(`summary?date=${TODAY}&groupBy=${grouping}`);
      expect(added(groups.map(({ figures }: Json) => numbers(figures))), grouping).toEqual(numbers(total));
    }
    const { groups } = await api(`summary?date=${TODAY}&groupBy=manufacturer`);
    expect(groups.map(({ key, figures }: Json) => [key, figures.due])).toEqual([
      ['华立', 5],
      [null, 3],
    ]);
  });

  it('are held against the target and the day before, which is of the same scope', async () => {
    const { total, target, comparison, groups } = await api(`summary?date=${TODAY}&groupBy=area&district=d1`);
    expect(total).toMatchObject({
      expected: 5,
      answeredFirst: 2,
      answeredRetry: 1,
      successRate: 60,
      afterRetryRate: 60,
    });
    expect(target).toEqual({ successRate: 99.5, met: false });
    const before = (await api(`summary?date=${YESTERDAY}&district=d1`)).total;
    const change = Math.round((60 - before.successRate) * 100) / 100;
    expect(comparison).toEqual({ date: YESTERDAY, successRate: before.successRate, change });
    expect(groups.map(({ key, comparison: beside }: Json) => [key, beside.change])).toEqual([['A1', change]]);
  });

  it('of a scope are those of the meters that are in all of its groups', async () => {
    expect((await api(`summary?date=${TODAY}&concentrator=J1&model=dlt645-3ph`)).total.due).toBe(2);
    expect((await api(`summary?date=${TODAY}&manufacturer=${encodeURIComponent('华立')}`)).total.due).toBe(5);
    expect((await api(`summary?date=${TODAY}&district=d2&area=A1`)).total).toMatchObject({ due: 0, successRate: null });
  });

  it('of a range are the sums of its days, and rates come from the sums', async () => {
    const range = await api('summary?from=2026-11-17&to=2026-11-20&groupBy=feeder');
    const days = await Promise.all(['17', '18', '19', '20'].map((day) => api(`summary?date=2026-11-${day}`)));
    expect(numbers(range.total)).toEqual(added(days.map(({ total }) => numbers(total))));
    expect(range.days.map(({ date, figures }: Json) => [date, figures])).toEqual(
      days.map(({ date, total }) => [date, total]),
    );
    expect(range.days.map(({ comparison }: Json) => comparison)).toEqual(days.map(({ comparison }) => comparison));
    expect(added(range.groups.map(({ figures }: Json) => numbers(figures)))).toEqual(numbers(range.total));
    const { expected, answeredFirst, answeredRetry, answeredLate, successRate } = range.total;
    const exact = (answeredFirst + answeredRetry + answeredLate) / expected;
    expect(successRate).toBe(Math.floor(exact * 10_000) / 100);
    expect(range).toMatchObject({ from: '2026-11-17', to: '2026-11-20', comparison: null, reported: null });
  });

  it('of a day to come are no figures, and say so', async () => {
    const { total, warnings } = await api('summary?from=2026-11-20&to=2026-11-23');
    expect(total.expected).toBe((await api(`summary?date=${TODAY}`)).total.expected);
    expect(warnings[0]).toBe('nothing is due yet of 3 days that have not come, the first is 2026-11-21');
  });

  it('are given page by page in the order that is asked for', async () => {
    const first = await api(`summary?date=${TODAY}&groupBy=line&sort=-expected&limit=2`);
    expect(first.groups.map(({ key }: Json) => key)).toEqual(['J1', 'J2']);
    expect(first.groupCount).toBe(3);
    const path = `summary?date=${TODAY}&groupBy=line&sort=-expected&limit=2&cursor=${first.nextCursor}`;
    const second = await api(path);
    expect(second.groups.map(({ key }: Json) => key)).toEqual(['G1']);
    expect(second.nextCursor).toBeNull();
    expect(await problem(path.replace('sort=-expected&', ''))).toEqual([400, 'bad_cursor', undefined]);
  });

  it('refuse a scope, a range or a sum of both that cannot be answered, and name what is wrong', async () => {
    expect(await problem(`summary?date=${TODAY}&area=A9`)).toEqual([404, 'unknown_scope', '/area']);
    expect(await problem(`summary?date=${TODAY}&manufacturer=nobody`)).toEqual([404, 'unknown_scope', '/manufacturer']);
    expect(await problem('summary?from=2026-11-20&to=2026-11-19')).toEqual([400, 'bad_range', '/to']);
    expect(await problem('summary?from=2026-11-20')).toEqual([400, 'bad_range', '/to']);
    expect(await problem('summary?date=2026-11-20&from=2026-11-20&to=2026-11-20')).toEqual([400, 'bad_range', '/date']);
    expect(await problem('summary?from=2026-09-19&to=2026-11-20')).toEqual([400, 'range_too_long', '/from']);
    expect((await get(site.seeded.app, '/api/v1/collection/summary?from=2026-09-20&to=2026-11-20')).status).toBe(200);
    expect(await problem('summary?from=2026-11-31&to=2026-12-01')).toEqual([400, 'bad_date', '/from']);
    expect(await problem(`summary?date=${TODAY}&sort=colour`)).toEqual([400, 'bad_request', '/sort']);
  });
});

describe('the figures as reported', () => {
  it('stay as they were when the day was closed, with the meters that changed since beside them', async () => {
    const { total, reported, revisions } = await api(`summary?date=${TODAY}`);
    expect([reported, revisions]).toEqual([null, null]);
    const day = await site.work.days.of('freeze-day', TODAY);
    const cells = Uint8Array.from(day?.fact ?? []);
    const row = site.work.days.rowOf('100000000001') ?? 0;
    cells[row] = CODE_NAMES.indexOf('failed no_answer');
    await site.seeded.state.dayReports.add({
      task: 'freeze-day',
      date: TODAY,
      closedAt: NOW,
      codes: CODE_NAMES,
      cells,
    });
    const after = await api(`summary?date=${TODAY}&groupBy=area`);
    expect(after.total).toEqual(total);
    expect(after.closedAt).toBe('2026-11-20T10:07:00.000+08:00');
    expect(after.reported).toMatchObject({
      answeredFirst: total.answeredFirst - 1,
      failed: total.failed + 1,
      successRate: 25,
    });
    expect(after.revisions).toBe(1);
    expect(after.groups.map(({ key, revisions: changed }: Json) => [key, changed])).toEqual([
      ['A1', 1],
      ['A2', 0],
    ]);
  });
});

describe('an estimate', () => {
  it('is counted beside the values that came, from the next moment on', async () => {
    const { total } = await api(`summary?date=${TODAY}`);
    const revision = {
      ...{ task: 'freeze-day', meter: '100000000004', slot: SLOT, kind: 'estimated' as const, method: 'interpolation' },
      ...{ values: { energy_import_wh: 5 }, reason: 'missing', by: 'estimation', at: NOW },
    };
    await site.seeded.state.revisions.addEstimates([revision]);
    await site.caughtUp();
    const after = (await api(`summary?date=${TODAY}`)).total;
    expect(after).toEqual({ ...total, estimated: total.estimated + 1, missing: total.missing - 1 });
  });
});
