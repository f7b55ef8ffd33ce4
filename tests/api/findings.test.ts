import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RULES } from '#domain/vee/rule-texts.ts';
import { at } from '../support/plan.ts';
import { get, seededApp } from './seeded-app.ts';

const SLOT = at('2026-11-19');
const TODAY = at('2026-11-20');

let site: Awaited<ReturnType<typeof seededApp>>;
beforeAll(async () => {
  site = await seededApp();
  const finding = (meter: string, slot: number, rule: string, facts = {}) => ({
    ...{ task: 'freeze-day', meter, slot, rule, facts },
  });
  const found = [
    finding('100000000001', SLOT, 'register_reversed', { lastGoodWh: 1_230_000, registerWh: 0, days: 1 }),
    finding('100000000001', SLOT, 'usage_zero', { sinceDate: '2026-11-12', zeroDays: 7 }),
    finding('200000000001', SLOT, 'usage_high', { usedWh: 90_000 }),
    finding('100000000002', TODAY, 'usage_high', { usedWh: 80_000 }),
  ];
  await site.figures.checkpoint({
    position: 1,
    days: [{ task: 'freeze-day', date: '2026-11-19', slots: [SLOT], rows: 8, version: 1 }],
    chunks: [],
    findings: { of: found, found },
    areaDays: [],
  });
});
afterAll(() => site.close());

const rulesOf = async (query: string): Promise<string[]> => {
  const { status, json } = await get(site.app, `/api/v1/findings${query}`);
  expect(status).toBe(200);
  return json.items.map((item: { meter: string; rule: string }) => `${item.rule} ${item.meter}`);
};

describe('GET /findings', () => {
  it('tells those of yesterday with their facts, and where the meter hangs', async () => {
    const { json } = await get(site.app, '/api/v1/findings');
    expect(json).toMatchObject({ from: '2026-11-19', to: '2026-11-19', task: 'freeze-day', warnings: [] });
    expect(json.items[0]).toEqual({
      ...{ task: 'freeze-day', date: '2026-11-19', slot: '2026-11-19T00:00:00.000+08:00' },
      ...{ meter: '100000000001', meterNo: '100000000001', area: 'A1' },
      ...{ rule: 'register_reversed', severity: 'suspect' },
      facts: { lastGoodWh: 1_230_000, registerWh: 0, days: 1 },
    });
    expect(json.items).toHaveLength(3);
  });

  it('keeps to dates, rule, severity, meter and area', async () => {
    expect(await rulesOf('?date=2026-11-20')).toEqual(['usage_high 100000000002']);
    expect(await rulesOf('?from=2026-11-19&to=2026-11-20&rule=usage_high')).toEqual([
      'usage_high 200000000001',
      'usage_high 100000000002',
    ]);
    expect(await rulesOf('?severity=suspect')).toEqual(['register_reversed 100000000001']);
    expect(await rulesOf('?severity=note&area=A1')).toEqual(['usage_zero 100000000001']);
    expect(await rulesOf('?meter=200000000001')).toEqual(['usage_high 200000000001']);
    expect(await rulesOf('?meter=200000000001&area=A1')).toEqual([]);
    expect(await rulesOf('?severity=suspect&rule=usage_high')).toEqual([]);
  });

  it('gives pages that make the whole', async () => {
    const seen: string[] = [];
    let cursor = '';
    for (let page = 0; page < 5; page++) {
      const { json } = await get(site.app, `/api/v1/findings?from=2026-11-19&to=2026-11-20&limit=1${cursor}`);
      seen.push(...json.items.map((item: { rule: string; meter: string }) => `${item.rule} ${item.meter}`));
      if (json.nextCursor === null) break;
      cursor = `&cursor=${json.nextCursor}`;
    }
    expect(seen).toEqual(await rulesOf('?from=2026-11-19&to=2026-11-20'));
    const other = await get(site.app, `/api/v1/findings?date=2026-11-19&limit=1${cursor}`);
    expect(other.json.code).toBe('bad_cursor');
  });

  it('says of days that are not kept that nothing is known', async () => {
    const { json } = await get(site.app, '/api/v1/findings?from=2026-11-18&to=2026-11-20');
    expect(json.warnings[0]).toContain('2 days from 2026-11-18 to 2026-11-20');
  });

  it('refuses what is not there, with its code', async () => {
    const codeOf = async (query: string): Promise<string> =>
      (await get(site.app, `/api/v1/findings${query}`)).json.code;
    expect(await codeOf('?date=2026-02-30')).toBe('bad_date');
    expect(await codeOf('?from=2026-11-20&to=2026-11-19')).toBe('bad_range');
    expect(await codeOf('?from=2026-11-20')).toBe('bad_range');
    expect(await codeOf('?from=2026-01-01&to=2026-11-19')).toBe('range_too_long');
    expect(await codeOf('?rule=nonsense')).toBe('bad_request');
    expect(await codeOf('?area=A9')).toBe('unknown_area');
    expect(await codeOf('?meter=9')).toBe('unknown_meter');
    expect(await codeOf('?task=nothing')).toBe('unknown_task');
  });
});

describe('GET /findings/summary', () => {
  it('counts a day by rule, and its severities', async () => {
    const { json } = await get(site.app, '/api/v1/findings/summary?date=2026-11-19');
    expect(json).toMatchObject({ kept: true, total: 3, suspect: 1, note: 2, warnings: [] });
    expect(json.rules).toEqual([
      { rule: 'register_reversed', severity: 'suspect', count: 1 },
      { rule: 'usage_high', severity: 'note', count: 1 },
      { rule: 'usage_zero', severity: 'note', count: 1 },
    ]);
  });

  it('says when the day is not kept', async () => {
    const { json } = await get(site.app, '/api/v1/findings/summary?date=2026-11-01');
    expect(json).toMatchObject({ kept: false, total: 0 });
    expect(json.warnings).toHaveLength(1);
  });
});

describe('GET /code-lists/rules', () => {
  it('tells every rule with its text and the source of its numbers', async () => {
    const { json } = await get(site.app, '/api/v1/code-lists/rules');
    expect(json.items.map(({ code }: { code: string }) => code)).toEqual([...RULES]);
    const high = json.items.find(({ code }: { code: string }) => code === 'usage_high');
    expect(high).toMatchObject({ severity: 'note', runs: ['day'] });
    expect(high.parameters).toContainEqual({
      ...{ name: 'highFactor', value: 2, unit: '× highest similar day', source: 'ours' },
    });
  });
});
