import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewCentreEvent } from '#contract/centre-event.ts';
import { centreEvent } from '../gateway/stores/state-samples.ts';
import { get, KEY, NOW, seededApp } from './seeded-app.ts';

let seeded: Awaited<ReturnType<typeof seededApp>>;
let before = 0;
beforeAll(async () => {
  seeded = await seededApp();
  // The seeded site has told something already.
  before = (await seeded.state.events.range()).newest;
});
afterAll(() => seeded.close());

const tell = (...events: Partial<NewCentreEvent>[]) =>
  seeded.state.events.tell(
    events.map((event) => centreEvent(event)),
    NOW,
  );
const changes = (query: string) => get(seeded.app, `/api/v1/changes?${query}`);

describe('the changes', () => {
  beforeAll(() =>
    tell(
      { subject: 'a', district: 'd1' },
      { subject: 'b', district: 'd2', type: 'outage.restored.v1' },
      { subject: 'c', district: null },
    ),
  );

  it('are the events after a position, oldest first, with the position to go on from', async () => {
    const { json } = await changes(`after=${before}`);
    expect(json).toMatchObject({ hasMore: false, nextCursor: String(before + 3), simulated: true, warnings: [] });
    expect(json.items.map(({ subject }: { subject: string }) => subject)).toEqual(['a', 'b', 'c']);
    expect(json.items[1]).toMatchObject({
      specversion: '1.0',
      type: 'outage.restored.v1',
      source: `meterway/${encodeURIComponent('测试站')}`,
      district: 'd2',
      position: String(before + 2),
    });
    expect(json.items[2]).not.toHaveProperty('district');
    expect((await changes(`after=${json.nextCursor}`)).json).toMatchObject({ items: [], nextCursor: json.nextCursor });
  });

  it('come in pages that together are all of them', async () => {
    const subjects: string[] = [];
    let after = String(before);
    for (let hasMore = true; hasMore; ) {
      const { json } = await changes(`after=${after}&limit=2`);
      subjects.push(...json.items.map((item: { subject: string }) => item.subject));
      ({ hasMore, nextCursor: after } = json);
    }
    expect(subjects).toEqual(['a', 'b', 'c']);
  });

  it('are filtered by type, district and subject, and the position goes on all the same', async () => {
    const found = async (query: string) => {
      const { json } = await changes(`after=${before}&${query}`);
      return [json.items.map(({ subject }: { subject: string }) => subject), json.nextCursor];
    };
    const end = String(before + 3);
    expect(await found('district=d1')).toEqual([['a', 'c'], end]);
    expect(await found('types=outage.restored.v1,anomaly.opened.v1')).toEqual([['b'], end]);
    expect(await found('subject=c')).toEqual([['c'], end]);
    expect(await found('subject=none')).toEqual([[], end]);
  });

  it.each([
    ['types=outage.exploded.v1', 400, 'bad_request'],
    ['after=x', 400, 'bad_request'],
    ['after=999999', 400, 'bad_cursor'],
    ['limit=0', 400, 'bad_request'],
  ])('are refused for %s', async (query, status, code) => {
    expect(await changes(query)).toMatchObject({ status, json: { code } });
  });

  it('say so when some of them are deleted already', async () => {
    const other = await seededApp();
    const told = (subject: string, at: number) => other.state.events.tell([centreEvent({ subject })], at);
    await told('a', NOW - 10);
    await told('b', NOW);
    await other.state.events.forgetBefore(NOW);
    const { json } = await get(other.app, '/api/v1/changes?after=0');
    expect(json.warnings).toHaveLength(1);
    expect(json.items).toMatchObject([{ subject: 'b' }]);
    expect((await get(other.app, '/api/v1/changes')).json).toMatchObject({ warnings: [], items: [{ subject: 'b' }] });
    await other.close();
  });
});

describe('the stream', () => {
  it('goes on after Last-Event-ID, lets no proxy hold it back, and ends when the application closes', async () => {
    const own = await seededApp();
    const url = await own.app.listen({ host: '127.0.0.1', port: 0 });
    await own.state.events.tell([centreEvent({ subject: 'x' }), centreEvent({ subject: 'y' })], NOW);
    const { newest } = await own.state.events.range();
    const authorization = `Bearer ${KEY}`;
    const byHeader = await fetch(`${url}/api/v1/events`, {
      headers: { authorization, 'last-event-id': String(newest - 2) },
    });
    const byQuery = await fetch(`${url}/api/v1/events?lastEventId=${newest - 1}`, { headers: { authorization } });
    expect(byHeader.status).toBe(200);
    expect(Object.fromEntries(byHeader.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    const texts = Promise.all([byHeader.text(), byQuery.text()]);
    await expect
      .poll(async () => (await own.app.inject('/metrics')).body)
      .toContain('meterway_api_event_streams{process="api"} 2');
    await own.close();
    const subjects = (await texts).map((text) =>
      [...text.matchAll(/"subject":"(\w+)"/g)].map(([, subject]) => subject),
    );
    expect(subjects).toEqual([['x', 'y'], ['y']]);
  });

  it.each([
    ['types=none', 400],
    ['lastEventId=x', 400],
    ['district=a&district=b', 400],
  ])('is refused for %s before it begins', async (query, status) => {
    expect((await get(seeded.app, `/api/v1/events?${query}`)).status).toBe(status);
  });

  it('is for those with a key', async () => {
    expect((await seeded.app.inject('/api/v1/events')).statusCode).toBe(401);
  });
});
