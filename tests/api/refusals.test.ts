import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../api/routes/route-kit.ts';
import { get, KEY, seededApp } from './seeded-app.ts';

let app: App;
let close: () => Promise<void>;

beforeAll(async () => {
  const seeded = await seededApp();
  app = seeded.app;
  close = seeded.close;
});
afterAll(() => close());

const api = (path: string, headers: Record<string, string> = {}) => get(app, `/api/v1${path}`, headers);

describe('bad requests', () => {
  const problem = async (path: string): Promise<[number, string]> => {
    const { status, json, type } = await api(path);
    expect(type).toContain('application/problem+json');
    expect(json).toMatchObject({ status, type: `/problems/${json.code}` });
    expect(json.requestId).toBeTruthy();
    return [status, json.code];
  };

  it('are refused with a code: unknown parameter, bad date, unknown id, bad range', async () => {
    expect(await problem('/collection/summary?colour=red')).toEqual([400, 'bad_request']);
    expect(await problem('/collection/summary?date=2026-02-30')).toEqual([400, 'bad_date']);
    expect(await problem('/collection/summary?date=yesterday')).toEqual([400, 'bad_request']);
    expect(await problem('/collection/summary?task=nothing')).toEqual([404, 'unknown_task']);
    expect(await problem('/collection/summary?groupBy=colour')).toEqual([400, 'bad_request']);
    expect(await problem('/meters/999')).toEqual([404, 'unknown_meter']);
    expect(await problem('/meters?limit=0')).toEqual([400, 'bad_request']);
    for (const limit of ['abc', 'true', '0x10', '1e2', '', '5&limit=6']) {
      expect(await problem(`/meters?limit=${limit}`)).toEqual([400, 'bad_request']);
    }
    expect(await problem('/meters/%E0%A4%A')).toEqual([400, 'bad_request']);
    expect(await problem(`/meters/${'9'.repeat(200)}`)).toEqual([400, 'bad_request']);
    expect(await problem('/supply-status?accountNo=9999')).toEqual([404, 'unknown_account']);
    expect(await problem('/supply-status')).toEqual([400, 'bad_request']);
    expect(await problem('/billing/reads?date=2026-11-20&district=none')).toEqual([404, 'unknown_district']);
    const range = (start: string, end: string) => `/meters/100000000001/readings?start=${start}&end=${end}`;
    expect(await problem(range('2026-11-20T00:00:00Z', '2026-11-19T00:00:00Z'))).toEqual([400, 'bad_range']);
    expect(await problem(range('2026-11-20', '2026-11-21'))).toEqual([400, 'bad_request']);
    expect(await problem(range('2026-11-20T00:00:00', '2026-11-21T00:00:00Z'))).toEqual([400, 'bad_request']);
    expect(await problem(range('2000-01-01T00:00:00Z', '2026-11-19T00:00:00Z'))).toEqual([400, 'bad_range']);
    expect(await problem('/nowhere')).toEqual([404, 'not_found']);
  });

  it('name the parameter and what would be right', async () => {
    const { json } = await api('/collection/summary?groupBy=colour&x=1');
    expect(json.errors).toEqual(
      expect.arrayContaining([
        { pointer: '/groupBy', detail: expect.stringContaining('district, feeder, area') },
        { pointer: '/x', detail: 'there is no such parameter' },
      ]),
    );
  });

  it('say that the + of an offset must be encoded', async () => {
    const range = 'start=2026-11-20T00:00:00+08:00&end=2026-11-21T00:00:00%2B08:00';
    const { json } = await api(`/meters/100000000001/readings?${range}`);
    expect(json.errors).toEqual([{ pointer: '/start', detail: expect.stringContaining('written %2B') }]);
  });

  it('by a method that the path does not take are told which it takes', async () => {
    const sent = (method: 'POST' | 'DELETE', key: string) =>
      app.inject({ method, url: '/api/v1/outages/x', headers: { authorization: `Bearer ${key}` }, payload: 'text' });
    const answer = await sent('DELETE', KEY);
    expect([answer.statusCode, answer.headers['allow'], answer.json().code]).toEqual([
      405,
      'GET, HEAD',
      'method_not_allowed',
    ]);
    expect((await sent('POST', KEY)).statusCode).toBe(405);
    expect((await sent('POST', 'unknown-key-0123456789')).statusCode).toBe(401);
  });

  it('are known by an id of their own', async () => {
    const ids = [(await api('/meters/999')).json.requestId, (await api('/meters/999')).json.requestId];
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  });

  it('are explained in Chinese to those who read it', async () => {
    expect((await api('/meters/999', { 'accept-language': 'zh-CN' })).json.title).toBe('没有此电能表');
    expect((await api('/meters/999')).json.title).toBe('No meter has this id or number');
  });

  it('without a valid key get nothing', async () => {
    for (const authorization of ['', 'Bearer wrong-key-0123456789', `Basic ${KEY}`, `Bearer ${KEY}-revoked`]) {
      const { status, json, headers } = await api('/meters', { authorization });
      expect([status, json.code, headers['www-authenticate']]).toEqual([401, 'unauthorized', 'Bearer']);
    }
  });

  it('for a format that does not exist are refused', async () => {
    const { status, json } = await api('/billing/reads?date=2026-11-20', { accept: 'image/png' });
    expect([status, json.code]).toEqual([406, 'not_acceptable']);
  });
});

