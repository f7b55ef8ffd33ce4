import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { qualityCode } from '#contract/quality.ts';
import { KeptPoints } from '../../gateway/figures/kept-points.ts';
import { CollectionSite, type Json, QUARTER_MS, SLOT, TODAY, YESTERDAY } from './collection-site.ts';

let site: CollectionSite;
beforeAll(async () => {
  site = await CollectionSite.open();
}, 60_000);
afterAll(() => site.close());

const api = (path: string) => site.api(path);
const problem = (path: string) => site.problem(path);

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
    const kept = (await site.seeded.figures.days('profile')).map(({ date }) => date);
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
    const { days } = site.work;
    const { readings, figures, clock } = site.seeded;
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
