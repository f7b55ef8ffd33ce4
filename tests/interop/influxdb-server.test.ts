import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkInflux } from '#stores/influx-readings/check.ts';
import { initInflux } from '#stores/influx-readings/init.ts';
import { openInfluxReadingStore } from '#stores/influx-readings/store.ts';
import type { Places } from '#stores/reading-store.ts';
import { allStored, batchOf, SLOT } from '../gateway/stores/reading-samples.ts';
import { INFLUXD, InfluxServer } from '../support/influx-server.ts';

let area = 'a1';
const PLACES: Places = {
  placeOf: () => ({ district: 'd1', area }),
  keepingOf: (task) => (task === 'freeze-day' ? 'freeze' : 'curve'),
};
const MONTHS = { keepCurveMonths: 13, keepFreezeMonths: 60 };
const NOTHING_STORED = { stored: 0, repeated: 0, conflicts: [] };

describe.skipIf(INFLUXD === undefined)('InfluxDB 1.6.7 as a server', () => {
  let server: InfluxServer;
  beforeAll(async () => {
    server = await InfluxServer.start();
  });
  afterAll(() => server.stop());

  test('set up twice, the second time finds everything there, and the retention is what the settings say', async () => {
    const settings = server.settings({ influxDatabase: 'init', ...MONTHS });
    expect((await initInflux(settings)).map((step) => step.done)).toEqual(['created', 'created']);
    expect((await initInflux(settings)).map((step) => step.done)).toEqual(['there', 'there']);
    const [freezes] = await server.ask('SHOW RETENTION POLICIES ON "init"');
    const [curves] = await server.ask('SHOW RETENTION POLICIES ON "init_curve"');
    expect(freezes).toMatchObject({ duration: `${60 * 31 * 24}h0m0s`, shardGroupDuration: '720h0m0s', default: true });
    expect(curves).toMatchObject({ duration: `${13 * 31 * 24}h0m0s`, shardGroupDuration: '168h0m0s', default: true });
    const longer = { ...settings, keepCurveMonths: 0 };
    expect((await initInflux(longer)).map((step) => step.done)).toEqual(['there', 'changed']);
    expect((await server.ask('SHOW RETENTION POLICIES ON "init_curve"'))[0]).toMatchObject({ duration: '0s' });
  });

  test('the check finds what is missing or set otherwise, and says what mends it', async () => {
    const settings = server.settings({ influxDatabase: 'check', ...MONTHS });
    const bad = async (fields: Partial<typeof settings>) =>
      (await checkInflux({ ...settings, ...fields })).filter(({ ok }) => !ok);
    expect(await bad({})).toEqual(
      expect.arrayContaining([
        { ok: false, what: 'database check is missing', remedy: '`meterway store init` mends it' },
      ]),
    );
    await initInflux(settings);
    const findings = await checkInflux(settings);
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings[0]?.what).toMatch(/version 1\.6\.7/);
    expect(await bad({ keepCurveMonths: 2 })).toMatchObject([{ remedy: expect.stringMatching(/62 days.*store init/) }]);
    const [version] = await checkInflux({ ...settings, influxVersion: '2' });
    expect(version).toMatchObject({ ok: false, remedy: expect.stringContaining('influxVersion') });
    expect(await bad({ influxUrl: 'http://127.0.0.1:9' })).toMatchObject([
      { remedy: expect.stringMatching(/influxUrl/) },
    ]);
  });

  test('freezes and curves go to databases of their own, integers as integers, and reads ask both', async () => {
    const settings = server.settings({ influxDatabase: 'parts' });
    await initInflux(settings);
    let kind: 'freeze' | 'curve' = 'freeze';
    const store = openInfluxReadingStore(settings, { places: { ...PLACES, keepingOf: () => kind } });
    const first = batchOf('t', ['energy_import_wh', 'voltage_a_v'], [{ values: [12, 230] }]);
    await store.write([first]);
    kind = 'curve';
    const second = batchOf('t', ['energy_import_wh', 'voltage_a_v'], [{ meter: 'm2', values: [13, 231.5] }]);
    const changed = batchOf('t', ['energy_import_wh', 'voltage_a_v'], [{ values: [99, 230] }]);
    expect(await store.write([second, changed])).toMatchObject({ stored: 1, conflicts: [{ task: 't' }] });
    expect(await store.ofSlot('t', SLOT, ['m1', 'm2'])).toEqual([...allStored(first), ...allStored(second)]);
    const types = Object.fromEntries(
      (await server.ask('SHOW FIELD KEYS', 'parts')).map((row) => [row['fieldKey'], row['fieldType']]),
    );
    expect(types).toEqual({
      energy_import_wh: 'integer',
      voltage_a_v: 'float',
      meter_time: 'integer',
      read_at: 'integer',
      quality: 'string',
    });
    const tags = (await server.ask('SHOW TAG KEYS', 'parts_curve')).map((row) => row['tagKey']);
    expect(tags).toEqual(['area', 'district', 'meter', 'task']);
    await store.close();
  });

  test('a meter that moved to another area keeps its first reading, also for a writer that has just started', async () => {
    const settings = server.settings({ influxDatabase: 'moved' });
    await initInflux(settings);
    const first = batchOf('profile', ['energy_import_wh'], [{ values: [1] }]);
    const other = batchOf('profile', ['energy_import_wh'], [{ values: [2] }]);
    const before = openInfluxReadingStore(settings, { places: PLACES });
    await before.write([first]);
    await before.close();
    area = 'a2';
    const after = openInfluxReadingStore(settings, { places: PLACES });
    expect(await after.write([first])).toEqual({ ...NOTHING_STORED, repeated: 1 });
    expect(await after.write([other])).toMatchObject({ stored: 0, conflicts: [{}] });
    expect(await after.ofMeter('profile', 'm1', [SLOT])).toEqual(allStored(first));
    expect(await after.marks('profile', [SLOT])).toHaveLength(1);
    await after.close();
  });

  test('a point of another type, and one older than is kept, come back with the reason; the others are stored', async () => {
    const settings = server.settings({ influxDatabase: 'poison', ...MONTHS });
    await initInflux(settings);
    await fetch(`${server.url}/write?db=poison_curve&precision=ms`, {
      method: 'POST',
      body: `reading,task=profile,meter=x voltage_a_v=1i ${SLOT}`,
    });
    const store = openInfluxReadingStore(settings, { places: PLACES });
    const quantities = ['energy_import_wh', 'voltage_a_v'] as const;
    const meters = Array.from({ length: 300 }, (_, i) => `m${i}`);
    const batch = batchOf(
      'profile',
      quantities,
      meters.map((meter, i) => ({ meter, values: [i, i === 77 ? 230.5 : null] })),
    );
    const old = batchOf('profile', ['energy_import_wh'], [{ slot: SLOT - 3 * 365 * 86_400_000, values: [1] }]);
    const result = await store.write([batch, old]);
    expect(result).toMatchObject({ stored: 299, repeated: 0, conflicts: [] });
    expect(result.rejected).toEqual([
      { task: 'profile', reading: allStored(batch)[77], why: expect.stringContaining('field type conflict') },
      { task: 'profile', reading: allStored(old)[0], why: expect.stringContaining('retention policy') },
    ]);
    expect(await store.ofSlot('profile', SLOT, meters)).toHaveLength(299);
    const mended = batchOf('profile', quantities, [{ meter: 'm77', values: [77, null] }]);
    expect(await store.write([mended])).toEqual({ ...NOTHING_STORED, stored: 1 });
    await store.close();
  });

  test('killed and started again, the server has what was written, and a write in between may be tried again', async () => {
    const settings = server.settings({ influxDatabase: 'killed' });
    await initInflux(settings);
    const store = openInfluxReadingStore(settings, { places: PLACES });
    const batch = batchOf('profile', ['energy_import_wh'], [{ values: [1] }]);
    const later = batchOf('profile', ['energy_import_wh'], [{ meter: 'm2', values: [2] }]);
    await store.write([batch]);
    await server.kill();
    await expect(store.write([later])).rejects.toMatchObject({ code: 'store_unreachable', next: 'retry' });
    await expect(store.ofMeter('profile', 'm1', [SLOT])).rejects.toMatchObject({ next: 'retry' });
    await server.restart();
    expect(await store.write([batch, later])).toEqual({ stored: 1, repeated: 1, conflicts: [] });
    await store.close();
  });
});

