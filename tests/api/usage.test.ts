import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewReading } from '#stores/reading-store.ts';
import { parseSite } from '../../gateway/registry/site-file.ts';
import { at } from '../support/plan.ts';
import { type Answer, get, NOW, outcome, reading, seededApp } from './seeded-app.ts';

/** 2001: an exchange on 11-05, then one meter; 2002: two meters; 2003: a generator whose CT was changed on 11-10. */
const SITE = `
site: { name: 用电站 }
areas: [{ id: A1, name: 幸福里, kva: 400 }]
lines: [{ id: L1, protocol: dlt645, tcp: { host: 127.0.0.1, port: 7001 } }]
accounts:
  - { no: "2001", name: 王小明, address: 幸福里1 }
  - { no: "2002", name: 超市, address: 幸福里2, category: commercial }
  - { no: "2003", name: 光伏, address: 屋顶, category: generator }
  - { no: "2004", name: 空, address: 幸福里4 }
meters:
  - id: old
    address: "1"
    model: dlt645-1ph
    line: L1
    area: A1
    installations: [{ account: "2001", from: 2026-01-01, to: 2026-11-05, endKwh: 104.5 }]
  - id: new
    address: "2"
    no: "900002"
    model: dlt645-1ph
    line: L1
    area: A1
    installations: [{ account: "2001", from: 2026-11-05, startWh: 7 }]
  - { id: s1, address: "3", model: dlt645-3ph, line: L1, area: A1, account: "2002", ct: 40 }
  - { id: s2, address: "4", model: dlt645-3ph, line: L1, area: A1, account: "2002" }
  - id: pv
    address: "5"
    model: dlt645-3ph
    line: L1
    area: A1
    ct: 80
    installations: [{ account: "2003", from: 2026-01-01, to: 2026-11-10, ct: 40 }, { account: "2003", from: 2026-11-10, ct: 80 }]
tasks:
  - { id: freeze-day, kind: freeze-day, calendar: { every: day }, items: [energy_import_wh, energy_import_t1_wh, energy_export_wh], delayS: 300, backfillDays: 3, repairDays: 3, toleranceS: 300, retryAt: [], firstPassUntil: "02:00" }
  - { id: profile, kind: profile, calendar: { everyS: 900 }, items: [energy_import_wh, energy_export_wh], delayS: 20, backfillDays: 0, repairDays: 2, toleranceS: 120, retryAt: [], firstPassUntil: "23:59" }
`;

const date = (day: number): string => `2026-11-${String(day).padStart(2, '0')}`;
const midnight = (day: number): number => at(date(day));

/** Freezes of a meter on days of November 2026, counting `perDay` Wh a day from a register on. */
function freezes(meter: string, from: number, to: number, startWh: number, perDay: number): NewReading[] {
  return Array.from({ length: to - from + 1 }, (_, i) => {
    const wh = startWh + i * perDay;
    return reading(meter, midnight(from + i), [wh, wh / 2, 2 * wh]);
  });
}

let seeded: Awaited<ReturnType<typeof seededApp>>;
beforeAll(async () => {
  seeded = await seededApp({ registry: parseSite('site.yaml', SITE, at('2026-01-01')) });
  const late = (list: NewReading[], day: number): NewReading[] =>
    list.map((each) => (each.slot === midnight(day) ? { ...each, quality: 'late' } : each));
  await seeded.readings.write([
    {
      task: 'freeze-day',
      quantities: ['energy_import_wh', 'energy_import_t1_wh', 'energy_export_wh'],
      rows: [
        ...freezes('old', 1, 4, 100_000, 1000),
        ...late(freezes('new', 6, 20, 1000, 2000), 7).filter(({ slot }) => slot !== midnight(12)),
        ...freezes('s1', 1, 19, 0, 10),
        ...freezes('s2', 1, 20, 500, 1),
        ...freezes('pv', 1, 20, 0, 100),
      ],
    },
    {
      task: 'profile',
      quantities: ['energy_import_wh', 'energy_export_wh'],
      rows: [
        reading('new', at('2026-11-20', '09:45:00'), [29_300, 0]),
        reading('new', at('2026-11-20', '10:00:00'), [99, 0], { quality: 'suspect', rules: ['register_reversed'] }),
        reading('s1', at('2026-11-20', '10:00:00'), [200, 0]),
        reading('s2', at('2026-11-20', '09:30:00'), [520, 0]),
      ],
    },
  ]);
  const failed = outcome('new', midnight(12), 'no_answer');
  await seeded.state.ledger.commit({ outcomes: [failed], events: [], quarantine: [], baselines: [], marks: [] });
  await seeded.state.revisions.add(
    {
      task: 'freeze-day',
      slot: midnight(14),
      meter: 'new',
      kind: 'edited',
      method: null,
      values: { energy_import_wh: 17_500 },
      reason: '现场核对',
      by: 'k',
      at: NOW,
    },
    0,
  );
});
afterAll(() => seeded.close());

