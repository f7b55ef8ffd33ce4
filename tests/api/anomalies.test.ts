import { afterAll, beforeAll, expect, test } from 'vitest';
import { ANOMALY_RULES, type Anomaly } from '#contract/anomaly.ts';
import { FACT_NAMES } from '#domain/anomalies/fact-texts.ts';
import { type Answer, get, KEY, NOW, seededApp } from './seeded-app.ts';

let seeded: Awaited<ReturnType<typeof seededApp>>;
beforeAll(async () => {
  seeded = await seededApp();
  await seeded.state.anomalies.commit({ anomalies: [STOPPED, CLOSED, THEFT], withdrawn: [], events: [], at: NOW });
});
afterAll(() => seeded.close());

const HOUR_MS = 3_600_000;
const STOPPED: Anomaly = {
  ...{ id: 'stopped-1', rule: 'stopped_meter', meter: '100000000001', area: 'A1', district: 'd1', level: 1 },
  ...{ openedAt: NOW - HOUR_MS, closedAt: null, from: NOW - 2 * HOUR_MS, to: NOW - HOUR_MS, score: null },
  facts: { flowedWh: 500, limitWh: 400 },
};
const CLOSED: Anomaly = {
  ...STOPPED,
  ...{ id: 'voltage-2', rule: 'voltage_under', meter: '200000000001', area: 'A2', district: 'd2', level: 3 },
  ...{ openedAt: NOW - 30 * HOUR_MS, closedAt: NOW - 3 * HOUR_MS, from: NOW - 31 * HOUR_MS, to: NOW - 4 * HOUR_MS },
  facts: { lowestVoltageV: 160.5, phase: 'a' },
};
const THEFT: Anomaly = {
  ...STOPPED,
  ...{
    id: 'theft-3',
    rule: 'theft_suspected',
    meter: '100000000002',
    openedAt: NOW - 2 * HOUR_MS,
    score: 72,
    facts: {},
  },
};

const api = async (path: string) => (await get(seeded.app, `/api/v1${path}`)).json;
const ids = async (path: string): Promise<string[]> => (await api(path)).items.map(({ id }: { id: string }) => id);

async function judge(id: string, body: object): Promise<Pick<Answer, 'status' | 'json'>> {
  const response = await seeded.app.inject({
    ...{ method: 'POST', url: `/api/v1/anomalies/${id}/verdict`, payload: body },
    headers: { authorization: `Bearer ${KEY}`, 'idempotency-key': 'k1' },
  });
  return { status: response.statusCode, json: response.json() };
}

test('anomalies are listed newest first and found by what they are, where, when, and how sure', async () => {
  expect(await ids('/anomalies')).toEqual(['stopped-1', 'theft-3', 'voltage-2']);
  expect(await ids('/anomalies?state=closed')).toEqual(['voltage-2']);
  expect(await ids('/anomalies?rule=stopped_meter')).toEqual(['stopped-1']);
  expect(await ids('/anomalies?district=d1&meter=100000000002')).toEqual(['theft-3']);
  expect(await ids('/anomalies?area=A2')).toEqual(['voltage-2']);
  expect(await ids('/anomalies?minScore=70')).toEqual(['theft-3']);
  expect(await ids('/anomalies?to=2026-11-19')).toEqual(['voltage-2']);
  expect(await ids('/anomalies?from=2026-11-21')).toEqual(['stopped-1', 'theft-3']);
  expect(await api('/anomalies?from=2026-11-21&to=2026-11-20')).toMatchObject({ code: 'bad_range' });
  expect(await api('/anomalies?rule=nonsense')).toMatchObject({ code: 'bad_request' });
});

test('anomalies are paged with a cursor that belongs to the filter', async () => {
  const found: string[] = [];
  let cursor = '';
  for (;;) {
    const page = await api(`/anomalies?limit=1${cursor}`);
    found.push(...page.items.map(({ id }: { id: string }) => id));
    if (page.nextCursor === null) break;
    cursor = `&cursor=${page.nextCursor}`;
  }
  expect(found).toEqual(['stopped-1', 'theft-3', 'voltage-2']);
  expect(await api(`/anomalies?state=open${cursor}`)).toMatchObject({ code: 'bad_cursor' });
});

