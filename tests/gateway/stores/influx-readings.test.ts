import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkInflux } from '#stores/influx-readings/check.ts';
import { initInflux } from '#stores/influx-readings/init.ts';
import { runsOf } from '#stores/influx-readings/slot-runs.ts';
import { openInfluxReadingStore } from '#stores/influx-readings/store.ts';
import { watchInflux } from '#stores/influx-readings/watch.ts';
import type { Places } from '#stores/reading-store.ts';
import { influxSettings } from '../../support/influx-settings.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { InfluxStub, json, type StubRequest } from './influx-stub.ts';
import { batchOf, QUARTER_MS, SLOT } from './reading-samples.ts';

const PLACES: Places = {
  placeOf: (meter) => (meter === 'lost' ? null : { district: 'd1', area: '' }),
  keepingOf: (task) => (task === 'freeze-day' ? 'freeze' : 'curve'),
};

describe('requests to InfluxDB', () => {
  let stub: InfluxStub;
  beforeEach(async () => {
    stub = await InfluxStub.start();
  });
  afterEach(() => stub.stop());

  const versions = [
    ['1', '/write?db=mw_curve&precision=ms', `Basic ${Buffer.from('u:p:w').toString('base64')}`],
    ['2', '/api/v2/write?org=my%20org&bucket=mw_curve&precision=ms', 'Token t0ken'],
    ['3', '/api/v2/write?bucket=mw_curve&precision=ms', 'Bearer t0ken'],
  ] as const;
  const settingsOf = (influxVersion: '1' | '2' | '3') =>
    influxSettings({
      influxUrl: `${stub.url}/prefix/`,
      influxVersion,
      influxDatabase: 'mw',
      influxOrg: 'my org',
      influxUsername: 'u',
      influxPassword: 'p:w',
      influxToken: 't0ken',
    });

  test.each(versions)('version %s is written and read at its own addresses', async (version, path, authorization) => {
    const store = openInfluxReadingStore(settingsOf(version), { places: PLACES });
    await store.write([batchOf('profile', ['energy_import_wh'], [{ values: [1] }])]);
    await store.ofMeter('profile', 'm-1', [SLOT]);
    await store.close();
    const [write] = stub.writes;
    expect(`${write?.url.pathname}${write?.url.search}`).toBe(`/prefix${path}`);
    for (const request of stub.requests) expect(request.headers.authorization).toBe(authorization);
    expect(stub.requests.some(({ url }) => /p:w|t0ken/.test(decodeURIComponent(url.href)))).toBe(false);
    const query = stub.requests.at(-1);
    const at = new Date(SLOT).toISOString();
    expect(query?.path).toBe('/prefix/query');
    expect(query?.url.searchParams.get('epoch')).toBe('ms');
    if (version === '3') {
      expect(query?.form.get('params')).toBeNull();
      expect(query?.form.get('q')).toBe(
        `SELECT * FROM "reading" WHERE "task" = 'profile' AND "meter" = 'm-1' AND time >= '${at}' AND time <= '${at}'`,
      );
    } else {
      expect(JSON.parse(query?.form.get('params') ?? '')).toEqual({ task: 'profile', meter: 'm-1', from: at, to: at });
      expect(query?.form.get('q')).not.toMatch(/profile|m-1|2026/);
    }
  });

  test('a line has tags in order and no empty ones, integers as integers, decimals as they are rounded', async () => {
    const store = openInfluxReadingStore(influxSettings({ influxUrl: stub.url }), { places: PLACES });
    const quantities = ['energy_import_wh', 'voltage_a_v', 'clock_offset_s', 'power_factor_total'] as const;
    await store.write([
      batchOf('freeze-day', quantities, [
        { meter: 'm1', values: [1e12, 230.456, -3, 1] },
        { meter: 'm2', values: [null, -0.004, -0.2, null], meterTime: null, rules: ['a,"b"\\'], quality: 'suspect' },
        { meter: 'lost', values: [null, null, null, null] },
      ]),
    ]);
    await store.close();
    const tail = `meter_time=${SLOT + 7}i,read_at=${SLOT + 21_000}i`;
    expect(stub.lines).toEqual([
      `reading,district=d1,meter=m1,task=freeze-day energy_import_wh=1000000000000i,voltage_a_v=230.46,clock_offset_s=-3i,power_factor_total=1,${tail},quality="valid" ${SLOT}`,
      String.raw`reading,district=d1,meter=m2,task=freeze-day voltage_a_v=0,clock_offset_s=0i,read_at=${SLOT + 21_000}i,quality="suspect",rules="[\"a,\\\"b\\\"\\\\\"]" ${SLOT}`,
      `reading,meter=lost,task=freeze-day ${tail},quality="valid" ${SLOT}`,
    ]);
  });

  test('fresh readings of new slots cost one question for their task, however many come', async () => {
    const store = openInfluxReadingStore(influxSettings({ influxUrl: stub.url }), { places: PLACES });
    for (let i = 0; i < 20; i++) {
      await store.write([batchOf('profile', ['energy_import_wh'], [{ slot: SLOT + i * QUARTER_MS, values: [i] }])]);
    }
    await store.close();
    expect(stub.writes).toHaveLength(20);
    // One in each database.
    expect(stub.requests).toHaveLength(22);
  });

  test('a store for reading refuses to write, and asks nothing for ids that are none', async () => {
    const store = openInfluxReadingStore(influxSettings({ influxUrl: stub.url }));
    await expect(store.write([])).rejects.toMatchObject({ code: 'store_read_only' });
    const attempt = `m' OR 1=1; DROP DATABASE "meterway"`;
    expect(await store.ofMeter('profile', attempt, [SLOT])).toEqual([]);
    expect(await store.ofMeter(attempt, 'm1', [SLOT])).toEqual([]);
    expect(await store.ofSlot('profile', SLOT, [attempt])).toEqual([]);
    expect(await store.marks(attempt, [SLOT])).toEqual([]);
    expect(await store.ofMeter('profile', 'm1', [Number.NaN, 2 ** 60])).toEqual([]);
    expect(stub.requests).toEqual([]);
    await store.close();
  });

  test('an address that holds a password or is none is refused without being printed', () => {
    for (const influxUrl of ['http://u:secret@host:1', 'secret', 'ftp://secret/']) {
      expect(() => openInfluxReadingStore(influxSettings({ influxUrl }))).toThrow(/^cannot use the setting influxUrl/);
      expect(() => openInfluxReadingStore(influxSettings({ influxUrl }))).not.toThrow(/secret/);
    }
  });

  test('version 2 is set up with buckets, retention and mappings, once', async () => {
    const buckets: { id: string; name: string; retentionRules: unknown }[] = [];
    const mappings: { database: string; default: boolean; bucketID: string }[] = [];
    const manners: Record<string, (request: StubRequest, response: ServerResponse) => true> = {
      'GET /api/v2/orgs': (_, response) => json(response, 200, { orgs: [{ id: 'o1' }] }),
      'GET /api/v2/buckets': ({ url }, response) => {
        const found = buckets.filter(({ name }) => name === url.searchParams.get('name'));
        return found.length > 0 ? json(response, 200, { buckets: found }) : json(response, 404, { code: 'not found' });
      },
      'POST /api/v2/buckets': ({ body }, response) => {
        buckets.push({ ...JSON.parse(body), id: `b${buckets.length}` });
        return json(response, 201, {});
      },
      'PATCH /api/v2/buckets/b0': ({ body }, response) => {
        Object.assign(buckets[0] ?? {}, JSON.parse(body));
        return json(response, 200, {});
      },
      'GET /api/v2/dbrps': ({ url }, response) =>
        json(response, 200, { content: mappings.filter(({ database }) => database === url.searchParams.get('db')) }),
      'POST /api/v2/dbrps': ({ body }, response) => {
        mappings.push(JSON.parse(body));
        return json(response, 201, {});
      },
    };
    stub.react = (request, response) => manners[`${request.method} ${request.path}`]?.(request, response);
    const settings = influxSettings({ influxUrl: stub.url, influxVersion: '2', keepCurveMonths: 13, influxToken: 't' });
    expect((await initInflux(settings)).map(({ done }) => done)).toEqual(Array(4).fill('created'));
    expect((await initInflux(settings)).map(({ done }) => done)).toEqual(Array(2).fill('there'));
    expect((await initInflux({ ...settings, keepFreezeMonths: 60 })).map(({ done }) => done)).toEqual([
      'changed',
      'there',
    ]);
    const expire = (days: number, shardDays: number) => [
      { type: 'expire', everySeconds: days * 86_400, shardGroupDurationSeconds: shardDays * 86_400 },
    ];
    expect(buckets).toMatchObject([
      { name: 'meterway', orgID: 'o1', retentionRules: expire(1860, 30) },
      { name: 'meterway_curve', retentionRules: expire(403, 7) },
    ]);
    expect(mappings).toMatchObject([
      { database: 'meterway', bucketID: 'b0', default: true },
      { database: 'meterway_curve', bucketID: 'b1', default: true },
    ]);
  });

  test('version 3 is set up with databases that keep as long as the settings say', async () => {
    const made: { db: string }[] = [];
    stub.react = ({ method, path, body }, response) => {
      if (path !== '/api/v3/configure/database') return false;
      if (method === 'PUT') return json(response, 404, {});
      if (method === 'POST') made.push(JSON.parse(body));
      return json(
        response,
        200,
        made.map(({ db }) => ({ 'iox::database': db })),
      );
    };
    const settings = influxSettings({ influxUrl: stub.url, influxVersion: '3', keepCurveMonths: 13 });
    expect((await initInflux(settings)).map(({ done }) => done)).toEqual(['created', 'created']);
    expect(made).toEqual([{ db: 'meterway' }, { db: 'meterway_curve', retention_period: '403d' }]);
    await initInflux(settings);
    expect(made).toHaveLength(2);
  });

  test('a check of a server that does not answer gives one finding with its remedy', async () => {
    const settings = influxSettings({ influxUrl: 'http://127.0.0.1:9' });
    expect(await checkInflux(settings)).toMatchObject([{ ok: false, remedy: expect.stringContaining('influxUrl') }]);
  });

  test('what is wrong with the server is logged again and again until it is mended, and then once', async () => {
    const clock = new ManualClock(SLOT);
    const said: string[] = [];
    let findings = [{ ok: false, what: 'gone', remedy: 'bring it back' }];
    const log = (...args: unknown[]): void => void said.push(String(args.at(-1)));
    const stop = watchInflux({
      settings: influxSettings({}),
      clock,
      logger: { info: log, error: log },
      check: async () => findings,
    });
    await clock.advance(300_000);
    findings = [];
    await clock.advance(900_000);
    stop();
    expect(said).toEqual([
      'the reading store is not as it must be: gone',
      'the reading store is not as it must be: gone',
      'the reading store is as it must be again',
    ]);
  });
});

test('slots close to each other share a range, and even scattered ones need few', () => {
  const hour = 3_600_000;
  expect(runsOf([], hour)).toEqual([]);
  expect(runsOf([0, hour, 3 * hour], hour)).toEqual([
    { from: 0, to: hour },
    { from: 3 * hour, to: 3 * hour },
  ]);
  const scattered = Array.from({ length: 5000 }, (_, i) => i * 50 * hour);
  expect(runsOf(scattered, hour)).toHaveLength(1);
});
