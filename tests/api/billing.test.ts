import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { acceptedType } from '../../api/formats/accept.ts';
import { get, NOW, seededApp, status } from './seeded-app.ts';

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
  beforeEach(async () => {
    seeded = await seededApp();
  });
  afterEach(() => seeded.close());

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
