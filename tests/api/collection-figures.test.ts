import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { qualityCode } from '#contract/quality.ts';
import { CODE_NAMES } from '#domain/collection/code-names.ts';
import { GROUPINGS } from '#domain/collection/figures.ts';
import { KeptPoints } from '../../gateway/figures/kept-points.ts';
import { type FiguresAtWork, figuresAtWork } from '../support/figures-at-work.ts';
import { at } from '../support/plan.ts';
import { get, NOW, reading, seededApp, siteOf } from './seeded-app.ts';

const TODAY = '2026-11-20';
const YESTERDAY = '2026-11-19';
const SLOT = at(TODAY);
const QUARTER_MS = 900_000;
/** What the page of figures says that is not a count. */
const BESIDE = ['asOf', 'comparison', 'days'];

let seeded: Awaited<ReturnType<typeof seededApp>>;
let work: FiguresAtWork;
let uncounted: Record<string, unknown>[];

// biome-ignore lint/suspicious/noExplicitAny: the shape is what each test is about
type Json = any;

beforeAll(async () => {
  const site = siteOf();
  const meters = site.meters.map((meter) => (meter.id.startsWith('1') ? { ...meter, maker: '华立' } : meter));
  seeded = await seededApp({ registry: { ...site, meters } });
  const { state, readings, figures, clock } = seeded;
  const points = [0, 1, 2, 3, 5].map((i) => reading('100000000001', SLOT + i * QUARTER_MS, [i]));
  const doubted = reading('200000000001', SLOT + QUARTER_MS, [7], { quality: 'suspect', rules: ['range'] });
  await readings.write([{ task: 'profile', quantities: ['energy_import_wh'], rows: [...points, doubted] }]);
  uncounted = await everySummary();
  const kept: KeptPoints = new KeptPoints({ days: () => work.days, readings, figures, clock, keepDays: 3 });
  work = figuresAtWork({ state, readings, figures, clock, takers: [kept] });
  await caughtUp();
}, 60_000);
afterAll(async () => {
  await work.close();
  await seeded.close();
});

async function caughtUp(): Promise<void> {
  await work.catchUp();
  await seeded.clock.advance(1000);
}

async function api(path: string): Promise<Json> {
  const { status, json, text } = await get(seeded.app, `/api/v1/collection/${path}`);
  if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
  return json;
}

async function problem(path: string): Promise<[number, string, string | undefined]> {
  const { status, json } = await get(seeded.app, `/api/v1/collection/${path}`);
  return [status, json.code, json.errors?.[0]?.pointer];
}

async function everySummary(): Promise<Json[]> {
  const answers: Json[] = [];
  for (const date of [TODAY, YESTERDAY, '2026-11-17']) answers.push(await api(`summary?date=${date}`));
  for (const grouping of GROUPINGS) answers.push(await api(`summary?date=${TODAY}&groupBy=${grouping}`));
  return answers;
}

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
    expect((await everySummary()).map(counted)).toEqual(uncounted.map(counted));
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
    expect((await get(seeded.app, '/api/v1/collection/summary?from=2026-09-20&to=2026-11-20')).status).toBe(200);
    expect(await problem('summary?from=2026-11-31&to=2026-12-01')).toEqual([400, 'bad_date', '/from']);
    expect(await problem(`summary?date=${TODAY}&sort=colour`)).toEqual([400, 'bad_request', '/sort']);
  });
});

describe('the arrival curve', () => {
  it('counts what was read by each quarter hour, beside the day before and the mean', async () => {
    const { expected, points, meanDays, warnings } = await api(`arrival?date=${TODAY}`);
    expect([expected, points.length]).toEqual([8, 96]);
    expect(points[0]).toMatchObject({ until: '2026-11-20T00:15:00.000+08:00', answered: 2, rate: 25 });
    expect(points[11]).toMatchObject({ answered: 2 });
    expect(points[12]).toMatchObject({ answered: 3, rate: 37.5, dayBefore: 0, mean: 0 });
    expect(points[40]).toMatchObject({ answered: 3 });
    expect(points[41]).toMatchObject({ answered: null, rate: null });
    expect(meanDays).toBeGreaterThan(0);
    expect(warnings).toHaveLength(meanDays === 7 ? 0 : 1);
    expect((await api(`arrival?date=${TODAY}&area=A2`)).points[40]).toMatchObject({ answered: 0 });
  });

  it('is refused for a day that is not kept, and for a task with many slots', async () => {
    expect(await problem('arrival?date=2025-01-01')).toEqual([409, 'not_kept', '/date']);
    expect(await problem(`arrival?date=${TODAY}&task=profile`)).toEqual([409, 'not_kept', '/date']);
    expect(await problem('arrival?feeder=F9')).toEqual([404, 'unknown_scope', '/feeder']);
  });
});

