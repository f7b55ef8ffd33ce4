import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BEHIND, DATE, FailingSite } from './failing-site.ts';
import { KEY, seededApp } from './seeded-app.ts';

let seeded: Awaited<ReturnType<typeof seededApp>>;

beforeAll(async () => {
  seeded = await seededApp();
});
afterAll(() => seeded.close());

// biome-ignore lint/suspicious/noExplicitAny: the shape is what each test is about
async function retry(payload: object, headers: Record<string, string> = {}): Promise<{ status: number; json: any }> {
  const response = await seeded.app.inject({
    method: 'POST',
    url: '/api/v1/collection/retries',
    headers: { authorization: `Bearer ${KEY}`, ...headers },
    payload,
  });
  return { status: response.statusCode, json: response.json() };
}

describe('a retry by scope', () => {
  it('takes what has no value, names what cannot be read again, and says how long it will take', async () => {
    const { status, json } = await retry({ scope: { district: 'd1' } }, { 'idempotency-key': 'n1' });
    expect(status).toBe(202);
    expect(json).toMatchObject({ task: 'freeze-day', state: 'queued', slot: '2026-11-20T00:00:00.000+08:00' });
    expect(json.counts.queried).toBe(json.counts.pending);
    expect(json.counts.queried).toBeGreaterThan(0);
    expect(json.estimateS).toBeGreaterThan(0);
    const meters = await seeded.state.jobs.openMeters(json.id);
    // It failed with a reason; that of 100000000001 was answered.
    expect(meters).toContain('100000000004');
    expect(meters).not.toContain('100000000001');
    expect(json.rejected).toContainEqual({ meter: '100000000009', why: expect.stringContaining('override') });
    expect(json.counts.rejected).toBe(json.rejected.length);

    expect((await retry({ scope: { district: 'd1' } }, { 'idempotency-key': 'n1' })).json.id).toBe(json.id);
    expect((await retry({ scope: { line: 'J1' } }, { 'idempotency-key': 'n1' })).json.code).toBe(
      'idempotency_conflict',
    );
    const again = await retry({ scope: { meters: ['100000000004'] } });
    expect(again.json).toMatchObject({ state: 'done', counts: { queried: 0, rejected: 1 } });
    expect(again.json.rejected[0].why).toContain('already');
  });

  it.each([
    [{ scope: {} }, 400, 'bad_request'],
    [{ scope: { area: 'nowhere' } }, 404, 'unknown_scope'],
    [{ scope: { concentrator: 'nowhere' } }, 404, 'unknown_scope'],
    [{ scope: { meters: ['nobody'] } }, 404, 'unknown_meter'],
    [{ scope: { district: 'd1' }, date: '2026-02-30' }, 400, 'bad_date'],
    [{ scope: { district: 'd1' }, date: '2026-11-21' }, 400, 'bad_date'],
    [{ scope: { district: 'd1' }, task: 'instant' }, 400, 'bad_request'],
    [{ scope: { district: 'd1' }, task: 'none' }, 404, 'unknown_task'],
  ])('of %j is refused with its problem, and nothing is asked for', async (body, status, code) => {
    const before = await seeded.state.jobs.openReads();
    const answer = await retry(body);
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect(await seeded.state.jobs.openReads()).toBe(before);
  });
});

describe('a retry of a kept day', () => {
  it('takes what has no value by the kept states, as by those of the stores, which it does not read', async () => {
    const site = await FailingSite.open();
    const { readings, state } = site.seeded;
    const retried = async (scope: object) => {
      const { json } = await site.send('POST', '/collection/retries', { date: DATE, scope });
      const meters = await state.jobs.openMeters(json.id);
      const results = meters.map((meter) => ({
        ...{ job: json.id, meter, slot: 0, meterTime: null, readAt: 0, values: null, detail: '' },
        reason: 'no_answer' as const,
      }));
      await state.jobs.end(results, 'centre', site.seeded.clock.now());
      return [meters, json.estimateS];
    };
    const scopes = [{ concentrator: 'k1' }, { district: 'd1' }, { line: 'l2', meters: ['p1', 'p2', 'k01'] }];
    const marks = vi.spyOn(readings, 'marks');
    const ofStores = [];
    for (const scope of scopes) ofStores.push(await retried(scope));
    expect(marks).toHaveBeenCalledTimes(scopes.length);
    await site.settled();
    const ofKept = [];
    for (const scope of scopes) ofKept.push(await retried(scope));
    expect(marks).toHaveBeenCalledTimes(scopes.length);
    expect(ofKept).toEqual(ofStores);
    expect(ofKept[0]?.[0]).toEqual(BEHIND.slice(0, 19));
    expect(ofKept[2]?.[0]).toEqual(['p1']);
    await site.seeded.close();
  });
});
