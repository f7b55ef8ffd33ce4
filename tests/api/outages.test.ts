import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { membersOf, outageOf, saveOutages } from '../support/outages.ts';
import { get, KEY, NOW, OUTAGE, seededApp } from './seeded-app.ts';

let seeded: Awaited<ReturnType<typeof seededApp>>;
beforeAll(async () => {
  seeded = await seededApp();
  const startedAt = NOW - 7_200_000;
  const members = membersOf(['100000000001', '100000000002', '100000000003'], startedAt, NOW - 3_600_000);
  await saveOutages(
    seeded.state,
    outageOf({ id: 'over', startedAt, restoredAt: NOW - 3_600_000, feeder: 'F1', district: 'd1', members }),
    outageOf({ id: 'nested', startedAt: startedAt + 1, node: 'box', nodeId: 'A1/X1', parent: 'over', feeder: 'F1' }),
    outageOf({ id: 'line', startedAt, kind: 'collection', node: 'line', nodeId: 'J1', area: null }),
    outageOf({ id: 'none', startedAt, state: 'dismissed' }),
    outageOf({ id: 'maybe', startedAt, state: 'unconfirmed', confirmedAt: null, area: 'A2' }),
  );
});
afterAll(() => seeded.close());

const api = async (path: string, headers = {}) => (await get(seeded.app, `/api/v1${path}`, headers)).json;
const ids = async (query = '') => (await api(`/outages${query}`)).items.map(({ id }: { id: string }) => id);
const send = async (method: 'POST' | 'PUT', path: string, payload: object, headers = {}) => {
  const all = { authorization: `Bearer ${KEY}`, ...headers };
  const answer = await seeded.app.inject({ method, url: `/api/v1${path}`, payload, headers: all });
  return { status: answer.statusCode, json: answer.json() };
};

describe('the list', () => {
  test('has neither what was dismissed nor failures of communication, unless they are asked for', async () => {
    expect(await ids()).toEqual([OUTAGE.id, 'nested', 'maybe', 'over']);
    expect(await ids('?kind=collection')).toEqual(['line']);
    expect(await ids('?state=dismissed')).toEqual(['none']);
  });

  test('is filtered by place, state and size', async () => {
    expect(await ids('?feeder=F1')).toEqual(['nested', 'over']);
    expect(await ids('?district=d2')).toEqual([OUTAGE.id]);
    expect(await ids('?area=A2&state=unconfirmed')).toEqual(['maybe']);
    expect(await ids('?minCustomers=3')).toEqual(['over']);
  });

  test('is paged with a cursor that belongs to the filter', async () => {
    const first = await api('/outages?limit=3');
    expect((await api(`/outages?limit=3&cursor=${first.nextCursor}`)).items).toMatchObject([{ id: 'over' }]);
    expect(await api(`/outages?state=open&cursor=${first.nextCursor}`)).toMatchObject({ code: 'bad_cursor' });
  });

  test('counts the customers that come first, anew with each revision', async () => {
    const over = async () => (await api('/outages?state=restored')).items[0];
    expect(await over()).toMatchObject({ customers: 3, dark: 3, priorityCustomers: 2, nodeName: '幸福里' });
    const members = membersOf(['100000000002'], NOW - 7_200_000, NOW - 3_600_000);
    const less = { id: 'over', startedAt: NOW - 7_200_000, restoredAt: NOW - 3_600_000, feeder: 'F1', members };
    await saveOutages(seeded.state, outageOf({ ...less, revision: 2 }));
    expect(await over()).toMatchObject({ customers: 1, priorityCustomers: 0 });
  });

  test('comes as CSV with everything in it', async () => {
    const { type, text } = await get(seeded.app, '/api/v1/outages?limit=1', { accept: 'text/csv' });
    expect(type).toBe('text/csv; charset=utf-8');
    expect(text.startsWith('\uFEFFoutage,kind,state,')).toBe(true);
    expect(text.trimEnd().split('\r\n')).toHaveLength(1 + 4);
    expect(await api('/outages', { accept: 'image/png' })).toMatchObject({ code: 'not_acceptable' });
  });
});

