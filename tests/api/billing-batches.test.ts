import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { RegistryIndex } from '#domain/registry-index.ts';
import { BatchFiles } from '#stores/batch-files.ts';
import { ValidatedReadings } from '#stores/validated-readings.ts';
import { BillingBuilder } from '../../gateway/figures/billing-builder.ts';
import { BillingBuilds } from '../../gateway/figures/billing-builds.ts';
import { BillingCorrections } from '../../gateway/figures/billing-corrections.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { type Answer, get, KEY, seededApp, siteOf } from './seeded-app.ts';

const BATCHES = '/api/v1/billing/batches';

let seeded: Awaited<ReturnType<typeof seededApp>>;
/** Of the day 2026-11-20 and the day before; `waiting` is not made yet. */
let [first, second, waiting] = ['', '', ''];

beforeAll(async () => {
  seeded = await seededApp({ registry: formulaSite() });
  first = (await post(BATCHES, { date: '2026-11-19' })).json.id;
  second = (await post(BATCHES, { date: '2026-11-20' })).json.id;
  await builder().tick();
  waiting = (await post(BATCHES, { date: '2026-11-20', district: 'd2' })).json.id;
});
afterAll(() => seeded.close());

/** A site in which numbers and ids look like formulas and large numbers. */
function formulaSite() {
  const site = siteOf();
  const nos: Record<string, string> = {
    '100000000001': '=cmd|1',
    '100000000002': '+1',
    '100000000003': '@x',
    '100000000004': '1234567890123456789',
  };
  return { ...site, meters: site.meters.map((meter) => ({ ...meter, no: nos[meter.id] ?? meter.no })) };
}

function builder(): BillingBuilder {
  const { state, readings, clock, folder } = seeded;
  const builds = new BillingBuilds();
  const files = new BatchFiles(join(folder, 'billing'));
  const validated = new ValidatedReadings(readings, state.revisions);
  const { batches, ledger, exclusions } = state;
  const stores = { batches, ledger, exclusions, validated, files };
  const logger = quietLogger();
  const corrections = new BillingCorrections({ stores, builds, clock, logger });
  const registry = async () => new RegistryIndex(formulaSite());
  return new BillingBuilder({ stores, builds, corrections, registry, clock, logger });
}

async function post(url: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
  const authorization = `Bearer ${KEY}`;
  const response = await seeded.app.inject({
    method: 'POST',
    url,
    payload: body,
    headers: { authorization, ...headers },
  });
  const json = response.json();
  return { status: response.statusCode, type: '', text: response.body, headers: response.headers, json };
}

const reads = (query = '', accept = '*/*') => get(seeded.app, `${BATCHES}/${second}/reads?${query}`, { accept });
const bytesOf = async (url: string): Promise<Buffer> =>
  (await seeded.app.inject({ url, headers: { authorization: `Bearer ${KEY}` } })).rawPayload;
const lines = (text: string): string[] => text.trimEnd().split('\n');

describe('asking for a batch', () => {
  it('is answered at once with the batch and where it is', async () => {
    const { status, json, headers } = await post(BATCHES, { period: '2026-10', district: 'd1' });
    expect([status, headers['location']]).toEqual([202, `${BATCHES}/${json.id}`]);
    expect(json).toMatchObject({
      ...{ state: 'requested', period: '2026-10', date: '2026-11-01', district: 'd1', task: 'freeze-day' },
      ...{ frozenAt: '2026-11-01T00:00:00.000+08:00', askedBy: 'k', progress: 0, rows: null, sha256: null },
    });
    expect((await get(seeded.app, `${BATCHES}/${json.id}`)).json).toMatchObject({ id: json.id, state: 'requested' });
  });

  it('under the same name gives the same batch, and another request under it is refused', async () => {
    const name = { 'idempotency-key': 'november' };
    const [one, two] = [
      await post(BATCHES, { date: '2026-11-18' }, name),
      await post(BATCHES, { date: '2026-11-18' }, name),
    ];
    expect([one.status, two.status, two.json.id]).toEqual([202, 202, one.json.id]);
    const other = await post(BATCHES, { date: '2026-11-17' }, name);
    expect([other.status, other.json.code]).toEqual([409, 'idempotency_conflict']);
  });

  it.each([
    [{}, 400, 'bad_request'],
    [{ period: '2026-10', date: '2026-11-01' }, 400, 'bad_request'],
    [{ period: '2026-13' }, 400, 'bad_request'],
    [{ period: '2026-11' }, 400, 'bad_date'],
    [{ date: '2026-11-21' }, 400, 'bad_date'],
    [{ date: '2026-02-30' }, 400, 'bad_date'],
    [{ date: '20261120' }, 400, 'bad_request'],
    [{ date: '2026-11-20', district: 'nowhere' }, 404, 'unknown_district'],
    [{ date: '2026-11-20', orgId: 'd1' }, 400, 'bad_request'],
  ])('as %j is refused with %i %s and makes nothing', async (body, status, code) => {
    const count = async () => (await seeded.state.batches.list({ limit: 100 })).length;
    const before = await count();
    const answer = await post(BATCHES, body);
    expect([answer.status, answer.json.code, await count()]).toEqual([status, code, before]);
  });
});

