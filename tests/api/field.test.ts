import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AddressStatus, LineStatus } from '#contract/status.ts';
import { ids, line, type SeededField, seededField } from './field-site.ts';
import { get, NOW } from './seeded-app.ts';

const ADDRESS: AddressStatus = {
  meter: '100000000004',
  address: '100000000004',
  reason: 'no_answer',
  leftAlone: true,
  lastGoodAt: null,
  requests: 9,
  replies: 0,
  timeouts: 9,
  damaged: 0,
  replyMs: null,
  missing: [],
};

const BUSY: Partial<LineStatus> = {
  replyMs: { p50: 120, p90: 180.5, p99: 400 },
  usePercent: 42.5,
  nextDueAt: NOW + 480_000,
  addressesRead: 5,
  addressesFailing: 1,
  addresses: [
    ADDRESS,
    {
      ...ADDRESS,
      meter: 'gone',
      reason: null,
      leftAlone: false,
      lastGoodAt: NOW - 1,
      missing: ['0201FF00: error 02'],
      replyMs: { p50: 1, p90: 2, p99: 3 },
    },
  ],
};

let field: SeededField;
beforeAll(async () => {
  field = await seededField();
});
afterAll(() => field.close());
beforeEach(() => field.reset());

const api: SeededField['api'] = (...wanted) => field.api(...wanted);
const tell: SeededField['tell'] = (...told) => field.tell(...told);
const pages: SeededField['pages'] = (path) => field.pages(path);

describe('/lines', () => {
  it('show link, state and figures in words and numbers', async () => {
    await tell('c1', [line('J1', BUSY), line('J2', { state: 'down', reason: 'line_down', detail: 'ECONNREFUSED' })]);
    const { json } = await api('/lines');
    expect(ids(json)).toEqual(['G1', 'J1', 'J1-b', 'J2', 'R1', 'T1']);
    expect(json.items[1]).toEqual({
      id: 'J1',
      collector: 'c1',
      protocol: 'dlt645',
      link: 'tcp 127.0.0.1:7001',
      forward: null,
      concentrator: 'J1',
      meters: 5,
      state: 'up',
      reason: null,
      detail: '',
      toldAt: '2026-11-20T10:06:55.000+08:00',
      lastGoodAt: '2026-11-20T10:06:00.000+08:00',
      requests: 100,
      replies: 90,
      timeouts: 8,
      damaged: 2,
      strays: 1,
      replyMs: { p50: 120, p90: 180.5, p99: 400 },
      usePercent: 42.5,
      nextDueAt: '2026-11-20T10:15:00.000+08:00',
      waiting: 4,
      breakersOpen: 1,
      addressesRead: 5,
      addressesFailing: 1,
    });
    expect(json.items[2].link).toBe('serial /dev/ttyUSB0 2400 8E1');
    expect(json.items[3]).toMatchObject({
      state: 'down',
      reason: { code: 'line_down', text: { zh: '通信链路断开', en: 'the line is down' } },
      detail: 'ECONNREFUSED',
      replyMs: null,
      usePercent: null,
    });
    expect(json.items[5]).toMatchObject({
      link: 'dial-in 02001234 on port 9000',
      forward: 'port 31 of terminal 02001234, 2400 baud, even parity',
    });
  });

  it('are unknown while the collector is offline, but keep what was told last', async () => {
    await tell('c2', [line('R1')], {}, 121_000);
    const { json } = await api('/lines?state=unknown&collector=c2');
    expect(json.items).toMatchObject([
      {
        id: 'R1',
        state: 'unknown',
        reason: { code: 'collector_offline' },
        detail: 'collector c2 was last heard of at 2026-11-20T10:04:59.000+08:00',
        toldAt: '2026-11-20T10:04:59.000+08:00',
        requests: 100,
      },
    ]);
    expect((await api('/lines/T1')).json).toMatchObject({ detail: 'collector c3 was never heard of', requests: null });
    expect((await api('/lines')).json.warnings).toEqual([
      '2 collectors are offline (c2, c3): the state of 2 lines is not known',
    ]);
    expect((await api('/lines?collector=c1')).json.warnings).toEqual([]);
  });

  it('are unknown when the collector does not tell of them, and say which plan it has', async () => {
    await tell('c2', [], { planRefused: { version: 'p2', why: 'x' } });
    await tell('c3', [], { planVersion: null });
    expect((await api('/lines/R1')).json).toMatchObject({
      state: 'unknown',
      reason: null,
      detail: 'collector c2 works to plan p, which does not have the line, and has refused plan p2',
      toldAt: null,
      requests: null,
    });
    expect((await api('/lines/T1')).json.detail).toBe('collector c3 has no plan yet');
  });

  it('do not take the word of a collector that the line does not belong to', async () => {
    await tell('c1', [line('R1')]);
    expect((await api('/lines/R1')).json).toMatchObject({ state: 'unknown', requests: null });
  });

  it('are filtered over the whole list and paged with a cursor that belongs to the filter', async () => {
    await tell('c1', [line('J1'), line('J2', { state: 'down', reason: 'line_down' }), line('G1', { state: 'idle' })]);
    expect(ids((await api('/lines?state=down')).json)).toEqual(['J2']);
    expect(ids((await api('/lines?q=TTYusb0')).json)).toEqual(['J1-b', 'R1']);
    expect(ids((await api('/lines?q=7003')).json)).toEqual(['G1']);
    expect(ids((await api('/lines?collector=none')).json)).toEqual([]);
    expect(await pages('/lines?')).toEqual(['G1', 'J1', 'J1-b', 'J2', 'R1', 'T1']);
    expect(await pages('/lines?collector=c1&')).toEqual(['G1', 'J1', 'J1-b', 'J2']);
    const { nextCursor } = (await api('/lines?limit=1')).json;
    expect((await api(`/lines?limit=1&state=up&cursor=${nextCursor}`)).json.code).toBe('bad_cursor');
    expect((await api(`/collectors?cursor=${nextCursor}`)).json.code).toBe('bad_cursor');
  });

  it('show one with its worst addresses, also of a meter that is no longer on record', async () => {
    await tell('c1', [line('J1', BUSY)]);
    const { json } = await api('/lines/J1');
    expect(json).toMatchObject({ id: 'J1', asOf: '2026-11-20T10:07:00.000+08:00', simulated: true });
    expect(json.worstAddresses).toEqual([
      {
        meter: '100000000004',
        meterNo: '100000000004',
        address: '100000000004',
        reason: expect.objectContaining({ code: 'no_answer' }),
        leftAlone: true,
        lastGoodAt: null,
        requests: 9,
        replies: 0,
        timeouts: 9,
        damaged: 0,
        replyMs: null,
        missing: [],
      },
      expect.objectContaining({
        meter: 'gone',
        meterNo: null,
        reason: null,
        lastGoodAt: '2026-11-20T10:06:59.999+08:00',
        missing: ['0201FF00: error 02'],
      }),
    ]);
  });
});

