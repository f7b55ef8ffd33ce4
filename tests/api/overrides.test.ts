import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Batch } from '#stores/batch-store.ts';
import { at } from '../support/plan.ts';
import { type Answer, get, KEY, NOW, reading, seededApp } from './seeded-app.ts';

let seeded: Awaited<ReturnType<typeof seededApp>>;
beforeAll(async () => {
  seeded = await seededApp();
});
afterAll(() => seeded.close());

const TODAY = '2026-11-20';
const pathOf = (meter: string, slot = TODAY): string => `/meters/${meter}/readings/${slot}`;
const api = (path: string) => get(seeded.app, `/api/v1${path}`);

interface Options {
  readonly slot?: string;
  readonly etag?: string | null;
  readonly task?: string;
}

async function change(method: 'PUT' | 'DELETE', meter: string, payload: unknown, options: Options = {}) {
  const { slot = TODAY, task } = options;
  const etag = options.etag === undefined ? String((await api(pathOf(meter, slot))).headers['etag']) : options.etag;
  const response = await seeded.app.inject({
    method,
    url: `/api/v1${pathOf(meter, slot)}/override${task === undefined ? '' : `?task=${task}`}`,
    headers: { authorization: `Bearer ${KEY}`, ...(etag === null ? {} : { 'if-match': etag }) },
    payload: payload as object,
  });
  const { statusCode: status, headers } = response;
  return { status, headers, json: response.json() as Answer['json'] };
}

const body = (wh: number, more: object = {}) => ({
  ...{ values: { energy_import_wh: wh }, kind: 'edited', reason: '抄错一位' },
  ...more,
});
const put = (meter: string, payload: unknown, options?: Options) => change('PUT', meter, payload, options);
const undo = (meter: string, payload: unknown, options?: Options) => change('DELETE', meter, payload, options);
const historyOf = (meter: string, slot = at(TODAY)) =>
  seeded.state.revisions.history({ task: 'freeze-day', meter, slot });

describe('one reading', () => {
  it('shows what counts, what the meter gave and every revision, with names and code of its quality', async () => {
    const { status, json, headers } = await api(pathOf('100000000001'));
    expect([status, headers['etag']]).toEqual([200, `"0-${at(TODAY) + 400_000}"`]);
    expect(json).toMatchObject({
      ...{ meter: '100000000001', meterNo: '100000000001', task: 'freeze-day', businessDate: TODAY },
      slot: '2026-11-20T00:00:00.000+08:00',
      counts: {
        values: { energy_import_wh: 1_234_560, energy_import_t1_wh: 500_000 },
        quality: { code: 'valid', zh: '正常', en: 'valid', cim: '3.0.1' },
        ...{ revision: 0, method: null },
      },
      raw: { values: { energy_import_wh: 1_234_560 }, readAt: '2026-11-20T00:06:40.000+08:00' },
      ...{ revisions: [], batches: [], warnings: [], timeZone: 'Asia/Shanghai', simulated: true },
    });
  });

  it('is named by instant or date, and a suspect value is shown but does not count', async () => {
    const [byDate, byInstant] = await Promise.all([
      api(pathOf('100000000009')),
      api(pathOf('100000000009', '2026-11-19T16:00:00Z')),
    ]);
    expect(byInstant.json).toEqual(byDate.json);
    expect(byDate.json).toMatchObject({
      counts: { values: null, quality: { code: 'suspect', cim: '3.5.258' } },
      raw: { values: { energy_import_wh: 7_000_000 }, rules: ['register_reversed'] },
    });
    expect((await api(pathOf('100000000004'))).json).toMatchObject({
      counts: { values: null, quality: { code: 'missing' } },
      raw: null,
    });
  });

  it('is refused with a problem when there is no such thing', async () => {
    const problem = async (path: string) => {
      const { status, json } = await api(path);
      return [status, json.code];
    };
    expect(await problem(pathOf('999'))).toEqual([404, 'unknown_meter']);
    expect(await problem(`${pathOf('m1')}?task=none`)).toEqual([404, 'unknown_task']);
    expect(await problem(`${pathOf('m1')}?colour=red`)).toEqual([400, 'bad_request']);
    expect(await problem(pathOf('m1', '2026-02-30'))).toEqual([400, 'bad_date']);
    expect(await problem(pathOf('m1', 'yesterday'))).toEqual([400, 'bad_range']);
    expect(await problem(pathOf('m1', '2026-11-20T00:00:00'))).toEqual([400, 'bad_range']);
    expect(await problem(pathOf('m1', '2026-11-21'))).toEqual([400, 'bad_range']);
    expect(await problem(`${pathOf('m1')}?task=profile`)).toEqual([400, 'bad_range']);
    expect(await problem(pathOf('m1', '2026-11-20T00:00:01%2B08:00'))).toEqual([404, 'unknown_slot']);
    expect(await problem(`${pathOf('m1', '2026-11-20T00:00:00%2B08:00')}?task=event`)).toEqual([404, 'unknown_slot']);
  });
});

