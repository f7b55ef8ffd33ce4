import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { at } from '../gateway/domain/site.ts';
import { membersOf, outageOf, saveOutages } from '../support/outages.ts';
import { BEHIND, DATE, FailingSite } from './failing-site.ts';
import { get } from './seeded-app.ts';

const K1 = encodeURIComponent('freeze-day concentrator k1');

let site: FailingSite;
let seeded: FailingSite['seeded'];
beforeAll(async () => {
  site = await FailingSite.open();
  ({ seeded } = site);
});
afterAll(() => seeded.close());

describe('failures by cause', () => {
  test('are the same whether they are counted from the stores or from the kept days', async () => {
    const queries = [
      '&limit=1',
      '',
      '&reason=crc_error',
      '&consecutiveDaysMin=2&sort=consecutiveDays',
      '&area=a2',
      '&sort=id&kind=meter',
      '&groupBy=meter',
    ];
    const paths = queries.map((query) =>
      query.includes('groupBy=meter') ? `date=${DATE}` : `date=${DATE}&groupBy=cause${query}`,
    );
    const answers = async () => {
      const found: unknown[] = [];
      for (const path of paths) {
        const { asOf, ...json } = (await get(seeded.app, `/api/v1/collection/failures?${path}`)).json;
        expect(asOf).toBeTruthy();
        found.push(json);
      }
      return found;
    };
    const counted = await answers();
    expect(await seeded.figures.days('freeze-day')).toEqual([]);
    await site.settled();
    expect((await seeded.figures.days('freeze-day')).length).toBeGreaterThan(3);
    expect(await answers()).toEqual(counted);
  });

  test('are one row for the dead concentrator, although its meters gave different reasons', async () => {
    const { items, total } = await site.causes();
    expect(total).toBe(2);
    expect(items[0]).toMatchObject({
      caseId: 'freeze-day concentrator k1',
      ...{ kind: 'concentrator', id: 'k1', confidence: 'medium', state: 'open', meters: 19, expected: 20 },
      ...{ consecutiveDays: 2, consecutiveDaysMin: 1, since: '2026-11-18', lastGood: '2026-11-18' },
      reasons: [
        { reason: 'no_answer', count: 7 },
        { reason: 'crc_error', count: 6 },
        { reason: 'skipped_breaker', count: 6 },
      ],
      firstCause: { code: 'concentrator_offline' },
      nextStep: { en: 'when was it last online', zh: '集中器最后在线时间' },
      ...{ note: null, revision: 0 },
    });
    expect(items[0].rows).toHaveLength(10);
    expect(items[1]).toMatchObject({
      ...{ kind: 'meter', id: 'p1', confidence: 'high', meters: 1, expected: 1, lastGood: '2026-11-17' },
      ...{ lastBytes: 'd101', detail: 'error 02', attempts: 7, at: '2026-11-19T00:08:20.000+08:00' },
    });
  });

  test('open to all their meters, page by page', async () => {
    const path = `/api/v1/collection/failures/${K1}/meters?date=${DATE}`;
    const first = (await get(seeded.app, `${path}&limit=12`)).json;
    const rest = (await get(seeded.app, `${path}&limit=12&cursor=${first.nextCursor}`)).json;
    expect([first.total, first.items.length, rest.items.length, rest.nextCursor]).toEqual([19, 12, 7, null]);
    expect([...first.items, ...rest.items].map(({ meter: id }) => id)).toEqual(BEHIND.slice(0, 19));
    expect(first.items[0]).toMatchObject({ consecutiveDays: 2, since: '2026-11-18', lastGood: '2026-11-17' });
    expect((await get(seeded.app, `/api/v1/collection/failures/${K1}/meters?date=2026-11-17`)).json.items).toEqual([]);
  });

  test('are chosen by place, model, reason and kind, and keep the numbers of the whole cause', async () => {
    expect(await site.brief('&area=a1&reason=crc_error')).toEqual(['freeze-day concentrator k1 open']);
    expect((await site.causes('&reason=crc_error')).items[0].meters).toBe(19);
    expect(await site.brief('&model=dlt645-3ph')).toEqual(['freeze-day meter p1 open']);
    expect(await site.brief('&kind=collector')).toEqual([]);
    expect(await site.brief('&concentrator=k1&consecutiveDaysMin=3')).toEqual([]);
  });
});