describe('what needs no key', () => {
  it('says that the process lives and is ready', async () => {
    expect((await get(app, '/healthz', { authorization: '' })).json).toEqual({ status: 'ok' });
    expect((await get(app, '/readyz', { authorization: '' })).json).toEqual({ status: 'ready' });
  });

  it('shows totals and no customer on the page, and that the district is simulated', async () => {
    const { text, type } = await get(app, '/', { authorization: '' });
    expect(type).toContain('text/html');
    expect(text).toContain('SIMULATED');
    expect(text).toContain('A1 幸福里');
    expect(text).toContain('<td>37.50 %</td>');
    for (const secret of ['王小明', '100000000001', '0001', KEY]) expect(text).not.toContain(secret);
  });

  it('exports a ledger that balances, without meter ids', async () => {
    const { text } = await get(app, '/metrics', { authorization: '' });
    expect(text).toMatch(/meterway_ledger_slots\{[^}]*task="freeze-day",state="due"[^}]*\} 8/);
    expect(text).toMatch(/meterway_ledger_unbalanced_slots\{[^}]*task="freeze-day"[^}]*\} 0/);
    expect(text).not.toContain('100000000001');
  });

  it('describes itself as OpenAPI 3.1 with every route, and serves its documentation', async () => {
    const { json } = await get(app, '/openapi.json', { authorization: '' });
    expect(json.openapi).toBe('3.1.0');
    expect(Object.keys(json.paths)).toEqual(
      expect.arrayContaining([
        '/api/v1/collection/summary',
        '/api/v1/collection/failures',
        '/api/v1/meters',
        '/api/v1/meters/{id}',
        '/api/v1/meters/{id}/readings',
        '/api/v1/billing/reads',
        '/api/v1/supply-status',
        '/api/v1/outages',
        '/healthz',
        '/readyz',
        '/metrics',
      ]),
    );
    expect((await get(app, '/docs/', { authorization: '' })).status).toBe(200);
  });
});

describe('an API whose centre has not started yet', () => {
  it('lives, is not ready, and says so', async () => {
    const empty = await seededApp({ registry: null });
    try {
      expect((await get(empty.app, '/healthz')).status).toBe(200);
      expect((await get(empty.app, '/readyz')).json).toMatchObject({ status: 'not ready' });
      const { status, json, headers } = await get(empty.app, '/api/v1/collection/summary');
      expect([status, json.code, headers['retry-after']]).toEqual([503, 'not_ready', '5']);
    } finally {
      await empty.close();
    }
  });
});
