import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../api/routes/route-kit.ts';
import { get, OUTAGE, seededApp, siteOf } from './seeded-app.ts';

let app: App;
let close: () => Promise<void>;

beforeAll(async () => {
  const seeded = await seededApp();
  app = seeded.app;
  close = seeded.close;
});
afterAll(() => close());

const api = (path: string, headers: Record<string, string> = {}) => get(app, `/api/v1${path}`, headers);

describe('collection figures', () => {
  it('count every meter of the registry, and say which of them are not counted', async () => {
    const { status, json } = await api('/collection/summary?date=2026-11-20');
    expect(status).toBe(200);
    expect(json).toMatchObject({ date: '2026-11-20', task: 'freeze-day', timeZone: 'Asia/Shanghai', simulated: true });
    expect(json.total).toMatchObject({
      due: 8,
      expected: 8,
      answeredFirst: 2,
      answeredRetry: 1,
      suspect: 1,
      failed: 3,
      open: 1,
      successRate: 37.5,
    });
    expect(json.total.failedBy).toEqual([
      { reason: 'concentrator_offline', count: 2 },
      { reason: 'no_answer', count: 1 },
    ]);
  });

  it('add up over groups', async () => {
    const { json } = await api('/collection/summary?date=2026-11-20&groupBy=district');
    expect(json.groups.map((group: { key: string; name: string }) => [group.key, group.name])).toEqual([
      ['d1', '城东所'],
      ['d2', '城西所'],
    ]);
    const sum = json.groups.reduce(
      (total: number, group: { figures: { due: number } }) => total + group.figures.due,
      0,
    );
    expect(sum).toBe(json.total.due);
  });

  it('are of yesterday when no date is given, and leave out a meter that was not yet collected', async () => {
    const { json } = await api('/collection/summary');
    expect(json.date).toBe('2026-11-19');
    expect(json.total).toMatchObject({ due: 8, excluded: { excluded_new: 1 }, expected: 7, answeredLate: 1 });
  });

  it('show failures by meter with reason and run of days since collection began, suspect values among them', async () => {
    const { json } = await api('/collection/failures?date=2026-11-20');
    expect(json.total).toBe(4);
    const rows = json.items as { meter: string; reason: string; consecutiveDays: number; since: string }[];
    expect(rows.map((row) => [row.meter, row.reason, row.consecutiveDays])).toEqual(
      expect.arrayContaining([
        ['100000000004', 'no_answer', 5],
        ['100000000009', 'implausible', 5],
        ['200000000001', 'concentrator_offline', 5],
        ['200000000002', 'concentrator_offline', 5],
      ]),
    );
  });

  it('show a dead concentrator as one row with its meters and what to check', async () => {
    const { json } = await api('/collection/failures?date=2026-11-20&groupBy=cause');
    const [first] = json.items;
    expect(first).toMatchObject({
      kind: 'concentrator',
      id: 'J2',
      meters: 2,
      reason: { code: 'concentrator_offline' },
    });
    expect(first.reason.checks.zh).toHaveLength(3);
    expect(first.rows).toHaveLength(2);
  });

  it('page through failures with a cursor that nobody else can make', async () => {
    const path = '/collection/failures?date=2026-11-20&limit=3';
    const first = (await api(path)).json;
    expect(first.items).toHaveLength(3);
    const second = (await api(`${path}&cursor=${first.nextCursor}`)).json;
    expect(second.items).toHaveLength(1);
    expect(second.nextCursor).toBeNull();
    const forged = await api(`${path}&cursor=${Buffer.from('["x",3]').toString('base64url')}.AAAAAAAAAAAAAAAAAAAAAA`);
    expect([forged.status, forged.json.code]).toEqual([400, 'bad_cursor']);
    const foreign = await api(`/collection/failures?date=2026-11-19&cursor=${first.nextCursor}`);
    expect([foreign.status, foreign.json.code]).toEqual([400, 'bad_cursor']);
  });
});

describe('meters and their readings', () => {
  it('are listed by area and found by number', async () => {
    const { json } = await api('/meters?area=A2&limit=2');
    expect(json.items.map((meter: { id: string }) => meter.id)).toEqual(['200000000001', '200000000002']);
    expect(json.items[0]).toMatchObject({ branch: null, box: null });
    const rest = await api(`/meters?area=A2&limit=2&cursor=${json.nextCursor}`);
    expect(rest.json.items.map((meter: { id: string }) => meter.id)).toEqual(['m1']);
    const byNo = await api('/meters/300000000001');
    expect(byNo.json).toMatchObject({ id: 'm1', meterNo: '300000000001', model: 'sdm120' });
  });

  it('carry ratio, place and newest values', async () => {
    const { json } = await api('/meters/100000000001');
    expect(json).toMatchObject({
      ratio: { ct: 1, pt: 1, total: 1 },
      area: 'A1',
      branch: 'B1',
      box: 'X1',
      feeder: 'F1',
      district: 'd1',
      concentrator: 'J1',
      account: { no: '0001', priority: 'vulnerable' },
      lastFreeze: { businessDate: '2026-11-20', values: { energy_import_wh: 1_234_560 } },
      lastInstant: { values: { voltage_a_v: 231.5, relay_open: 0 } },
    });
  });

  it('have a row for each slot, also for one without a value', async () => {
    const range = 'start=2026-11-18T00:00:00%2B08:00&end=2026-11-21T00:00:00%2B08:00&task=freeze-day';
    const { json } = await api(`/meters/100000000004/readings?${range}`);
    expect(json.items).toMatchObject([
      { slot: '2026-11-18T00:00:00.000+08:00', values: null, quality: 'missing', reason: null, detail: 'not read yet' },
      { slot: '2026-11-19T00:00:00.000+08:00', values: null, reason: 'no_answer' },
      { slot: '2026-11-20T00:00:00.000+08:00', values: null, reason: 'no_answer' },
    ]);
    const some = await api(`/meters/100000000001/readings?${range}&items=energy_import_wh`);
    expect(some.json.items[2].values).toEqual({ energy_import_wh: 1_234_560 });
  });
});

