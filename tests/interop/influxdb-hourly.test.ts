import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HourlyRollup } from '#stores/influx-readings/hourly-rollup.ts';
import { initInflux } from '#stores/influx-readings/init.ts';
import { openInfluxReadingStore } from '#stores/influx-readings/store.ts';
import type { Places } from '#stores/reading-store.ts';
import { batchOf, QUARTER_MS } from '../gateway/stores/reading-samples.ts';
import { INFLUXD, InfluxServer } from '../support/influx-server.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { quietLogger } from '../support/quiet-logger.ts';

const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(2026, 8, 1);
const PLACES: Places = {
  placeOf: (meter) => (meter === 'm9' ? null : { district: meter === 'm1' ? 'd1' : 'd2', area: 'a 1' }),
  keepingOf: () => 'curve',
};
const QUANTITIES = ['energy_import_wh', 'voltage_a_v', 'relay_open'] as const;

describe.skipIf(INFLUXD === undefined)('hourly values in InfluxDB 1.6.7', () => {
  let server: InfluxServer;
  beforeAll(async () => {
    server = await InfluxServer.start();
  });
  afterAll(() => server.stop());

  test('each day that is old enough is rolled up once, with what came late, and a day cut short is done again', async () => {
    const settings = server.settings({ influxDatabase: 'hourly' });
    await initInflux(settings);
    const clock = new ManualClock(FIRST_DAY + 2 * DAY_MS + 35 * DAY_MS);
    const rollup = new HourlyRollup({ settings, afterDays: 35, clock, logger: quietLogger() });
    const never = new AbortController().signal;
    expect(await rollup.run(never)).toBe(0);

    const store = openInfluxReadingStore(settings, { places: PLACES });
    const slots = Array.from({ length: 3 * 96 }, (_, i) => FIRST_DAY + i * QUARTER_MS);
    const rows = slots.flatMap((slot, i) =>
      ['m1', 'm9', 'm2'].map((meter, m) => ({ meter, slot, values: [i * 100 + m, 230 + (i % 4) / 100, 0] })),
    );
    await store.write([
      batchOf(
        'profile',
        QUANTITIES,
        rows.filter(({ slot }) => slot !== FIRST_DAY + 5 * QUARTER_MS),
      ),
    ]);
    expect(await rollup.run(AbortSignal.abort())).toBe(0);
    await store.write([
      batchOf(
        'profile',
        QUANTITIES,
        rows.filter(({ slot }) => slot === FIRST_DAY + 5 * QUARTER_MS),
      ),
    ]);
    await store.close();

    expect(await rollup.run(never)).toBe(2);
    expect(await rollup.run(never)).toBe(0);
    const hours = await server.ask(`SELECT * FROM "hour" WHERE "meter" = 'm2'`, 'hourly');
    expect(hours).toHaveLength(48);
    expect(await server.ask('SELECT * FROM "hour"', 'hourly')).toHaveLength(3 * 48);
    expect(hours[1]).toMatchObject({
      time: FIRST_DAY + 3_600_000,
      meter: 'm2',
      task: 'profile',
      district: 'd2',
      area: 'a 1',
      points: 4,
      energy_import_wh: 402,
      voltage_a_v: 230.015,
      voltage_a_v_min: 230,
      voltage_a_v_max: 230.03,
    });
    const types = await server.ask('SHOW FIELD KEYS FROM "hour"', 'hourly');
    expect(Object.fromEntries(types.map((row) => [row['fieldKey'], row['fieldType']]))).toEqual({
      points: 'integer',
      energy_import_wh: 'integer',
      voltage_a_v: 'float',
      voltage_a_v_min: 'float',
      voltage_a_v_max: 'float',
    });
    await clock.advance(DAY_MS);
    expect(await rollup.run(never)).toBe(1);
  });
});
