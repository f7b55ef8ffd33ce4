import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at } from '../gateway/domain/site.ts';
import { BEHIND, DATE, FailingSite } from './failing-site.ts';
import { get } from './seeded-app.ts';

let site: FailingSite;
let seeded: FailingSite['seeded'];
beforeAll(async () => {
  site = await FailingSite.open();
  ({ seeded } = site);
});
afterAll(() => seeded.close());

describe('an exclusion by hand', () => {
  const body = { scope: { kind: 'meter', id: 'p1' }, from: DATE, to: DATE, reason: '现场改造' };
  const post = (over: object, key?: string) =>
    site.send(
      'POST',
      '/collection/exclusions',
      { ...body, ...over },
      key === undefined ? {} : { 'idempotency-key': key },
    );

  test.each([
    ['an area that is not there', { scope: { kind: 'area', id: 'a9' } }, 404, 'unknown_scope'],
    ['a meter that is not there', { scope: { kind: 'meter', id: 'k1' } }, 404, 'unknown_scope'],
    ['another kind of thing', { scope: { kind: 'feeder', id: 'f1' } }, 400, 'bad_request'],
    ['a term that ends before it begins', { to: '2026-11-18' }, 400, 'bad_range'],
    ['a date that does not exist', { from: '2026-02-30' }, 400, 'bad_date'],
    ['no reason', { reason: '  ' }, 400, 'bad_request'],
  ])('of %s is refused', async (_what, over, status, code) => {
    const refused = await post(over);
    expect([refused.status, refused.json.code]).toEqual([status, code]);
    expect(await seeded.state.exclusions.list()).toEqual([]);
  });

  test('takes its meter out of the failures, shows it when asked, and gives it back when it is ended', async () => {
    const made = await post({}, 'once');
    expect([made.status, (await post({}, 'once')).json]).toEqual([201, made.json]);
    expect((await post({ reason: 'another' }, 'once')).json).toMatchObject({
      status: 409,
      code: 'idempotency_conflict',
    });
    await site.settled();
    expect(await site.brief()).toEqual(['freeze-day concentrator k1 open']);
    expect(await site.brief('&state=excluded')).toEqual(['freeze-day meter p1 excluded']);
    const counted = await get(seeded.app, '/api/v1/collection/summary?date=2026-11-19');
    expect(counted.json.total).toMatchObject({ excluded: { excluded_manual: 1 }, failed: 19 });
    const listed = (await get(seeded.app, '/api/v1/collection/exclusions?active=true')).json;
    expect(listed).toMatchObject({
      total: 1,
      items: [{ id: made.json.id, reason: '现场改造', by: 'k', endedAt: null }],
    });
    const ended = await site.send('DELETE', `/collection/exclusions/${made.json.id}`);
    expect([ended.status, ended.json.endedBy]).toEqual([200, 'k']);
    expect((await site.send('DELETE', `/collection/exclusions/${made.json.id}`)).json).toEqual(ended.json);
    expect((await site.send('DELETE', '/collection/exclusions/none')).json).toMatchObject({
      code: 'unknown_exclusion',
    });
    await site.settled();
    expect(await site.brief()).toEqual(['freeze-day concentrator k1 open', 'freeze-day meter p1 open']);
    expect((await get(seeded.app, '/api/v1/collection/exclusions?active=true')).json.items).toEqual([]);
  });

  test('is listed page by page, newest first', async () => {
    for (const reason of ['b', 'c', 'd']) {
      await seeded.clock.advance(10);
      await post({ reason, from: '2027-01-01', to: null });
    }
    const path = '/api/v1/collection/exclusions';
    const first = (await get(seeded.app, `${path}?limit=3`)).json;
    const rest = (await get(seeded.app, `${path}?limit=3&cursor=${first.nextCursor}`)).json;
    expect([...first.items, ...rest.items].map(({ reason }) => reason)).toEqual(['d', 'c', 'b', '现场改造']);
    expect(rest.nextCursor).toBeNull();
    const other = await get(seeded.app, `${path}?active=true&limit=3&cursor=${first.nextCursor}`);
    expect(other.json.code).toBe('bad_cursor');
  });
});

describe('a failure that is over', () => {
  test('is solved when all its meters have given a good value, and not before', async () => {
    await seeded.state.dayReports.add({
      ...{ task: 'freeze-day', date: DATE, closedAt: at('2026-11-20') },
      codes: ['answered first', 'failed device_error', 'failed concentrator_offline'],
      cells: new Uint8Array([...BEHIND.map((id) => (id === 'k20' ? 0 : 2)), 1, 0, 0, 0, 0]),
    });
    await site.settled();
    expect(await site.brief('&state=solved')).toEqual([]);
    await site.read(DATE, ['p1'], at('2026-11-20', '09:00'));
    await site.settled();
    expect(await site.brief('&state=solved')).toEqual(['freeze-day meter p1 solved']);
    expect(await site.brief()).toEqual(['freeze-day concentrator k1 open']);
    await site.read(DATE, BEHIND.slice(0, 18), at('2026-11-20', '09:00'));
    await site.settled();
    expect(await site.brief()).toEqual(['freeze-day meter k19 open']);
    expect(await site.brief('&state=solved')).toEqual([
      'freeze-day meter k01 solved',
      'freeze-day meter k02 solved',
      'freeze-day meter k03 solved',
      'freeze-day meter k04 solved',
      'freeze-day meter k05 solved',
      'freeze-day meter p1 solved',
    ]);
    await site.read(DATE, ['k19'], at('2026-11-20', '09:30'));
    await site.settled(300);
    expect((await site.brief('&state=solved'))[0]).toBe('freeze-day concentrator k1 solved');
    expect(await site.brief()).toEqual([]);
  });
});

test('what the codes mean is listed in both languages, with what to do first', async () => {
  const { items } = (await get(seeded.app, '/api/v1/code-lists/failure-reasons')).json;
  expect(items.map(({ code }: { code: string }) => code)).toContain('excluded_manual');
  expect(items[0]).toMatchObject({
    ...{ code: 'no_answer', excluded: false, text: { zh: '电能表无应答' } },
    nextStep: { en: 'do the other meters of the line answer' },
  });
});