describe('/concentrators', () => {
  it('come what to repair first, each once however many lines lead to it', async () => {
    const gone = 'connection refused';
    await tell('c1', [
      line('J1', { state: 'down', reason: 'concentrator_offline' }),
      line('J1-b', { lastGoodAt: NOW - 30_000, addressesRead: 3, addressesFailing: 2 }),
      line('J2', { state: 'down', reason: 'concentrator_offline', detail: gone, lastGoodAt: null }),
    ]);
    await tell('c3', [line('T1', { state: 'idle', lastGoodAt: null })]);
    const { json } = await api('/concentrators');
    expect(json.items).toEqual([
      {
        id: 'J2',
        state: 'down',
        reason: expect.objectContaining({ code: 'concentrator_offline' }),
        detail: gone,
        lines: [{ id: 'J2', collector: 'c1', state: 'down' }],
        meters: 2,
        lastGoodAt: null,
        addressesRead: null,
        addressesFailing: null,
      },
      expect.objectContaining({ id: 'K1', state: 'unknown', detail: 'collector c2 was never heard of' }),
      expect.objectContaining({ id: 'K2', state: 'idle', reason: null }),
      {
        id: 'J1',
        state: 'up',
        reason: null,
        detail: '',
        lines: [
          { id: 'J1', collector: 'c1', state: 'down' },
          { id: 'J1-b', collector: 'c1', state: 'up' },
        ],
        meters: 5,
        lastGoodAt: '2026-11-20T10:06:30.000+08:00',
        addressesRead: 3,
        addressesFailing: 2,
      },
    ]);
    expect(json.warnings).toEqual(['1 collector is offline (c2): the state of 1 line is not known']);
    expect(await pages('/concentrators?')).toEqual(['J2', 'K1', 'K2', 'J1']);
    expect(ids((await api('/concentrators?state=down')).json)).toEqual(['J2']);
    expect(ids((await api('/concentrators?q=ttyUSB0')).json)).toEqual(['K1', 'J1']);
  });
});

describe('the field', () => {
  it('refuses unknown ids, states and callers with a code', async () => {
    expect((await api('/collectors/c9')).json).toMatchObject({ status: 404, code: 'unknown_collector' });
    expect((await api('/lines/L9', { 'accept-language': 'zh-CN' })).json).toMatchObject({
      status: 404,
      code: 'unknown_line',
      title: '没有此通信链路',
    });
    expect((await api('/lines?state=broken')).json.errors).toEqual([
      { pointer: '/state', detail: 'must be one of down, unknown, idle, up' },
    ]);
    for (const path of ['/collectors', '/collectors/c1', '/concentrators', '/lines', '/lines/J1']) {
      expect((await api(`${path}?colour=red`)).json.code).toBe('bad_request');
      expect((await api(path, { authorization: 'Bearer nobody-0123456789' })).status).toBe(401);
    }
  });

  it('is in the OpenAPI document', async () => {
    const { json } = await get(field.app, '/openapi.json', { authorization: '' });
    for (const path of ['/collectors', '/collectors/{id}', '/concentrators', '/lines', '/lines/{id}']) {
      const { get: operation } = json.paths[`/api/v1${path}`];
      expect(operation.tags).toEqual(['operators']);
      expect(operation.responses[200].content['application/json'].schema.properties).toHaveProperty('asOf');
    }
  });

  it('shows a new report within a second or so', async () => {
    expect((await api('/lines/J1')).json.state).toBe('unknown');
    await tell('c1', [line('J1')]);
    await field.clock.advance(1000);
    expect((await api('/lines/J1')).json.state).toBe('up');
  });
});