describe('a batch', () => {
  it('tells its numbers when it is ready', async () => {
    const { json } = await get(seeded.app, `${BATCHES}/${second}`);
    expect(json).toMatchObject({ state: 'ready', progress: 1, rows: 7, previous: first, simulated: true });
    expect(json.byException).toMatchObject({ missing: expect.any(Number) });
    expect(Object.values(json.byQuality as Record<string, number>).reduce((a, b) => a + b)).toBe(7);
  });

  test('batches are listed newest first, page by page', async () => {
    const all = (await get(seeded.app, BATCHES)).json.items.map(({ id }: { id: string }) => id);
    const paged: string[] = [];
    for (let cursor = ''; ; ) {
      const { json } = await get(seeded.app, `${BATCHES}?limit=2${cursor}`);
      paged.push(...json.items.map(({ id }: { id: string }) => id));
      if (json.nextCursor === null) break;
      cursor = `&cursor=${encodeURIComponent(json.nextCursor)}`;
    }
    expect(paged).toEqual(all);
    const ready = (await get(seeded.app, `${BATCHES}?state=ready`)).json.items;
    expect(ready.map(({ id }: { id: string }) => id).toSorted()).toEqual([first, second].toSorted());
  });

  it.each(['', '/reads', '/exceptions', '/corrections'])('that is not there is told at %s', async (path) => {
    const { status, json } = await get(seeded.app, `${BATCHES}/nobody${path}`);
    expect([status, json.code]).toEqual([404, 'unknown_batch']);
  });

  it.each(['/reads', '/exceptions', '/corrections'])('that is still being made has no %s', async (path) => {
    const { status, json } = await get(seeded.app, `${BATCHES}/${waiting}${path}`);
    expect([status, json.code]).toEqual([409, 'batch_not_ready']);
  });
});

describe('the rows of a batch', () => {
  it('are NDJSON whose last line has their number and the hash of all before it', async () => {
    const { type, text } = await reads();
    const all = lines(text);
    const sha256 = createHash('sha256')
      .update(`${all.slice(0, -1).join('\n')}\n`)
      .digest('hex');
    expect([type, JSON.parse(all.at(-1) ?? '')]).toEqual([
      'application/x-ndjson',
      { _end: true, rows: 7, sha256, from: 0, to: 7, nextCursor: null },
    ]);
    expect(all.slice(0, -1).map((line) => JSON.parse(line).meter)).toEqual([
      ...['100000000001', '100000000002', '100000000003', '100000000004', '200000000001', '200000000002', 'm1'],
    ]);
    expect((await reads()).text).toBe(text);
  });

  it.each(['ndjson', 'csv', 'json'])('by pages of %s are the same as in one piece', async (format) => {
    const whole = await reads(`format=${format}`);
    const rowsOf = ({ text, json }: Answer): string =>
      format === 'json'
        ? json.items.map((row: object) => `${JSON.stringify(row)}\n`).join('')
        : format === 'ndjson'
          ? lines(text)
              .slice(0, -1)
              .map((line) => `${line}\n`)
              .join('')
          : text;
    let pieces = '';
    for (let cursor = ''; ; ) {
      const part = await reads(`format=${format}&limit=3${cursor}`);
      pieces += rowsOf(part);
      const next = part.headers['x-next-cursor'] ?? part.json?.nextCursor;
      if (format === 'ndjson') expect(JSON.parse(lines(part.text).at(-1) ?? '').nextCursor).toBe(next ?? null);
      if (typeof next !== 'string') break;
      cursor = `&cursor=${encodeURIComponent(next)}`;
    }
    expect(pieces).toBe(rowsOf(whole));
    const rest = await reads(`format=${format}&after=5`);
    expect(rowsOf(whole).endsWith(rowsOf(rest)) && rowsOf(rest).length > 0).toBe(true);
  });

  it('are CSV that no spreadsheet runs, with energies in kWh', async () => {
    const { text, headers } = await reads('', 'text/csv');
    expect(headers['content-disposition']).toBe('attachment; filename="billing-2026-11-20.csv"');
    const [head = '', one = '', two = '', three = ''] = text.split('\r\n');
    expect(head.startsWith('\uFEFFmeter,meter_no,account_no,')).toBe(true);
    expect([one.split(',')[1], two.split(',')[1], three.split(',')[1]]).toEqual(["'=cmd|1", "'+1", "'@x"]);
    const column = head.split(',').indexOf('import_kwh');
    expect(one.split(',')[column]).toBe('1234.560');
  });

  it('are a workbook with a second sheet that says what it is', async () => {
    const { type, headers } = await reads('format=xlsx');
    expect([type, headers['content-disposition']]).toEqual([
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      'attachment; filename="billing-2026-11-20.xlsx"',
    ]);
    const file = await bytesOf(`${BATCHES}/${second}/reads?format=xlsx`);
    expect(file.subarray(0, 2).toString()).toBe('PK');
    expect(file.includes('xl/worksheets/sheet2.xml')).toBe(true);
  });

  it.each([
    ['after=8', 400, 'bad_range'],
    ['after=-1', 400, 'bad_request'],
    ['after=1&cursor=x', 400, 'bad_request'],
    ['cursor=x.y', 400, 'bad_cursor'],
    ['limit=0', 400, 'bad_request'],
    ['format=json&limit=1001', 400, 'bad_request'],
    ['format=pdf', 400, 'bad_request'],
  ])('with %s are refused', async (query, status, code) => {
    const answer = await reads(query);
    expect([answer.status, answer.json.code]).toEqual([status, code]);
  });

  it('are not given as what they are not, and a cursor is of one batch only', async () => {
    expect((await reads('', 'image/png')).json.code).toBe('not_acceptable');
    const { nextCursor } = (await reads('format=json&limit=1')).json;
    const other = await get(seeded.app, `${BATCHES}/${first}/reads?cursor=${encodeURIComponent(nextCursor)}`);
    expect([other.status, other.json.code]).toEqual([400, 'bad_cursor']);
  });

  it('that want a look are found by class, page by page', async () => {
    const all = lines((await reads()).text)
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    const found = async (query: string): Promise<string[]> => {
      const meters: string[] = [];
      for (let cursor = ''; ; ) {
        const { json } = await get(seeded.app, `${BATCHES}/${second}/exceptions?limit=2&${query}${cursor}`);
        meters.push(...json.items.map(({ meter }: { meter: string }) => meter));
        if (json.nextCursor === null) return meters;
        cursor = `&cursor=${encodeURIComponent(json.nextCursor)}`;
      }
    };
    const having = (...names: string[]) =>
      all.filter((row) => names.some((each) => row.exceptions.includes(each))).map(({ meter }) => meter);
    expect(await found('')).toEqual(all.filter((row) => row.exceptions.length > 0).map(({ meter }) => meter));
    expect(await found('class=missing')).toEqual(having('missing'));
    expect(having('missing').length).toBeGreaterThan(2);
    expect(await found('class=suspect,reversed')).toEqual(having('suspect', 'reversed'));
    const wrong = await get(seeded.app, `${BATCHES}/${second}/exceptions?class=nonsense`);
    expect([wrong.status, wrong.json.code]).toEqual([400, 'bad_request']);
  });
});

