import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../api/routes/route-kit.ts';
import { at } from '../support/plan.ts';
import { type Answer, get, KEY, NOW, seededApp } from './seeded-app.ts';

let seeded: Awaited<ReturnType<typeof seededApp>>;
let app: App;

beforeAll(async () => {
  seeded = await seededApp();
  app = seeded.app;
});
afterAll(() => seeded.close());

const api = (path: string) => get(app, `/api/v1${path}`);

async function post(body: unknown, headers: Record<string, string> = {}): Promise<Omit<Answer, 'text' | 'type'>> {
  const response = await app.inject({
    method: 'POST',
    url: '/api/v1/reads',
    headers: { authorization: `Bearer ${KEY}`, ...headers },
    payload: body as object,
  });
  return { status: response.statusCode, headers: response.headers, json: response.json() };
}

describe('reads on demand', () => {
  it('are taken as a job, stored with who asked, and found under Location', async () => {
    const { status, headers, json } = await post({ meters: ['100000000002', '300000000001', 'm1'] });
    expect(status).toBe(202);
    expect(headers['location']).toBe(`/api/v1/jobs/${json.id}`);
    expect(json).toMatchObject({
      state: 'queued',
      kind: 'instant',
      slot: null,
      // The plate number and the id are the same meter.
      counts: { queried: 2, responded: 0, failed: 0, pending: 2, rejected: 0 },
      askedBy: 'k',
      timeoutS: 60,
      createdAt: '2026-11-20T10:07:00.000+08:00',
      deadlineAt: '2026-11-20T10:08:00.000+08:00',
      closedAt: null,
      timeZone: 'Asia/Shanghai',
      simulated: true,
    });
    expect(json.items).toEqual(expect.arrayContaining(['energy_import_wh', 'voltage_a_v', 'relay_open']));
    expect((await api(`/jobs/${json.id}`)).json).toEqual(json);
    expect(await seeded.state.jobs.openMeters(json.id)).toEqual(['100000000002', 'm1']);
  });

  it('have the newest slot of their kind unless they name one', async () => {
    const slot = async (body: object): Promise<unknown> => (await post({ meters: ['m1'], ...body })).json.slot;
    const midnight = (date: string): string => `${date}T00:00:00.000+08:00`;
    expect(await slot({ kind: 'freeze-day' })).toBe(midnight('2026-11-20'));
    expect(await slot({ kind: 'freeze-day', date: '2026-11-18' })).toBe(midnight('2026-11-18'));
    expect(await slot({ kind: 'freeze-month' })).toBe(midnight('2026-11-01'));
    expect(await slot({ kind: 'freeze-month', date: '2026-10-01' })).toBe(midnight('2026-10-01'));
    expect(await slot({ kind: 'profile' })).toBe('2026-11-20T10:00:00.000+08:00');
    expect(await slot({ kind: 'profile', slot: '2026-11-19T17:15:00Z' })).toBe('2026-11-20T01:15:00.000+08:00');
    expect(await slot({ kind: 'event' })).toBeNull();
  });

  it('have the items of the site’s task of their kind unless they name them, each once', async () => {
    const items = async (body: object): Promise<string[]> => (await post({ meters: ['m1'], ...body })).json.items;
    const named = ['voltage_b_v', 'voltage_a_v', 'voltage_b_v'];
    expect(await items({ items: named })).toEqual(['voltage_b_v', 'voltage_a_v']);
    expect(await items({ kind: 'freeze-month' })).toEqual(expect.arrayContaining(['energy_import_t4_wh']));
    expect(await items({ kind: 'profile' })).toEqual(expect.arrayContaining(['power_active_total_w']));
    expect(await items({ kind: 'event' })).toEqual([]);
  });

  it('show their values and reasons as they come, by meter and page by page', async () => {
    const meters = ['100000000001', '100000000002', '100000000003'];
    const { json: job } = await post({ meters, timeoutS: 5 });
    const base = { job: job.id, slot: NOW, meterTime: null, readAt: NOW + 800, detail: '' };
    await seeded.state.jobs.end(
      [
        { ...base, meter: meters[0] ?? '', values: { voltage_a_v: 231.5, energy_import_wh: 1_234_560 }, reason: null },
        { ...base, meter: meters[2] ?? '', values: null, reason: 'no_answer', detail: 'timeout 1200 ms' },
      ],
      'collector',
      NOW + 900,
    );
    expect((await api(`/jobs/${job.id}`)).json).toMatchObject({
      state: 'queued',
      counts: { queried: 3, responded: 1, failed: 1, pending: 1, rejected: 0 },
    });
    const { json } = await api(`/jobs/${job.id}/results?limit=2`);
    expect(json).toMatchObject({ simulated: true, warnings: ['1 reads are still open'], asOf: expect.any(String) });
    expect(json.items).toEqual([
      {
        meter: meters[0],
        meterNo: meters[0],
        area: 'A1',
        state: 'answered',
        slot: '2026-11-20T10:07:00.000+08:00',
        meterTime: null,
        readAt: '2026-11-20T10:07:00.800+08:00',
        values: { voltage_a_v: 231.5, energy_import_wh: 1_234_560 },
        reason: null,
        detail: '',
      },
      expect.objectContaining({ meter: meters[1], state: 'open', slot: null, values: null, reason: null }),
    ]);
    const rest = await api(`/jobs/${job.id}/results?limit=2&cursor=${json.nextCursor}`);
    expect(rest.json.nextCursor).toBeNull();
    expect(rest.json.items).toMatchObject([
      {
        meter: meters[2],
        state: 'failed',
        values: null,
        reason: { code: 'no_answer', text: { zh: '电能表无应答', en: 'the meter did not answer' } },
        detail: 'timeout 1200 ms',
      },
    ]);
    expect((await api(`/jobs/${job.id}-x/results`)).json.code).toBe('unknown_job');
  });
});

