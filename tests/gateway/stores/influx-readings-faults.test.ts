import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openInfluxReadingStore } from '#stores/influx-readings/store.ts';
import type { NewReadings, Places, ReadingStore } from '#stores/reading-store.ts';
import { influxSettings } from '../../support/influx-settings.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { InfluxStub, json, type Reaction } from './influx-stub.ts';
import { allStored, batchOf, SLOT } from './reading-samples.ts';

const PLACES: Places = { placeOf: () => ({ district: 'd1', area: 'a1' }), keepingOf: () => 'curve' };
const ONE = batchOf('profile', ['energy_import_wh'], [{ values: [1] }]);
const STORED = { stored: 1, repeated: 0, conflicts: [] };

function many(count: number): NewReadings {
  return batchOf(
    'profile',
    ['energy_import_wh'],
    Array.from({ length: count }, (_, i) => ({ meter: `m${i}`, values: [i] })),
  );
}

describe('an InfluxDB that misbehaves', () => {
  let stub: InfluxStub;
  let clock: ManualClock;
  let store: ReadingStore;
  beforeEach(async () => {
    stub = await InfluxStub.start();
    clock = new ManualClock(SLOT);
    store = openInfluxReadingStore(influxSettings({ influxUrl: stub.url }), { places: PLACES, clock });
  });
  afterEach(async () => {
    await stub.stop();
    await store.close();
  });

  /** Once for a write; afterwards the stub does as it does by itself. */
  const onWrite = (reaction: Reaction): void => {
    let done = false;
    stub.react = (request, response) => {
      if (done || !request.path.endsWith('/write')) return false;
      done = true;
      return reaction(request, response) ?? true;
    };
  };
  const failed = (batch: NewReadings = ONE): Promise<unknown> => store.write([batch]).catch((error: unknown) => error);

  test.each([429, 500, 502, 503])(
    '%i is tried again by the caller, and the same points are sent again',
    async (status) => {
      onWrite((_request, response) => json(response, status, { error: 'busy' }));
      expect(await failed()).toMatchObject({ code: 'store_busy', next: 'retry', context: {} });
      expect(await store.write([ONE])).toEqual(STORED);
      expect(stub.writes[1]?.body).toBe(stub.writes[0]?.body);
    },
  );

  test('after a failure the keys are asked for once again, and not one by one', async () => {
    onWrite((_request, response) => json(response, 503, { error: 'busy' }));
    expect(await failed(many(300))).toMatchObject({ next: 'retry' });
    expect(await store.write([many(300)])).toMatchObject({ stored: 300 });
    // In each of two databases the newest slot, then the keys at the slot; and two writes.
    expect(stub.requests).toHaveLength(6);
  });

  test.each([
    ['3', 3000],
    [new Date(SLOT + 90_000).toUTCString(), 90_000],
    ['86400', 600_000],
    ['soon', undefined],
  ])('Retry-After %s is told in milliseconds', async (header, retryAfterMs) => {
    onWrite((_request, response) => json(response, 503, { error: 'busy' }, { 'retry-after': header }));
    const context = retryAfterMs === undefined ? {} : { retryAfterMs };
    expect(await failed()).toMatchObject({ next: 'retry', context });
  });

  test('a server that hangs is given up at the deadline, and its late answer changes nothing', async () => {
    let late = (): void => {};
    const taken = new Promise<void>((resolve) => {
      onWrite((_request, response) => {
        late = () => void response.writeHead(204).end();
        resolve();
        return true;
      });
    });
    const writing = failed();
    await taken;
    await clock.advance(30_000);
    expect(await writing).toMatchObject({ code: 'store_unreachable', message: expect.stringMatching(/within 30 s/) });
    late();
    expect(await store.write([ONE])).toEqual(STORED);
  });

  test('an answer that drips is given up at the deadline of the whole exchange', async () => {
    let dripping: NodeJS.Timeout | undefined;
    const begun = new Promise<void>((resolve) => {
      stub.react = (_request, response) => {
        response.writeHead(200);
        dripping = setInterval(() => response.write(' '), 5);
        resolve();
        return true;
      };
    });
    const reading = store.ofMeter('profile', 'm1', [SLOT]).catch((error: unknown) => error);
    await begun;
    await clock.advance(30_000);
    expect(await reading).toMatchObject({ code: 'store_unreachable', next: 'retry' });
    clearInterval(dripping);
  });

  test('after a write of unknown outcome the server is asked what it has: equal is a repetition, other is a conflict', async () => {
    onWrite((_request, response) => {
      response.destroy();
      return true;
    });
    expect(await failed()).toMatchObject({ code: 'store_unreachable', next: 'retry' });
    const point = { time: SLOT, energy_import_wh: 1, meter: 'm1', quality: 'valid', read_at: SLOT + 21_000 };
    stub.react = (request, response) => {
      if (request.path !== '/query' || request.url.searchParams.get('db') !== 'meterway_curve') return false;
      const series = [{ name: 'reading', columns: Object.keys(point), values: [Object.values(point)] }];
      return json(response, 200, { results: [{ statement_id: 0, series }] });
    };
    expect(await store.write([ONE])).toEqual({ stored: 0, repeated: 1, conflicts: [] });
    const other = batchOf('profile', ['energy_import_wh'], [{ values: [2] }]);
    expect(await store.write([other])).toMatchObject({
      stored: 0,
      conflicts: [{ refused: { values: { energy_import_wh: 2 } } }],
    });
    expect(stub.writes).toHaveLength(1);
  });

  test('one poison point among 5,000 comes back with the reason of the server; the others are stored', async () => {
    const good = new Set<string>();
    stub.react = (request, response) => {
      if (!request.path.endsWith('/write')) return false;
      const lines = request.body.trimEnd().split('\n');
      // As InfluxDB does it: the good ones are stored, one reason is named.
      for (const line of lines) if (!line.includes('meter=m3777,')) good.add(line);
      if (!request.body.includes('meter=m3777,')) return false;
      return json(response, 400, { error: 'partial write: field type conflict: no float dropped=1' });
    };
    const batch = many(5000);
    expect(await store.write([batch])).toEqual({
      stored: 4999,
      repeated: 0,
      conflicts: [],
      rejected: [
        {
          task: 'profile',
          reading: allStored(batch)[3777],
          why: 'partial write: field type conflict: no float dropped=1',
        },
      ],
    });
    expect(good.size).toBe(4999);
    expect(stub.writes.length).toBeLessThan(30);
  });

  test('when the server says that all points of a request were dropped, they are not tried one by one', async () => {
    const error = 'partial write: points beyond retention policy dropped=100';
    onWrite((_request, response) => json(response, 400, { error }));
    const result = await store.write([many(100)]);
    expect(result).toMatchObject({ stored: 0 });
    expect(result.rejected).toHaveLength(100);
    expect(stub.writes).toHaveLength(1);
  });

  test('a rejected key is free: its next reading is sent', async () => {
    onWrite((_request, response) => json(response, 422, { message: 'no' }));
    const twice = batchOf('profile', ['energy_import_wh'], [{ values: [1] }]);
    expect(await store.write([ONE])).toMatchObject({ stored: 0, rejected: [{ why: 'no' }] });
    expect(await store.write([twice])).toEqual(STORED);
  });

  test('a refusal that names nothing of the lines makes readings wait instead of setting them aside', async () => {
    stub.react = (request, response) =>
      request.path.endsWith('/write') &&
      json(response, 400, { error: 'The plain HTTP request was sent to HTTPS port' });
    expect(await failed(many(300))).toMatchObject({
      code: 'store_refuses',
      next: 'retry',
      message: expect.stringMatching(/HTTPS port; .*influxUrl/),
    });
    expect(stub.writes.length).toBeLessThan(30);
    stub.react = () => false;
    expect(await store.write([many(300)])).toMatchObject({ stored: 300 });
  });

  test('rows that a refusal of unknown kind singles out are set aside, as others of the same request are taken', async () => {
    const poisoned = (body: string): boolean => /meter=m[0-4],/.test(body);
    stub.react = (request, response) =>
      request.path.endsWith('/write') && poisoned(request.body) && json(response, 400, { error: 'no' });
    const result = await store.write([many(300)]);
    expect(result).toMatchObject({ stored: 295 });
    expect(result.rejected).toHaveLength(5);
  });

  test('questions are never packed, which 1.x does not undo; writes are, unless the server is on this machine', async () => {
    // An address of this machine that does not look like one.
    const far = openInfluxReadingStore(influxSettings({ influxUrl: stub.url.replace('127.0.0.1', '0.0.0.0') }), {
      places: PLACES,
      clock,
    });
    const meters = many(300).rows.map(({ meter }) => meter);
    await far.ofSlot('profile', SLOT, meters);
    expect(stub.requests.length).toBeGreaterThan(0);
    expect(stub.requests.filter(({ headers }) => headers['content-encoding'] !== undefined)).toEqual([]);
    expect(await far.write([many(300)])).toMatchObject({ stored: 300 });
    expect(stub.writes.map(({ headers }) => headers['content-encoding'])).toEqual(['gzip']);
    await far.close();
  });

  test('a partial success (201) is no success', async () => {
    onWrite((_request, response) => json(response, 201, { error: 'partial' }));
    expect(await store.write([ONE])).toMatchObject({ stored: 0, rejected: [{}] });
  });

  test('200 to a write, as any other web server may say it, is no success', async () => {
    onWrite((_request, response) => json(response, 200, {}));
    expect(await failed()).toMatchObject({ code: 'store_busy', next: 'retry' });
  });

  test('a request that is too large is sent in halves', async () => {
    stub.react = (request, response) =>
      request.path.endsWith('/write') && request.body.length > 20_000
        ? json(response, 413, { error: 'Request Entity Too Large' })
        : false;
    expect(await store.write([many(1000)])).toEqual({ stored: 1000, repeated: 0, conflicts: [] });
  });

  test.each([
    [401, 'store_denied', /influxPassword/],
    [403, 'store_denied', /influxPassword/],
    [404, 'store_missing', /meterway store init/],
  ])('%i waits for the operator and says what to do', async (status, code, remedy) => {
    onWrite((_request, response) => json(response, status, { error: 'no' }));
    expect(await failed()).toMatchObject({ code, next: 'retry', message: expect.stringMatching(remedy) });
  });

  test('a limit of the server makes readings wait instead of setting them aside', async () => {
    const error = 'partial write: max-values-per-tag limit exceeded (100000/100000) dropped=1';
    onWrite((_request, response) => json(response, 400, { error }));
    expect(await failed()).toMatchObject({ code: 'store_limited', next: 'retry' });
    expect(await store.write([ONE])).toEqual(STORED);
  });

  test.each([
    '<html>hello</html>',
    '42',
    'null',
    '',
    '{}',
    '{"results":[',
    '{"results":[{"series":[{"columns":null}]}]}',
  ])('an answer that is not what /query says is told as such: %s', async (body) => {
    stub.react = (_request, response) => {
      response.writeHead(200).end(body);
      return true;
    };
    await expect(store.ofMeter('profile', 'm1', [SLOT])).rejects.toMatchObject({
      code: 'store_answer_unreadable',
      next: 'retry',
    });
  });

  test('an error within an answer of success is an error', async () => {
    stub.react = (_request, response) => json(response, 200, { results: [{ error: 'timeout' }] });
    await expect(store.marks('profile', [SLOT])).rejects.toMatchObject({ next: 'retry' });
  });

  test('nothing is sent when anything is wrong with the batches', async () => {
    const wrong = batchOf('profile', ['energy_import_wh'], [{ slot: 9_223_372_036_855, values: [1] }]);
    await expect(store.write([ONE, wrong])).rejects.toMatchObject({ code: 'store_refused', next: 'skip' });
    expect(stub.requests).toEqual([]);
  });
});