describe('corrections of a batch', () => {
  it('come in their order after a number', async () => {
    const row = JSON.parse(lines((await reads()).text)[0] ?? '');
    const correction = (revision: number) => ({
      batch: second,
      meter: row.meter,
      revision,
      at: seeded.clock.now(),
      row,
    });
    await seeded.state.batches.addCorrections([correction(2), correction(3)]);
    const of = async (query: string) => (await get(seeded.app, `${BATCHES}/${second}/corrections?${query}`)).json;
    const { items, nextAfter } = await of('');
    expect(items).toMatchObject([
      { seq: 1, meter: row.meter, revision: 2, row },
      { seq: 2, revision: 3 },
    ]);
    expect([nextAfter, (await of('after=1')).items.length, (await of('after=2')).nextAfter]).toEqual([2, 1, 2]);
  });
});

describe('acknowledging a batch', () => {
  const ack = (body: object, id = second) => post(`${BATCHES}/${id}/ack`, body);

  it('takes its number of rows and its hash, once or again, and nothing else', async () => {
    const { rows, sha256 } = (await get(seeded.app, `${BATCHES}/${second}`)).json;
    for (const [body, field] of [
      [{ rows: rows + 1, sha256 }, '/rows'],
      [{ rows, sha256: 'ab'.repeat(32) }, '/sha256'],
    ] as const) {
      const { status, json } = await ack(body);
      expect([status, json.code, json.errors[0].pointer]).toEqual([409, 'hash_mismatch', field]);
    }
    expect((await ack({ rows, sha256: 'short' })).json.code).toBe('bad_request');
    expect((await ack({ rows, sha256 }, waiting)).json.code).toBe('batch_not_ready');
    expect((await ack({ rows, sha256 }, 'nobody')).json.code).toBe('unknown_batch');
    expect((await seeded.state.batches.get(second))?.state).toBe('ready');
    const one = await ack({ rows, sha256 });
    expect([one.status, one.json.state, one.json.acknowledgedBy]).toEqual([200, 'acknowledged', 'k']);
    const again = await ack({ rows, sha256 });
    expect([again.status, again.json.acknowledgedAt]).toEqual([200, one.json.acknowledgedAt]);
    expect((await ack({ rows, sha256: 'ab'.repeat(32) })).json.code).toBe('hash_mismatch');
  });
});