describe('one incident', () => {
  test('has its evidence, its notes and what stayed dark inside it', async () => {
    const json = await api('/outages/over');
    expect(json).toMatchObject({ id: 'over', nested: ['nested'], notes: [], revision: 2 });
    expect((await api(`/outages/${OUTAGE.id}`)).evidence).toMatchObject([{ fact: 'voltage_off', source: 'meter' }]);
    expect(await api('/outages/gone')).toMatchObject({ status: 404, code: 'unknown_outage' });
  });

  test('lists its customers with their own times, page by page, and those that come first alone', async () => {
    const startedAt = NOW - 500_000;
    const members = membersOf(['100000000001', '100000000002', '100000000003'], startedAt);
    await saveOutages(seeded.state, outageOf({ id: 'three', startedAt, members }));
    const first = await api('/outages/three/service-points?limit=2');
    expect(first.items).toMatchObject([
      { meter: '100000000001', account: { no: '0001' }, priority: 'vulnerable', to: null, told: 'itself' },
      { meter: '100000000002', priority: 'normal' },
    ]);
    const rest = await api(`/outages/three/service-points?limit=2&cursor=${first.nextCursor}`);
    expect(rest).toMatchObject({ items: [{ meter: '100000000003' }], nextCursor: null });
    const vulnerable = await api('/outages/three/service-points?vulnerable=true&limit=1');
    expect(vulnerable.items).toMatchObject([{ priority: 'vulnerable' }]);
    const large = await api(`/outages/three/service-points?vulnerable=true&limit=1&cursor=${vulnerable.nextCursor}`);
    expect(large).toMatchObject({ items: [{ priority: 'large' }], nextCursor: null });
    expect(await api('/outages/gone/service-points')).toMatchObject({ code: 'unknown_outage' });
  });
});

describe('notes', () => {
  const path = `/outages/${OUTAGE.id}/notes`;
  const told = async () => (await seeded.state.events.after(0, 99, { types: ['outage.noted.v1'] })).length;

  test('are on record with who wrote them, are told, and the newest time counts', async () => {
    const first = await send('POST', path, { kind: 'expected', expectedAt: '2026-11-20T12:00:00+08:00' });
    expect(first).toMatchObject({ status: 201, json: { kind: 'expected', by: 'k', text: '' } });
    await seeded.clock.advance(1000);
    await send('POST', path, { kind: 'expected', expectedAt: '2026-11-20T13:00:00+08:00', text: '抢修延误' });
    await send('POST', path, { kind: 'cause', text: '树障' });
    const json = await api(`/outages/${OUTAGE.id}`);
    expect(json).toMatchObject({ cause: '树障', expectedAt: '2026-11-20T13:00:00.000+08:00' });
    expect(json.notes).toHaveLength(3);
    await seeded.clock.advance(1000);
    await send('POST', path, { kind: 'expected', expectedAt: null, text: '撤回' });
    expect(await api(`/outages/${OUTAGE.id}`)).toMatchObject({ expectedAt: null });
    expect(await told()).toBe(4);
  });

  test('are written once under one Idempotency-Key', async () => {
    const before = await told();
    const key = { 'idempotency-key': 'n1' };
    const note = { kind: 'told', text: '户号 0005' };
    const first = await send('POST', path, note, key);
    expect((await send('POST', path, note, key)).json.id).toBe(first.json.id);
    expect(await send('POST', path, { ...note, text: 'other' }, key)).toMatchObject({ status: 409 });
    expect(await told()).toBe(before + 1);
  });

  test.each([
    [{ kind: 'expected' }, 'bad_request', '/expectedAt'],
    [{ kind: 'expected', expectedAt: '2026-11-20T10:00:00+08:00' }, 'bad_range', '/expectedAt'],
    [{ kind: 'cause' }, 'bad_request', '/text'],
    [{ kind: 'remark', text: 'x', expectedAt: '2026-11-20T20:00:00+08:00' }, 'bad_request', '/expectedAt'],
  ])('that cannot be meant are refused: %j', async (note, code, pointer) => {
    expect((await send('POST', path, note)).json).toMatchObject({ code, errors: [{ pointer }] });
  });

  test('need an incident', async () => {
    expect((await send('POST', '/outages/gone/notes', { kind: 'cause', text: 'x' })).json.code).toBe('unknown_outage');
  });
});