describe('an Idempotency-Key', () => {
  const body = { meters: ['m1'], kind: 'instant' };

  it('makes one job of repeated requests, and refuses another request under its name', async () => {
    const first = await post(body, { 'idempotency-key': 'call-4711' });
    const again = await post({ kind: 'instant', timeoutS: 60, meters: ['m1'] }, { 'idempotency-key': 'call-4711' });
    expect([again.status, again.headers['location']]).toEqual([202, first.headers['location']]);
    const other = await post({ meters: ['100000000001'] }, { 'idempotency-key': 'call-4711' });
    expect([other.status, other.json.code]).toEqual([409, 'idempotency_conflict']);
    expect(other.json.detail).toContain(first.json.id);
  });

  it('that is absent or another one makes another job', async () => {
    const ids = [await post(body), await post(body), await post(body, { 'idempotency-key': 'call-4712' })];
    expect(new Set(ids.map(({ json }) => json.id)).size).toBe(3);
  });

  it('that is no plain text is refused', async () => {
    const { status, json } = await post(body, { 'idempotency-key': 'two words' });
    expect([status, json.code]).toEqual([400, 'bad_request']);
  });
});

describe('a request that cannot be met', () => {
  it('names every meter that there is none of, and asks nothing', async () => {
    const before = await seeded.state.jobs.openReads();
    const { status, json } = await post({ meters: ['m1', 'x9', '100000000001', '999'] });
    expect([status, json.code]).toEqual([404, 'unknown_meter']);
    expect(json.detail).toContain('x9, 999');
    expect(json.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(['/meters/1', '/meters/3']);
    expect(await seeded.state.jobs.openReads()).toBe(before);
  });

  it.each([
    ['no meter', { meters: [] }, 'bad_request', '/meters'],
    ['501 meters', { meters: Array.from({ length: 501 }, (_, i) => `m${i}`) }, 'bad_request', '/meters'],
    ['a quantity that is none', { meters: ['m1'], items: ['colour'] }, 'bad_request', '/items/0'],
    ['too short a time', { meters: ['m1'], timeoutS: 4 }, 'bad_request', '/timeoutS'],
    ['a field that is none', { meters: ['m1'], wait: true }, 'bad_request', '/wait'],
    [
      'a slot of a freeze',
      { meters: ['m1'], kind: 'freeze-day', slot: '2026-11-19T00:00:00Z' },
      'bad_request',
      '/slot',
    ],
    ['a date of a present value', { meters: ['m1'], date: '2026-11-19' }, 'bad_request', '/date'],
    ['items of events', { meters: ['m1'], kind: 'event', items: ['voltage_a_v'] }, 'bad_request', '/items'],
    ['a day that does not exist', { meters: ['m1'], kind: 'freeze-day', date: '2026-02-30' }, 'bad_date', '/date'],
    ['tomorrow’s freeze', { meters: ['m1'], kind: 'freeze-day', date: '2026-11-21' }, 'bad_date', '/date'],
    ['a month freeze in mid-month', { meters: ['m1'], kind: 'freeze-month', date: '2026-11-20' }, 'bad_date', '/date'],
    ['a point to come', { meters: ['m1'], kind: 'profile', slot: '2026-11-21T00:00:00Z' }, 'bad_range', '/slot'],
  ])('for %s says what would be right', async (_what, body, code, pointer) => {
    const { status, json } = await post(body);
    expect([status, json.code]).toEqual([400, code]);
    expect(json.errors).toContainEqual({ pointer, detail: expect.any(String) });
  });

  it('by number of reads is put off', async () => {
    const job = { kind: 'instant', items: [], slot: null, askedBy: 'k', requestDigest: '', timeoutS: 600 } as const;
    const meters = Array.from({ length: 19_990 }, (_, i) => `many${i}`);
    await seeded.state.jobs.add({ ...job, id: 'many', idempotencyKey: null, createdAt: at('2026-11-01') }, meters);
    const { status, json } = await post({ meters: ['m1', '100000000001'] });
    expect([status, json.code]).toEqual([429, 'too_many_reads']);
    await seeded.state.jobs.forgetBefore(at('2026-11-02'));
    expect((await post({ meters: ['m1'] })).status).toBe(202);
  });

  it('without a key gets nothing', async () => {
    expect((await post({ meters: ['m1'] }, { authorization: 'Bearer wrong-key-0123456789' })).status).toBe(401);
    expect((await api('/jobs/none')).json.code).toBe('unknown_job');
  });

  it('by another method is told which is right', async () => {
    const { status, headers } = await api('/reads');
    expect([status, headers['allow']]).toEqual([405, 'POST']);
  });
});

it('OpenAPI describes the request, its header and the job', async () => {
  const { json } = await get(app, '/openapi.json', { authorization: '' });
  const { post: reads } = json.paths['/api/v1/reads'];
  expect(reads.parameters).toContainEqual(expect.objectContaining({ in: 'header', name: 'idempotency-key' }));
  expect(Object.keys(reads.responses)).toEqual(expect.arrayContaining(['202', '400', '404', '409', '429']));
  expect(Object.keys(json.paths)).toEqual(expect.arrayContaining(['/api/v1/jobs/{id}', '/api/v1/jobs/{id}/results']));
});