test('one anomaly says in both languages what was seen and what to do, and where to look', async () => {
  const found = await api('/anomalies/stopped-1');
  expect(found).toMatchObject({
    ...{ meterNo: '100000000001', account: '0001', state: 'open', level: 1, verdict: null },
    name: { zh: expect.stringContaining('停走'), en: expect.any(String) },
    curve: { task: 'profile', start: '2026-11-20T06:07:00.000+08:00', end: '2026-11-20T10:07:00.000+08:00' },
  });
  expect(found.told).toContainEqual({
    ...{ name: 'flowedWh', value: 500, unit: 'Wh' },
    text: { zh: expect.any(String), en: 'energy that flowed while the register stood still' },
  });
  expect(found.curve.items).toEqual(expect.arrayContaining(['energy_import_wh', 'power_active_total_w']));
  for (const text of [found.text, found.action]) expect([text.zh, text.en]).not.toContain('');
  expect((await api('/anomalies/theft-3')).curve).toBeNull();
  expect(await api('/anomalies/nobody')).toMatchObject({ code: 'unknown_anomaly' });
});

test('a day has its anomalies counted by rule, area or district', async () => {
  const counts = async (query: string) =>
    (await api(`/anomalies/summary?${query}`)).items.map((each: Record<string, unknown>) => [
      ...[each['key'], each['opened'], each['closed'], each['open']],
    ]);
  expect(await counts('date=2026-11-20')).toEqual([
    ['stopped_meter', 1, 0, 1],
    ['theft_suspected', 1, 0, 1],
    ['voltage_under', 0, 1, 0],
  ]);
  expect(await counts('date=2026-11-19&groupBy=area')).toEqual([['A2', 1, 0, 1]]);
  expect(await counts('groupBy=district')).toEqual([
    ['d1', 2, 0, 2],
    ['d2', 0, 1, 0],
  ]);
});

test('what the field found is kept and told once, and shows how often a rule was right', async () => {
  const rows = async () =>
    (await api('/anomalies/precision')).items
      .filter(({ judged }: { judged: number }) => judged > 0)
      .map((each: Record<string, unknown>) => [each['rule'], each['judged'], each['confirmed'], each['precision']]);
  expect(await rows()).toEqual([]);
  expect(await judge('nobody', { verdict: 'theft' })).toMatchObject({ status: 404 });
  expect(await judge('stopped-1', { verdict: 'sure' })).toMatchObject({ status: 400 });
  const first = await judge('stopped-1', { verdict: 'meterFault', note: '表计损坏' });
  expect(first).toMatchObject({ status: 200, json: { verdict: { verdict: 'meterFault', note: '表计损坏', by: 'k' } } });
  await judge('stopped-1', { verdict: 'meterFault', note: '表计损坏' });
  await judge('theft-3', { verdict: 'theft' });
  await judge('theft-3', { verdict: 'wiring' });
  expect(await rows()).toEqual([
    ['stopped_meter', 1, 1, 1],
    ['theft_suspected', 1, 0, 0],
  ]);
  expect(await ids('/anomalies?status=judged')).toEqual(['stopped-1', 'theft-3']);
  expect(await ids('/anomalies?status=unjudged')).toEqual(['voltage-2']);
  const events = await seeded.state.events.after(0, 99, { types: ['anomaly.judged.v1'] });
  expect(events.map(({ subject, data }) => [subject, data['verdict']])).toEqual([
    ['stopped-1', 'meterFault'],
    ['theft-3', 'theft'],
    ['theft-3', 'wiring'],
  ]);
});

test('the catalogue has every rule with its texts, thresholds and their sources', async () => {
  const { items } = await api('/code-lists/anomaly-rules');
  const codes = items.map(({ code }: { code: string }) => code);
  expect(new Set(codes)).toEqual(new Set(ANOMALY_RULES));
  for (const { code, parameters, name } of items) {
    expect([name.zh, name.en], code).not.toContain('');
    for (const { source } of parameters) expect(source, code).not.toBe('');
  }
  expect(FACT_NAMES).toContain('flowedWh');
});