describe('an override', () => {
  it('counts in place of the meter’s value, which stays beside it, and tells who, when and why', async () => {
    const first = await put('100000000002', body(999_999_000, { kind: 'manual', reason: '  人工抄表 ' }));
    expect(first.status).toBe(200);
    expect(first.json).toMatchObject({
      counts: { values: { energy_import_wh: 999_999_000 }, quality: { code: 'manual', cim: '2.4.131' }, revision: 1 },
      raw: { values: { energy_import_wh: 999_999_990 }, quality: { code: 'valid' } },
      revisions: [{ revision: 1, kind: 'manual', reason: '人工抄表', by: 'k', at: '2026-11-20T10:07:00.000+08:00' }],
    });
    expect(await api(pathOf('100000000002'))).toMatchObject({ headers: { etag: first.headers['etag'] } });
    const range = 'start=2026-11-20T00:00:00%2B08:00&end=2026-11-21T00:00:00%2B08:00&task=freeze-day';
    const listed = await api(`/meters/100000000002/readings?${range}`);
    expect(listed.json.items).toMatchObject([
      {
        ...{ quality: 'manual', revision: 1, method: null, values: { energy_import_wh: 999_999_000 } },
        raw: { quality: 'valid', rules: [], values: { energy_import_wh: 999_999_990 } },
      },
    ]);
    expect((await api('/meters/100000000002')).json.lastFreeze).toMatchObject({ quality: 'manual', revision: 1 });
  });

  it('is undone by another revision, and can be made again', async () => {
    await put('100000000003', body(51_000));
    const undone = await undo('100000000003', { reason: '原值正确' });
    expect(undone.json).toMatchObject({
      counts: { values: { energy_import_wh: 50_000 }, quality: { code: 'valid' }, revision: 0 },
      revisions: [{ kind: 'edited' }, { revision: 2, kind: 'undone', values: null, reason: '原值正确', by: 'k' }],
    });
    const again = await undo('100000000003', { reason: '再次撤销' });
    expect([again.status, again.json.code]).toEqual([409, 'nothing_to_undo']);
    expect((await put('100000000003', body(52_000))).json.counts).toMatchObject({ revision: 3 });
  });

  it('of a reading that is missing gives it a value, and an estimate gives way to it but is nothing to undo', async () => {
    const meter = '100000000004';
    const estimate = { task: 'freeze-day', meter, slot: at(TODAY), kind: 'estimated' as const, method: 'like_days' };
    await seeded.state.revisions.addEstimates([
      { ...estimate, values: { energy_import_wh: 5 }, reason: 'mean', by: 'estimation', at: NOW },
    ]);
    const range = 'start=2026-11-20T00:00:00%2B08:00&end=2026-11-21T00:00:00%2B08:00&task=freeze-day';
    const [item] = (await api(`/meters/${meter}/readings?${range}`)).json.items;
    expect(item).toMatchObject({ quality: 'estimated', revision: 1, method: 'like_days', readAt: null });
    expect(item).not.toHaveProperty('raw');
    // An estimate is no news of the meter.
    expect((await api(`/meters/${meter}`)).json.lastFreeze).toBeNull();
    const [suspect] = (await api(`/meters/100000000009/readings?${range}`)).json.items;
    expect(suspect).toMatchObject({ quality: 'suspect', revision: 0, values: { energy_import_wh: 7_000_000 } });
    expect(suspect).not.toHaveProperty('raw');
    expect((await undo(meter, { reason: 'not mine' })).json.code).toBe('nothing_to_undo');
    expect((await put(meter, body(6))).json.counts).toMatchObject({ quality: { code: 'edited' }, revision: 2 });
  });

  it('is warned about rates that do not sum, neighbours that do not fit, and registers that are left out', async () => {
    const slot = '2026-11-19';
    const values = { energy_import_wh: 1_300_000, energy_import_t2_wh: 1, energy_import_t3_wh: 2 };
    const { status, json } = await put('100000000001', body(0, { values }), { slot });
    const rules = (answer: typeof json) => answer.warnings.map(({ rule }: { rule: string }) => rule);
    expect([status, rules(json)]).toEqual([200, ['left_out', 'register_reversed']]);
    expect(json.warnings[1]).toMatchObject({
      zh: expect.stringContaining('倒走'),
      detail: '1300000 Wh against 1234560 Wh after it, at 2026-11-20T00:00:00.000+08:00',
    });
    const all = { energy_import_t1_wh: 1, energy_import_t4_wh: 4, ...values, energy_import_wh: 1_230_000 };
    expect(rules((await put('100000000001', body(0, { values: all }), { slot })).json)).toEqual(['rates_mismatch']);
    const good = { ...all, energy_import_t1_wh: 1_229_993 };
    expect(rules((await put('100000000001', body(0, { values: good }), { slot })).json)).toEqual([]);
    await undo('100000000001', { reason: 'end of test' }, { slot });
  });
});