describe('the completeness of profiles', () => {
  const path = `completeness?date=${TODAY}&groupBy=area`;

  it('is that of the points owed so far, and the worst groups come first', async () => {
    const { total, days, groups } = await api(path);
    const kept = (await seeded.figures.days('profile')).map(({ date }) => date);
    expect(kept).toContain(TODAY);
    expect(total).toMatchObject({ received: 6, suspect: 1 });
    expect(total.missing).toBe(total.expected - 6);
    expect(total.rate).toBe(Math.floor((5 * 10_000) / total.expected) / 100);
    expect(days).toEqual([{ date: TODAY, slots: 96, figures: total }]);
    expect(groups.map(({ key }: Json) => key)).toEqual(['A2', 'A1']);
  });

  it('comes page by page', async () => {
    const first = await api(`${path}&limit=1`);
    const second = await api(`${path}&limit=1&cursor=${first.nextCursor}`);
    const keys = [...first.groups, ...second.groups].map(({ key }: Json) => key);
    expect([keys, second.nextCursor, first.groupCount]).toEqual([['A2', 'A1'], null, 2]);
    expect(await problem(`${path}&limit=1&cursor=${first.nextCursor}&area=A1`)).toEqual([400, 'bad_cursor', undefined]);
  });

  it('is that of the states in the stores', async () => {
    const { total } = await api(`summary?date=${TODAY}&task=profile`);
    const completeness = (await api(path)).total;
    expect(completeness.expected).toBe(total.expected);
    expect(completeness.missing).toBe(total.failed + total.open);
  });

  it('follows what the feed tells, and told twice it stays', async () => {
    const slot = SLOT + 9 * QUARTER_MS;
    const before = (await api(path)).total;
    const told = {
      task: 'profile',
      meters: ['100000000001'],
      slots: [slot],
      readAts: [slot],
      qualities: [qualityCode('valid')],
    };
    const { days } = work;
    const { readings, figures, clock } = seeded;
    const other = new KeptPoints({ days: () => days, readings, figures, clock, keepDays: 3 });
    for (const _ of ['once', 'twice']) await other.take({ readings: [told] });
    const drained = other.drain();
    expect(drained.days.map(({ date }) => date)).toEqual([TODAY]);
    const position = (await figures.position()) ?? 0;
    await figures.checkpoint({ position, ...drained, findings: { of: [], found: [] }, areaDays: [] });
    await clock.advance(1000);
    expect((await api(path)).total.received).toBe(before.received + 1);
  });

  it('is summed over a range', async () => {
    const { total, days } = await api(`completeness?from=${YESTERDAY}&to=${TODAY}`);
    const sum = days.reduce((all: number, { figures }: Json) => all + figures.expected, 0);
    expect(total.expected).toBe(sum);
    expect(days).toHaveLength(2);
  });
});

describe('coverage', () => {
  it('counts metering points with a meter that is collected, and terminals by two named definitions', async () => {
    const { total, groups, definitions } = await api('coverage?groupBy=district');
    expect(total).toMatchObject({ points: 8, covered: 8, coverageRate: 100, withoutMeter: 0, terminals: 3 });
    expect(total).toMatchObject({ onlineNow: 0, onlineNowRate: 0, onlineToday: 1, onlineTodayRate: 33.33 });
    expect(groups.map(({ key, coverage }: Json) => [key, coverage.terminals])).toEqual([
      ['d1', 1],
      ['d2', 2],
    ]);
    expect(definitions.onlineNowRate.zh).toContain('终端在线率');
    expect((await api('coverage?line=G1')).total).toMatchObject({ points: 1, terminals: 1 });
  });
});

describe('the figures as reported', () => {
  it('stay as they were when the day was closed, with the meters that changed since beside them', async () => {
    const { total, reported, revisions } = await api(`summary?date=${TODAY}`);
    expect([reported, revisions]).toEqual([null, null]);
    const day = await work.days.of('freeze-day', TODAY);
    const cells = Uint8Array.from(day?.fact ?? []);
    const row = work.days.rowOf('100000000001') ?? 0;
    cells[row] = CODE_NAMES.indexOf('failed no_answer');
    await seeded.state.dayReports.add({ task: 'freeze-day', date: TODAY, closedAt: NOW, codes: CODE_NAMES, cells });
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
    await seeded.state.revisions.addEstimates([revision]);
    await caughtUp();
    const after = (await api(`summary?date=${TODAY}`)).total;
    expect(after).toEqual({ ...total, estimated: total.estimated + 1, missing: total.missing - 1 });
  });
});