describe('billing reads', () => {
  it('stream one line for each customer meter, gaps included, and end with count and hash', async () => {
    const { status, type, text } = await api('/billing/reads?date=2026-11-20');
    expect([status, type]).toEqual([200, 'application/x-ndjson']);
    const lines = text.trimEnd().split('\n');
    const end = JSON.parse(lines.at(-1) ?? '');
    const body = text.slice(0, text.lastIndexOf('{"_end"'));
    expect(end).toEqual({ _end: true, rows: 7, sha256: createHash('sha256').update(body).digest('hex') });
    const rows = lines.slice(0, -1).map((line) => JSON.parse(line));
    expect(rows.map((row) => row.meter)).toEqual(rows.map((row) => row.meter).toSorted());
    expect(rows[0]).toMatchObject({
      meter: '100000000001',
      accountNo: '0001',
      businessDate: '2026-11-20',
      frozenAt: '2026-11-20T00:00:00.000+08:00',
      energyImportWh: 1_234_560,
      energyImportT1Wh: 500_000,
      energyExportWh: null,
      ratio: 1,
      quality: 'valid',
      reason: null,
    });
    expect(rows[3]).toMatchObject({
      meter: '100000000004',
      energyImportWh: null,
      quality: 'missing',
      reason: 'no_answer',
    });
  });

  it('stay within a district, and the supply meters are asked for by role', async () => {
    const { text } = await api('/billing/reads?date=2026-11-20&district=d2');
    expect(text.trimEnd().split('\n')).toHaveLength(3 + 1);
    const supply = await api('/billing/reads?date=2026-11-20&role=supply');
    expect(supply.text).toContain('"meter":"100000000009"');
  });

  it('come as CSV that a spreadsheet opens: BOM, CRLF, kWh, no formula', async () => {
    const { type, text } = await api('/billing/reads?date=2026-11-20', { accept: 'text/csv' });
    expect(type).toBe('text/csv; charset=utf-8');
    expect(text.startsWith('\uFEFFmeter,meter_no,account_no,')).toBe(true);
    const lines = text.slice(1).split('\r\n');
    expect(lines[1]).toContain(',1234.560,500.000,');
    expect(lines[2]).toContain(',999999.990,');
    expect(lines.slice(1, -1).every((line) => !/(^|,)[=+@]/.test(line))).toBe(true);
  });
});

describe('supply status', () => {
  const verdict = async (query: string) => (await api(`/supply-status?${query}`)).json;

  it('names the outage of the area', async () => {
    const json = await verdict('accountNo=0005');
    expect(json).toMatchObject({ verdict: 'gridOutage', confidence: 'high', outage: { id: OUTAGE.id } });
    expect(json.script.zh.length).toBeGreaterThan(5);
  });

  it('tells a disconnection for arrears from a fault', async () => {
    expect(await verdict('accountNo=0004')).toMatchObject({
      verdict: 'arrearsDisconnected',
      account: { name: '李雷' },
    });
  });

  it('finds the customer side when the meter has voltage, and flags who must be served first', async () => {
    expect(await verdict('meterNo=100000000001')).toMatchObject({ verdict: 'customerSide', priority: ['vulnerable'] });
  });

  it('says unknown, and what is missing, of a meter that is merely silent', async () => {
    const json = await verdict('accountNo=0002');
    expect(json.verdict).toBe('unknown');
    expect(json.missing).toContain('freshVoltage');
  });

  it('offers a choice when the search finds several', async () => {
    const json = await verdict(`q=${encodeURIComponent('幸福里3-2')}`);
    expect(json.choices.map((choice: { accountNo: string }) => choice.accountNo)).toEqual(['0001', '0002', '0004']);
    expect(await verdict(`q=${encodeURIComponent('韩梅梅')}`)).toMatchObject({ verdict: 'gridOutage' });
  });
});

describe('lists that are cut', () => {
  it('say so', async () => {
    const registry = siteOf();
    const [account] = registry.accounts;
    const [meter] = registry.meters;
    if (!account || !meter) throw new Error('the site has none');
    const copies = <T>(count: number, make: (no: string) => T): T[] =>
      [...Array(count).keys()].map((i) => make(`9${String(i).padStart(11, '0')}`));
    const many = await seededApp({
      registry: {
        ...registry,
        accounts: copies(21, (no) => ({ ...account, no, name: '同名' })),
        meters: copies(1001, (id) => ({ ...meter, id, no: id, address: id })),
        installations: [],
      },
    });
    try {
      const choices = async (q: string) =>
        (await get(many.app, `/api/v1/supply-status?q=${encodeURIComponent(q)}`)).json;
      const cut = await choices('同名');
      expect(cut.choices).toHaveLength(20);
      expect(cut.warnings).toEqual([expect.stringContaining('more than 20 places')]);
      expect((await choices('90000000002')).warnings).toEqual([]);
      const found = async (q: string) => (await get(many.app, `/api/v1/meters?q=${q}&limit=1`)).json.warnings;
      expect(await found('90')).toEqual([expect.stringContaining('only the first 1000 matches')]);
      expect(await found('900000000001')).toEqual([]);
    } finally {
      await many.close();
    }
  });
});