describe('planned outages', () => {
  const plan = {
    seq: 5,
    from: '2026-11-21T08:00:00+08:00',
    to: '2026-11-21T17:00:00+08:00',
    areas: ['A1'],
    text: '检修',
  };
  const put = (body: object, id = 'P-1') => send('PUT', `/planned-outages/${id}`, body);

  test('are stored, repeated without effect, and refused when they are older', async () => {
    const stored = await put({ ...plan, meters: ['300000000001'] });
    expect(stored).toMatchObject({ status: 200, json: { externalId: 'P-1', state: 'announced', meters: ['m1'] } });
    await seeded.clock.advance(1000);
    expect(await put({ ...plan, meters: ['m1'] })).toEqual(stored);
    expect(await put(plan)).toMatchObject({ status: 409, json: { code: 'stale_seq', errors: [{ pointer: '/seq' }] } });
    expect(await put({ ...plan, seq: 4 })).toMatchObject({ status: 409 });
    expect((await put({ ...plan, seq: 6, state: 'cancelled' })).json).toMatchObject({ seq: 6, state: 'cancelled' });
    expect(await api('/planned-outages/P-1')).toMatchObject({ state: 'cancelled', feeders: [] });
    expect(await api('/planned-outages/P-9')).toMatchObject({ code: 'unknown_planned_outage' });
  });

  test('are listed by their beginning when they last within the time', async () => {
    await put({ ...plan, seq: 1 }, 'P-2');
    await put({ ...plan, seq: 1, from: '2026-11-21T07:00:00+08:00' }, 'P-3');
    const listed = async (query: string) =>
      (await api(`/planned-outages${query}`)).items.map(({ externalId }: { externalId: string }) => externalId);
    expect(await listed('')).toEqual(['P-3', 'P-2']);
    expect(await listed('?to=2026-11-21T07:30:00%2B08:00')).toEqual(['P-3']);
  });

  test('name every feeder, area and meter that is not in the registry', async () => {
    const { status, json } = await put({ ...plan, seq: 9, feeders: ['F1', 'F9'], areas: ['A9'], meters: ['m9'] });
    expect([status, json.code]).toEqual([404, 'unknown_scope']);
    expect(json.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      '/feeders/1',
      '/areas/0',
      '/meters/0',
    ]);
  });

  test.each([
    [{ areas: [] }, 'bad_request'],
    [{ to: plan.from }, 'bad_range'],
    [{ from: '2026-11-21' }, 'bad_request'],
  ])('that cannot be meant are refused: %j', async (over, code) => {
    expect((await put({ ...plan, seq: 9, ...over })).json.code).toBe(code);
  });
});

describe('arrears orders', () => {
  const order = { seq: 1, account: '0004', state: 'disconnected', amount: '88.20' };
  const put = (body: object, id = 'Q-1') => send('PUT', `/arrears-orders/${id}`, body);

  test('are stored, refused when they are older, and listed newest first', async () => {
    const disconnectedAt = '2026-11-19T10:00:00+08:00';
    expect((await put({ ...order, disconnectedAt })).json).toMatchObject({ amount: '88.20', paidAt: null });
    await seeded.clock.advance(1000);
    await put({ ...order, state: 'noticed' }, 'Q-2');
    expect(await put({ ...order, state: 'paid', disconnectedAt })).toMatchObject({
      status: 409,
      json: { code: 'stale_seq' },
    });
    const { items } = await api('/arrears-orders?accountNo=0004');
    expect(items.map(({ externalId }: { externalId: string }) => externalId)).toEqual(['Q-2', 'Q-1']);
    expect(items[1]).toMatchObject({ disconnectedAt: '2026-11-19T10:00:00.000+08:00' });
  });

  test('need an account of the registry', async () => {
    const unknown = { code: 'unknown_account', errors: [{ pointer: '/account' }] };
    expect((await put({ ...order, account: '9999' })).json).toMatchObject(unknown);
    expect(await api('/arrears-orders?accountNo=9999')).toMatchObject({ code: 'unknown_account' });
  });

  test('owe decimal yuan', async () => {
    expect((await put({ ...order, seq: 9, amount: '1e3' })).json.code).toBe('bad_request');
  });
});

test('the public page counts open outages, announced work and what is being checked', async () => {
  const { text } = await get(seeded.app, '/', { accept: 'text/html' });
  const count = (name: string): string | undefined => new RegExp(`${name}</th><td>(\\d+)</td>`).exec(text)?.[1];
  expect([count('lost phases'), count('under way'), count('Being checked')]).toEqual(['3', '0', '1']);
});
