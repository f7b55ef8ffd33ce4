import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { acceptedType } from '../../api/formats/accept.ts';
import { at } from '../support/plan.ts';
import { FREEZE_ITEMS, get, NOW, reading, seededApp, siteOf, status } from './seeded-app.ts';

const OFFERED = ['application/x-ndjson', 'text/csv'] as const;

describe('the format by Accept', () => {
  it.each([
    [undefined, 'application/x-ndjson'],
    ['*/*', 'application/x-ndjson'],
    ['text/csv', 'text/csv'],
    ['text/*', 'text/csv'],
    ['text/csv, application/x-ndjson', 'application/x-ndjson'],
    ['text/csv, */*;q=0.1', 'text/csv'],
    ['application/x-ndjson;q=0.2, text/csv;q=0.9', 'text/csv'],
    ['*/*, application/x-ndjson;q=0', 'text/csv'],
    ['TEXT/CSV; Q=1', 'text/csv'],
    ['application/json, text/plain, */*', 'application/x-ndjson'],
    ['application/json', null],
    ['application/*;q=0', null],
    ['text/csv;q=0', null],
    ['text/csv;q=nonsense', null],
    ['', null],
  ])('%j gives %j', (header, type) => {
    expect(acceptedType(header, OFFERED)).toBe(type);
  });
});

describe('billing reads', () => {
  let seeded: Awaited<ReturnType<typeof seededApp>>;
  beforeAll(async () => {
    seeded = await seededApp();
  });
  afterAll(() => seeded.close());

  const reads = (query: string, accept = '*/*') => get(seeded.app, `/api/v1/billing/reads?${query}`, { accept });

  it('are not given as something else than was asked for', async () => {
    const { status: code, json } = await reads('date=2026-11-20', 'application/json');
    expect([code, json.code]).toEqual([406, 'not_acceptable']);
    expect(json.detail).toContain('application/x-ndjson and text/csv can');
    expect((await reads('date=2026-11-20&format=csv', 'application/json')).type).toBe('text/csv; charset=utf-8');
    expect((await reads('date=2026-11-20', 'application/x-ndjson;q=0.2, text/csv')).type).toContain('text/csv');
  });

  it('of a day that has not begun are refused', async () => {
    const { status: code, json } = await reads('date=2026-11-21');
    expect([code, json.code, json.errors[0].pointer]).toEqual([400, 'bad_date', '/date']);
  });

  const rowsOf = async (query: string) => {
    const { text } = await reads(query);
    const rows = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    return new Map(rows.map((row) => [row.meter, row]));
  };

  test('edits count before what the meter gave, estimates where it gave nothing', async () => {
    const slot = at('2026-11-20');
    const said = { task: 'freeze-day', slot, reason: 'seen', by: 'k', at: NOW } as const;
    const edited = { ...said, kind: 'edited', method: null, values: { energy_import_wh: 1_300_000 } } as const;
    const estimated = { ...said, kind: 'estimated', method: 'like_days', values: { energy_import_wh: 77 } } as const;
    await seeded.state.revisions.add({ ...edited, meter: '100000000002' }, 0);
    await seeded.state.revisions.addEstimates([{ ...estimated, meter: '200000000002' }]);
    const rows = await rowsOf('date=2026-11-20');
    expect(rows.get('100000000002')).toMatchObject({
      ...{ energyImportWh: 1_300_000, energyImportT1Wh: null, quality: 'edited', revision: 1, method: null },
    });
    expect(rows.get('200000000002')).toMatchObject({
      ...{ energyImportWh: 77, quality: 'estimated', revision: 1, method: 'like_days', reason: null },
    });
    const { text } = await reads('date=2026-11-20&format=csv');
    expect(text.split('\r\n')[0]).toMatch(/,reason,detail,revision,method$/);
    expect(text).toMatch(/\r\n200000000002,.*,0\.077,.*,estimated,.*,1,like_days\r\n/);
  });

  test('a suspect value is no value', async () => {
    const slot = at('2026-11-20');
    const bad = reading('200000000001', slot, [5, null], { quality: 'suspect', rules: ['register_jump'] });
    await seeded.readings.write([{ task: 'freeze-day', quantities: FREEZE_ITEMS, rows: [bad] }]);
    expect((await rowsOf('date=2026-11-20')).get('200000000001')).toMatchObject({
      ...{ energyImportWh: null, quality: 'suspect', rules: ['register_jump'] },
    });
  });

  test('area, district and ratio are those of the time of the read', async () => {
    const site = siteOf();
    const moved = at('2026-11-20', '09:00:00');
    const stays = site.installations.flatMap((stay) =>
      stay.meter === '100000000003'
        ? [
            { ...stay, to: moved, endWh: 5, ct: 20, pt: 10 },
            { ...stay, from: moved, startWh: 5, area: 'A2' },
          ]
        : [stay],
    );
    await seeded.state.registry.replace({ ...site, installations: stays });
    await seeded.clock.advance(60_000);
    const then = { area: 'A1', district: 'd1', ratio: 200 };
    expect((await rowsOf('date=2026-11-20&district=d1')).get('100000000003')).toMatchObject(then);
    expect((await rowsOf('date=2026-11-20&district=d2')).has('100000000003')).toBe(false);
  });

  test('a period has the reads of the first day after it, and is told instead of a date', async () => {
    expect((await reads('period=2026-10')).text).toBe((await reads('date=2026-11-01')).text);
    for (const query of ['period=2026-11', 'period=2026-13', 'period=2026-10&date=2026-11-01', '']) {
      expect((await reads(query)).status).toBe(400);
    }
    expect((await reads('period=2026-11')).json.errors[0].pointer).toBe('/period');
  });

  test('a row without value has its reason, also when its collector is offline', async () => {
    const reasonOf = async (meter: string) => {
      const rows = (await reads('date=2026-11-20')).text.trimEnd().split('\n');
      const row = rows.map((line) => JSON.parse(line)).find((each) => each.meter === meter);
      return [row.energyImportWh, row.reason, row.detail];
    };
    expect(await reasonOf('m1')).toEqual([null, null, 'not read yet']);
    const said = { district: 'd1', collector: 'c1', status: status(false), receivedAt: NOW };
    await seeded.state.status.save(said);
    expect(await reasonOf('m1')).toEqual([null, 'collector_offline', '']);
    expect(await reasonOf('100000000004')).toEqual([null, 'no_answer', 'timeout 1200 ms']);
    expect(await reasonOf('100000000001')).toEqual([1_234_560, null, '']);
  });
});