const usage = (no: string, query = ''): Promise<Answer> => get(seeded.app, `/api/v1/accounts/${no}/usage${query}`);
// biome-ignore lint/suspicious/noExplicitAny: the shape is what each test is about
const dayOf = ({ json }: Answer, day: number): any => json.days.find((each: any) => each.date === date(day));

describe('the usage of an account', () => {
  it('is given for this month to date without a range, today as a day that is not over', async () => {
    const answer = await usage('2001');
    expect(answer.status).toBe(200);
    const { json } = answer;
    expect(json).toMatchObject({ accountNo: '2001', billed: 'import', start: '2026-11-01', end: '2026-11-21' });
    expect(json.days).toHaveLength(20);
    expect(dayOf(answer, 1)).toMatchObject({ state: 'known', energy: { importWh: 1000, t1Wh: 500, exportWh: 2000 } });
    expect(dayOf(answer, 20)).toMatchObject({ state: 'open', energy: { importWh: null } });
    expect(json.yesterday).toEqual(dayOf(answer, 19));
    expect(json.months).toHaveLength(1);
    expect(json.monthToDate).toMatchObject({ start: '2026-11-01', end: '2026-11-20', days: { known: 17, over: 19 } });
    expect(json.months[0].energy).toEqual(json.monthToDate.energy);
    expect(json.months[0].isWhole).toBe(false);
  });

  it('goes over a meter exchange with both meters and their registers', async () => {
    const answer = await usage('2001', '?start=2026-11-03&end=2026-11-07');
    expect(answer.json.meters).toMatchObject([
      { meter: 'old', endWh: 104_500, installedTo: '2026-11-05T00:00:00.000+08:00' },
      { meter: 'new', meterNo: '900002', startWh: 7, installedTo: null },
    ]);
    expect(answer.json.days.map(({ energy }: { energy: { importWh: number } }) => energy.importWh)).toEqual([
      1000, 1500, 993, 2000,
    ]);
    expect(dayOf(answer, 4).parts[0]).toMatchObject({
      meter: 'old',
      ratio: 1,
      start: { quality: 'valid', source: 'freeze', registers: { importWh: 103_000 } },
      end: { quality: 'manual', source: 'installation', registers: { importWh: 104_500 } },
    });
    expect(answer.json.months[0].parts.map(({ meter }: { meter: string }) => meter)).toEqual(['old', 'new']);
    expect(answer.json.months[0].energy.importWh).toBe(1000 + 1500 + 993 + 2000);
    expect(dayOf(answer, 6).quality).toBe('late');
  });

  it('names the freeze that a day lacks with its reason, and keeps the energy of the month', async () => {
    const answer = await usage('2001');
    for (const day of [11, 12]) {
      expect(dayOf(answer, day)).toMatchObject({ state: 'unknown', energy: { importWh: null } });
      expect(dayOf(answer, day).missing).toEqual([
        {
          meter: 'new',
          date: '2026-11-12',
          at: '2026-11-12T00:00:00.000+08:00',
          quality: 'missing',
          rules: [],
          reason: 'no_answer',
        },
      ]);
    }
    const [month] = answer.json.months;
    expect(month).toMatchObject({
      state: 'known',
      energy: { importWh: 4500 + 29_000 - 7 },
      allocated: { importWh: 4500 + 29_000 - 7 - 4000 },
      unallocated: { importWh: 4000 },
    });
    expect(answer.json.warnings).toEqual(['2 day(s) cannot be told; see their missing freezes']);
  });

  it('takes what a person wrote before what the meter gave, and tells all qualities in words', async () => {
    const answer = await usage('2001');
    expect([dayOf(answer, 13).energy.importWh, dayOf(answer, 14).energy.importWh]).toEqual([2500, 1500]);
    expect(dayOf(answer, 14).parts[0].start).toMatchObject({ quality: 'edited', revision: 1 });
    expect(answer.json.qualities).toContainEqual({ code: 'edited', text: { zh: '人工修正', en: 'edited' } });
  });

  it('since midnight comes from the newest present register that is plausible, and is provisional', async () => {
    expect((await usage('2001')).json.today).toEqual({
      date: '2026-11-20',
      provisional: true,
      at: '2026-11-20T09:45:00.000+08:00',
      energy: { importWh: 300, t1Wh: null, t2Wh: null, t3Wh: null, t4Wh: null, exportWh: null },
      meters: [
        expect.objectContaining({
          meter: 'new',
          task: 'profile',
          startWh: 29_000,
          registerWh: 29_300,
          how: 'difference',
          since: '2026-11-20T00:00:00.000+08:00',
        }),
      ],
    });
    const { today, monthToDate } = (await usage('2002')).json;
    expect(today.energy.importWh).toBeNull();
    expect(today.at).toBe('2026-11-20T09:30:00.000+08:00');
    expect(today.meters.map(({ how, ratio }: { how: string; ratio: number }) => [how, ratio])).toEqual([
      ['no_start', 40],
      ['difference', 1],
    ]);
    // The freeze of today is not there yet: the month goes to the newest one that is.
    expect(monthToDate).toMatchObject({ end: '2026-11-19', energy: { importWh: 18 * 10 * 40 + 18 } });
  });

  it('of a generator is what it fed in, each day with the ratio of its time', async () => {
    const { json } = await usage('2003', '?start=2026-11-09&end=2026-11-11');
    expect(json.billed).toBe('export');
    expect(json.days.map(({ energy }: { energy: { exportWh: number } }) => energy.exportWh)).toEqual([8000, 16_000]);
    expect(json.months[0].parts.map(({ ratio }: { ratio: number }) => ratio)).toEqual([40, 80]);
    expect(json.months[0].energy).toMatchObject({ importWh: 12_000, exportWh: 24_000 });
    expect(json.meters).toHaveLength(2);
  });

  it('over several months is cut at their ends', async () => {
    const { json } = await usage('2001', '?start=2026-10-30&end=2026-11-03');
    expect(
      json.months.map(({ month, start, end, isWhole }: Record<string, unknown>) => [month, start, end, isWhole]),
    ).toEqual([
      ['2026-10', '2026-10-30', '2026-11-01', false],
      ['2026-11', '2026-11-01', '2026-11-03', false],
    ]);
    expect(json.months[0]).toMatchObject({ state: 'unknown', unallocated: { importWh: null } });
    expect(json.months[0].missing).toMatchObject([{ date: '2026-10-30' }]);
  });

  it('of an account without a meter says so, and is no zero', async () => {
    const { json } = await usage('2004');
    expect(json.days[0]).toMatchObject({ state: 'no_meter', energy: { importWh: null }, parts: [] });
    expect(json.monthToDate.energy.importWh).toBeNull();
    expect(json.today).toMatchObject({ at: null, energy: { importWh: null }, meters: [] });
    expect(json.warnings).toEqual(['no meter served the account in this range']);
  });

  it.each([
    ['9999', '', 404, 'unknown_account'],
    ['2001', '?start=2026-11-31', 400, 'bad_date'],
    ['2001', '?start=2026-11-05&end=2026-11-05', 400, 'bad_range'],
    ['2001', '?start=2026-11-06&end=2026-11-05', 400, 'bad_range'],
    ['2001', '?start=2025-01-01&end=2026-02-06', 400, 'range_too_long'],
    ['2001', '?start=2026-11-21', 400, 'bad_range'],
    ['2001', '?start=2026-11-22', 400, 'bad_range'],
    ['2001', '?start=9999-12-01&end=9999-12-31', 400, 'bad_range'],
    ['2001', '?from=2026-01-01', 400, 'bad_request'],
  ])('%s%s is refused with %i %s', async (no, query, status, code) => {
    const answer = await usage(no, query);
    expect([answer.status, answer.json.code]).toEqual([status, code]);
  });

  it('of 400 days is answered', async () => {
    const { json } = await usage('2001', '?start=2025-10-17&end=2026-11-21');
    expect(json.days).toHaveLength(400);
    expect(json.months).toHaveLength(14);
  });
});