describe('bad changes', () => {
  const meter = '200000000001';
  const code = (answer: { status: number; json: Answer['json'] }) => [answer.status, answer.json.code];

  it('of a body or a value are refused by name, and nothing is written', async () => {
    const bad: [unknown, number, string, string][] = [
      [{}, 400, 'bad_request', '/'],
      [body(-1), 400, 'bad_request', '/values/energy_import_wh'],
      [body(1.5), 400, 'bad_request', '/values/energy_import_wh'],
      [body(2 ** 53), 400, 'bad_request', '/values/energy_import_wh'],
      [body(1_000_000_000), 400, 'bad_value', '/values/energy_import_wh'],
      [body(0, { values: {} }), 400, 'bad_request', '/values'],
      [body(0, { values: { voltage_a_v: 230 } }), 400, 'bad_request', '/values/voltage_a_v'],
      [body(0, { values: { energy_import_wh: '5' } }), 400, 'bad_request', '/values/energy_import_wh'],
      [body(0, { values: { energy_reactive_q1_varh: 5 } }), 400, 'bad_value', '/values/energy_reactive_q1_varh'],
      [body(5, { kind: 'estimated' }), 400, 'bad_request', '/kind'],
      [body(5, { kind: 'undone' }), 400, 'bad_request', '/kind'],
      [body(5, { reason: 'no' }), 400, 'bad_request', '/reason'],
      [body(5, { reason: '  x  ' }), 400, 'bad_request', '/reason'],
      [body(5, { reason: 'x'.repeat(501) }), 400, 'bad_request', '/reason'],
      [body(5, { colour: 'red' }), 400, 'bad_request', '/colour'],
    ];
    for (const [payload, status, problem, pointer] of bad) {
      const answer = await put(meter, payload);
      expect([...code(answer), payload]).toEqual([status, problem, payload]);
      expect(answer.json.errors).toEqual(expect.arrayContaining([expect.objectContaining({ pointer })]));
    }
    expect(code(await undo(meter, { reason: 'x' }))).toEqual([400, 'bad_request']);
    expect(code(await undo(meter, {}))).toEqual([400, 'bad_request']);
    expect(code(await undo(meter, { reason: 'nothing there' }))).toEqual([409, 'nothing_to_undo']);
    expect(code(await put('999', body(5), { etag: '"0-none"' }))).toEqual([404, 'unknown_meter']);
    expect(code(await put(meter, body(5), { slot: '2026-11-21', etag: '"0-none"' }))).toEqual([400, 'bad_range']);
    expect(code(await put(meter, body(5), { slot: '2026-11-20T12:00:00Z', etag: '"0-none"' }))).toEqual([
      400,
      'bad_range',
    ]);
    expect(code(await put(meter, body(5), { slot: '2026-11-19T12:00:00Z', etag: '"0-none"' }))).toEqual([
      404,
      'unknown_slot',
    ]);
    expect(await historyOf(meter)).toEqual([]);
  });

  it('without the state they were made for are refused, or when it has changed since', async () => {
    for (const etag of [null, '*', '']) {
      expect(code(await put(meter, body(5), { etag }))).toEqual([428, 'precondition_required']);
      expect(code(await undo(meter, { reason: 'because' }, { etag }))).toEqual([428, 'precondition_required']);
    }
    for (const etag of ['"7-none"', 'W/"0-none"', '0-none']) {
      expect(code(await put(meter, body(5), { etag }))).toEqual([412, 'precondition_failed']);
    }
    expect(await historyOf(meter)).toEqual([]);
    expect((await put(meter, body(5), { etag: '"other", "0-none"' })).status).toBe(200);
    expect(code(await put(meter, body(6), { etag: '"0-none"' }))).toEqual([412, 'precondition_failed']);
    // The meter's own value came: whoever wrote without it must look again.
    const { headers } = await api(pathOf(meter));
    const row = reading(meter, at(TODAY), [7]);
    await seeded.readings.write([{ task: 'freeze-day', quantities: ['energy_import_wh'], rows: [row] }]);
    const stale = await put(meter, body(6), { etag: String(headers['etag']) });
    expect(code(stale)).toEqual([412, 'precondition_failed']);
    expect(await historyOf(meter)).toHaveLength(1);
  });

  it('of two at once let only one through', async () => {
    const slot = '2026-11-19';
    const { headers } = await api(pathOf(meter, slot));
    const etag = String(headers['etag']);
    const answers = await Promise.all([1, 2, 3].map((wh) => put(meter, body(wh), { slot, etag })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412, 412]);
    expect(await historyOf(meter, at(slot))).toHaveLength(1);
  });

  it('of what was billed are refused unless they are corrections, and only within the district of the batch', async () => {
    const batch = async (id: string, district: string): Promise<void> => {
      const named = { id, district, period: null, date: TODAY, task: 'freeze-day', slot: at(TODAY) };
      const asked = { askedBy: 'k', idempotencyKey: null, createdAt: NOW };
      await seeded.state.batches.add({ ...named, ...asked } satisfies Partial<Batch> as Batch);
      await seeded.state.batches.update(id, { state: 'ready', readyAt: NOW, rows: 1, sha256: 'ab' });
    };
    await batch('b1', 'd1');
    const m1 = '100000000001';
    expect((await put(m1, body(1_234_561))).status).toBe(200);
    await seeded.state.batches.acknowledge('b1', 'billing', NOW);
    const before = (await historyOf(m1)).length;
    const refused = await put(m1, body(1_234_562));
    expect([...code(refused), refused.json.detail]).toEqual([409, 'batch_closed', expect.stringContaining('b1')]);
    expect(code(await undo(m1, { reason: '撤销修正' }))).toEqual([409, 'batch_closed']);
    expect(await historyOf(m1)).toHaveLength(before);
    expect((await put('m1', body(5))).status).toBe(200);
    const corrected = await put(m1, body(1_234_562, { correction: true }));
    expect(corrected.json).toMatchObject({ batches: [{ id: 'b1', state: 'acknowledged' }], counts: { revision: 2 } });
    expect((await undo(m1, { reason: '撤销修正', correction: true })).status).toBe(200);
  });
});