describe.skipIf(INFLUXD === undefined)('InfluxDB 1.6.7 with users', () => {
  test('user and password open it; a wrong one is told with its remedy and never printed', async () => {
    const server = await InfluxServer.start({ auth: true });
    try {
      await server.ask(`CREATE USER "root" WITH PASSWORD 'right:pass/wörd' WITH ALL PRIVILEGES`);
      const settings = server.settings({ influxUsername: 'root', influxPassword: 'right:pass/wörd' });
      await initInflux(settings);
      const store = openInfluxReadingStore(settings, { places: PLACES });
      const batch = batchOf('profile', ['energy_import_wh'], [{ values: [1] }]);
      expect(await store.write([batch])).toEqual({ ...NOTHING_STORED, stored: 1 });
      await store.close();
      const wrong = openInfluxReadingStore({ ...settings, influxPassword: 'wrong-secret' }, { places: PLACES });
      const failed = await wrong.write([batch]).catch((error: unknown) => error);
      expect(failed).toMatchObject({ code: 'store_denied', next: 'retry' });
      expect(String(failed)).toMatch(/influxPassword/);
      expect(JSON.stringify(failed) + String(failed)).not.toMatch(/wrong-secret/);
      await wrong.close();
      const findings = await checkInflux({ ...settings, influxPassword: 'wrong-secret' });
      expect(findings.filter(({ ok }) => !ok)).toMatchObject([{ what: expect.stringContaining('influxPassword') }]);
      expect((await checkInflux(settings)).every(({ ok }) => ok)).toBe(true);
    } finally {
      await server.stop();
    }
  });
});