describe('the state of a case', () => {
  const put = (body: object, etag?: string, path = K1) =>
    site.send('PUT', `/collection/failures/${path}`, body, etag === undefined ? {} : { 'if-match': etag });

  test('is dispatched by whoever has read it last, and stays so', async () => {
    const before = await get(seeded.app, `/api/v1/collection/failures/${K1}?date=${DATE}`);
    expect(before.json).toMatchObject({ cause: { meters: 19 }, note: null, revision: 0 });
    const given = await put(
      { state: 'dispatched', note: '查通信卡', assignee: '张工' },
      String(before.headers['etag']),
    );
    expect(given).toMatchObject({
      status: 200,
      json: { revision: 1, by: 'k', assignee: '张工' },
      headers: { etag: '"1"' },
    });
    expect(await site.brief('&state=dispatched')).toEqual(['freeze-day concentrator k1 dispatched']);
    expect((await site.causes()).items[0].note).toMatchObject({ note: '查通信卡', revision: 1 });
  });

  test.each([
    ['without If-Match', { state: 'open' }, undefined, 428, 'precondition_required'],
    ['with the ETag of before', { state: 'open' }, '"0"', 412, 'precondition_failed'],
    ['with a tag that was never given', { state: 'open' }, '*', 412, 'precondition_failed'],
    ['without a reason to exclude it', { state: 'excluded' }, '"1"', 400, 'bad_request'],
    ['with a state that is seen, not said', { state: 'solved' }, '"1"', 400, 'bad_request'],
    ['with something unknown', { state: 'open', colour: 'red' }, '"1"', 400, 'bad_request'],
  ])('is not changed %s', async (_what, body, etag, status, code) => {
    const refused = await put(body, etag);
    expect([refused.status, refused.json.code]).toEqual([status, code]);
    expect(await seeded.state.cases.get('freeze-day concentrator k1')).toMatchObject({ revision: 1 });
  });

  test.each([
    'nonsense',
    'freeze-day moon k1',
    'no-task concentrator k1',
    'freeze-day concentrator k9',
    'freeze-day outage o9',
  ])('is unknown for %s', async (name) => {
    const path = encodeURIComponent(name);
    expect((await put({ state: 'open' }, '"0"', path)).json).toMatchObject({ status: 404, code: 'unknown_case' });
    for (const each of [path, `${path}/meters`]) {
      const { json } = await get(seeded.app, `/api/v1/collection/failures/${each}?date=${DATE}`);
      expect(json).toMatchObject({ status: 404, code: 'unknown_case' });
    }
  });

  test('is retrying while a job reads one of its meters, unless somebody was sent', async () => {
    const job = (id: string) => ({
      ...{ id, kind: 'freeze-day' as const, items: [], slot: at(DATE), askedBy: 'k', idempotencyKey: null },
      ...{ requestDigest: id, createdAt: seeded.clock.now(), timeoutS: 60 },
    });
    await seeded.state.jobs.add(job('j1'), ['k03', 'p1']);
    await seeded.clock.advance(3000);
    expect(await site.brief()).toEqual(['freeze-day concentrator k1 dispatched', 'freeze-day meter p1 retrying']);
    expect(await site.brief('&state=retrying')).toEqual(['freeze-day meter p1 retrying']);
    const ended = {
      meterTime: null,
      values: null,
      detail: '',
      slot: at(DATE),
      readAt: 1,
      reason: 'no_answer' as const,
    };
    await seeded.state.jobs.end(
      ['k03', 'p1'].map((id) => ({ ...ended, job: 'j1', meter: id })),
      'collector',
      2,
    );
    await seeded.clock.advance(3000);
    expect(await site.brief('&state=open')).toEqual(['freeze-day meter p1 open']);
  });
});

test.each([
  ['unknown scope', '&area=a9', 'unknown_scope'],
  ['unknown concentrator', '&concentrator=k9', 'unknown_scope'],
  ['unknown state', '&state=gone', 'bad_request'],
  ['unknown order', '&sort=size', 'bad_request'],
  ['run that is too long', '&consecutiveDaysMin=32', 'bad_request'],
  ['date that does not exist', '&task=freeze-day', 'bad_date'],
  ['unknown task', '&task=none', 'unknown_task'],
])('an %s is refused', async (_what, query, code) => {
  const date = code === 'bad_date' ? '2026-02-30' : DATE;
  const { json } = await get(seeded.app, `/api/v1/collection/failures?date=${date}&groupBy=cause${query}`);
  expect(json.code).toBe(code);
});

test('what only time and outages change is told to the next who asks, and nobody waits for it', async () => {
  await site.settled();
  const before = await site.brief();
  const found = {
    id: 'late-found',
    node: 'meter',
    nodeId: 'k01',
    area: 'a1',
    startedAt: at(DATE) - 3_600_000,
  } as const;
  await saveOutages(seeded.state, outageOf({ ...found, members: membersOf(['k01'], found.startedAt) }));
  expect(await site.brief()).toEqual(before);
  await seeded.clock.advance(3000);
  expect(await site.brief()).toEqual(before);
  await vi.waitFor(async () => expect(await site.brief()).toContain('freeze-day outage late-found open'));
  await seeded.clock.advance(60_000);
  const restoredAt = at(DATE) - 3_500_000;
  const members = membersOf(['k01'], found.startedAt, restoredAt);
  await saveOutages(seeded.state, outageOf({ ...found, restoredAt, revision: 2, members }));
  // After a minute without a question the old answer is too old to be given.
  expect(await site.brief()).toEqual(before);
});
