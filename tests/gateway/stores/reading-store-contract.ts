import { afterEach, describe, expect, test } from 'vitest';
import type { QuantityName } from '#contract/quantities.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import { allStored, batchOf, QUARTER_MS, type reading, SLOT } from './reading-samples.ts';
import { describeReadingProperties } from './reading-store-properties.ts';

/** Opens the store that lies at `place`; the same place gives the same content again. */
export type OpenReadingStore = (place: string, options?: { readOnly?: boolean }) => Promise<ReadingStore>;

const ODD_IDS = [
  ...['-', '_', '--', '0', '00', '1', '01', '000000000001', 'm1', 'M1', 'mM', 'Mm', 'x'.repeat(64)],
  ...['__proto__', 'constructor', 'toString', 'rowid', 'select', 'NULL', 'sqlite_master', 'meter_ref', 'reading'],
];
const NO_IDS = ['', '表-01', 'a b', 'a/b', "';--", 'x"y', 'x'.repeat(65), 'é', 'a\u0000b'];

/** What every reading store must do. Each test works at a place of its own. */
export function describeReadingStore(name: string, open: OpenReadingStore): void {
  describe(`reading store: ${name}`, () => {
    const opened: ReadingStore[] = [];
    let places = 0;
    const at = async (place: string, options?: { readOnly?: boolean }): Promise<ReadingStore> => {
      const store = await open(place, options);
      opened.push(store);
      return store;
    };
    const fresh = (): Promise<ReadingStore> => at(`contract-${places++}`);
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
    });

    test('a reading comes back as it was written, whatever its sign and size', async () => {
      const store = await fresh();
      const quantities = [
        'energy_import_wh',
        'energy_export_wh',
        'voltage_a_v',
        'power_active_total_w',
        'power_factor_total',
        'relay_open',
        'demand_import_max_at',
        'clock_offset_s',
      ] as const satisfies readonly QuantityName[];
      const batch = batchOf('profile', quantities, [
        { meter: 'm1', values: [999_999_990, 1e12, 230.46, -123_456.7, -1, 1, SLOT - 1234, -7] },
        { meter: 'm2', values: [0, 0, 0, -0.1, 0.999, 0, SLOT, 86_400], meterTime: null, quality: 'late' },
        { meter: 'm3', values: [null, null, null, null, null, null, null, null], meterTime: SLOT - 5000 },
        { meter: 'm4', values: [1, null, 219.99, null, null, null, null, null], readAt: SLOT - 1, quality: 'suspect' },
        { meter: 'm5', values: [1e12, 1, 0.01, 0.1, 0.001, 0, 0, 0], rules: ['jump', '电压越限', 'a,"b"'] },
      ]);
      expect(await store.write([batch])).toEqual({ stored: 5, repeated: 0, conflicts: [] });
      expect(await store.ofSlot('profile', SLOT, ['m5', 'm4', 'm3', 'm2', 'm1'])).toEqual(allStored(batch));
    });

    test('slots come ascending and once, meters ascending by id, and what is missing is left out', async () => {
      const store = await fresh();
      const slots = [2, 0, 1].map((i) => SLOT + i * QUARTER_MS);
      const rows = slots.flatMap((slot) =>
        ['m10', 'm9', 'M1'].map((meter) => ({ slot, meter, values: [slot % 1000] })),
      );
      await store.write([batchOf('profile', ['energy_import_wh'], rows)]);
      const wanted = [SLOT + 2 * QUARTER_MS, SLOT + 9 * QUARTER_MS, SLOT, SLOT];
      const ofMeter = await store.ofMeter('profile', 'm9', wanted);
      expect(ofMeter.map((row) => row.slot)).toEqual([SLOT, SLOT + 2 * QUARTER_MS]);
      const ofSlot = await store.ofSlot('profile', SLOT, ['m9', 'nobody', 'm10', 'M1', 'm9']);
      expect(ofSlot.map((row) => row.meter)).toEqual(['M1', 'm10', 'm9']);
    });

    test('marks name every meter at the slots, once, without values', async () => {
      const store = await fresh();
      const rows = [0, 1, 2].flatMap((i) =>
        ['m1', 'm2'].map((meter) => ({ slot: SLOT + i * QUARTER_MS, meter, values: [i] })),
      );
      await store.write([batchOf('profile', ['energy_import_wh'], rows)]);
      const marks = await store.marks('profile', [SLOT + QUARTER_MS, SLOT, SLOT, SLOT + 7 * QUARTER_MS]);
      const sorted = marks.sort((a, b) => a.slot - b.slot || a.meter.localeCompare(b.meter));
      expect(sorted).toEqual(
        rows.slice(0, 4).map(({ slot, meter }) => ({ slot, meter, readAt: slot + 21_000, quality: 'valid' })),
      );
    });

    test('an unknown task, meter or slot and an empty list have no readings', async () => {
      const store = await fresh();
      expect(await store.write([])).toEqual({ stored: 0, repeated: 0, conflicts: [] });
      expect(await store.ofMeter('profile', 'm1', [SLOT])).toEqual([]);
      await store.write([batchOf('profile', ['energy_import_wh'], [{ values: [1] }])]);
      expect(await store.write([batchOf('other', ['energy_import_wh'], [])])).toMatchObject({ stored: 0 });
      expect(await store.ofMeter('other', 'm1', [SLOT])).toEqual([]);
      expect(await store.ofMeter('profile', 'm2', [SLOT])).toEqual([]);
      expect(await store.ofMeter('profile', 'm1', [])).toEqual([]);
      expect(await store.ofSlot('profile', SLOT + 1, ['m1'])).toEqual([]);
      expect(await store.ofSlot('profile', SLOT, [])).toEqual([]);
      expect(await store.marks('other', [SLOT])).toEqual([]);
      expect(await store.marks('profile', [])).toEqual([]);
    });

    test('the first reading of a key stays; a different one comes back as a conflict, however often it is sent', async () => {
      const store = await fresh();
      const first = batchOf('profile', ['energy_import_wh', 'voltage_a_v'], [{ values: [100, 230.1] }]);
      const other = batchOf(
        'profile',
        ['energy_import_wh', 'voltage_a_v'],
        [{ values: [101, 230.1], readAt: SLOT + 99 }],
      );
      const less = batchOf('profile', ['energy_import_wh'], [{ values: [100] }]);
      const more = batchOf(
        'profile',
        ['energy_import_wh', 'voltage_a_v', 'voltage_b_v'],
        [{ values: [100, 230.1, 5] }],
      );
      await store.write([first]);
      const [stored] = allStored(first);
      for (const batch of [other, less, more, other]) {
        const [refused] = allStored(batch);
        const conflicts = [{ task: 'profile', stored, refused }];
        expect(await store.write([batch])).toEqual({ stored: 0, repeated: 0, conflicts });
      }
      expect(await store.ofMeter('profile', 'm1', [SLOT])).toEqual([stored]);
    });

    test('the same values again are a repetition, even when read or judged at another time', async () => {
      const store = await fresh();
      const quantities = ['energy_import_wh', 'voltage_a_v'] as const;
      const first = batchOf('profile', quantities, [{ values: [100, -0.004] }, { meter: 'm2', values: [1, null] }]);
      await store.write([first]);
      const later = { readAt: SLOT + 3_600_000, meterTime: null, quality: 'suspect', rules: ['late'] } as const;
      const again = batchOf('profile', quantities, [{ ...later, values: [100, 0] }]);
      const turned = batchOf('profile', ['voltage_a_v', 'energy_import_wh'], [{ meter: 'm2', values: [null, 1] }]);
      expect(await store.write([first, again, turned])).toEqual({ stored: 0, repeated: 4, conflicts: [] });
      expect(await store.ofMeter('profile', 'm1', [SLOT])).toMatchObject([{ readAt: SLOT + 21_000, quality: 'valid' }]);
    });

    test('a new quantity is taken at any time and older readings simply have none', async () => {
      const store = await fresh();
      const early = batchOf('profile', ['energy_import_wh'], [{ meter: 'm1', values: [1] }]);
      const late = batchOf('profile', ['current_n_a', 'energy_import_wh'], [{ meter: 'm2', values: [0.005, 2] }]);
      await store.write([early]);
      await store.write([late]);
      const expected = [...allStored(early), ...allStored(late)];
      expect(await store.ofSlot('profile', SLOT, ['m1', 'm2'])).toEqual(expected);
    });

    test('ids that look like keywords, numbers or each other stay apart, as task and as meter', async () => {
      const store = await fresh();
      const batches = ODD_IDS.map((task, t) =>
        batchOf(
          task,
          ['energy_import_wh'],
          ODD_IDS.map((meter, m) => ({ meter, values: [t * 1000 + m] })),
        ),
      );
      expect(await store.write(batches)).toMatchObject({ stored: ODD_IDS.length ** 2 });
      for (const batch of batches) {
        const sorted = allStored(batch).sort((a, b) => (a.meter < b.meter ? -1 : 1));
        expect(await store.ofSlot(batch.task, SLOT, ODD_IDS)).toEqual(sorted);
      }
    });

    test('a wrong id, value or time is refused with everything that came with it, as not to be tried again', async () => {
      const store = await fresh();
      const good = batchOf('profile', ['energy_import_wh'], [{ meter: 'good', values: [1] }]);
      const one = (fields: Parameters<typeof reading>[0]) => batchOf('profile', ['energy_import_wh'], [fields]);
      const wrong = [
        ...NO_IDS.map((meter) => one({ meter, values: [1] })),
        ...NO_IDS.map((task) => batchOf(task, ['energy_import_wh'], [{ values: [1] }])),
        ...[Number.NaN, Number.POSITIVE_INFINITY, 1e300, -1e17].map((value) => one({ values: [value] })),
        ...[Number.NaN, 0.5, 1e300, 2 ** 60].map((slot) => one({ slot, readAt: SLOT, meterTime: null, values: [1] })),
        ...[Number.NaN, 2 ** 60].map((readAt) => one({ readAt, values: [1] })),
        ...[Number.POSITIVE_INFINITY, 2 ** 60].map((meterTime) => one({ meterTime, values: [1] })),
        one({ values: [] }),
        one({ values: [1, 2] }),
        batchOf('profile', ['energy_import_wh', 'energy_import_wh'], [{ values: [1, 2] }]),
        batchOf('profile', ['energy_of_nothing' as QuantityName], [{ values: [1] }]),
        batchOf('profile', ['slot' as QuantityName], [{ values: [1] }]),
      ];
      await store.write([batchOf('profile', ['energy_import_wh'], [{ meter: 'before', values: [1] }])]);
      for (const batch of wrong) {
        const written = store.write([good, batch]);
        await expect(written, JSON.stringify(batch)).rejects.toMatchObject({ code: 'store_refused', next: 'skip' });
      }
      expect(await store.ofSlot('profile', SLOT, ['good', 'm1'])).toEqual([]);
      for (const id of NO_IDS) {
        expect(await store.ofMeter(id, 'm1', [SLOT])).toEqual([]);
        expect(await store.ofMeter('profile', id, [SLOT])).toEqual([]);
      }
    });

    test('a season of slots and a district of meters come in one answer', async () => {
      const store = await fresh();
      const slots = Array.from({ length: 2500 }, (_, i) => SLOT + i * QUARTER_MS);
      const meters = Array.from({ length: 2500 }, (_, i) => `d${String(i).padStart(5, '0')}`);
      await store.write([
        batchOf(
          'profile',
          ['energy_import_wh'],
          slots.map((slot, i) => ({ slot, values: [i] })),
        ),
        batchOf(
          'profile',
          ['energy_import_wh'],
          meters.map((meter, i) => ({ meter, values: [i] })),
        ),
      ]);
      const ofMeter = await store.ofMeter('profile', 'm1', [...slots, ...slots, ...slots]);
      expect(ofMeter.map((row) => row.values.energy_import_wh)).toEqual(slots.map((_, i) => i));
      const ofSlot = await store.ofSlot('profile', SLOT, [...meters, ...meters, ...meters]);
      expect(ofSlot.map((row) => row.meter)).toEqual(meters);
      expect(await store.marks('profile', [...slots, ...slots, ...slots])).toHaveLength(5000);
    });

    test('a write and a question may span many months, and months in any order', async () => {
      const store = await fresh();
      const months = [13, 5].map((month) => Date.UTC(2025, 9 + month, 1));
      const rows = months.flatMap((slot) =>
        [slot - 1, slot].flatMap((at) => ['m1', 'm2'].map((meter) => ({ slot: at, meter, values: [at % 97] }))),
      );
      const batch = batchOf('profile', ['energy_import_wh'], rows);
      expect(await store.write([batch])).toEqual({ stored: 8, repeated: 0, conflicts: [] });
      expect(await store.write([batch])).toEqual({ stored: 0, repeated: 8, conflicts: [] });
      const slots = rows.map(({ slot }) => slot);
      const ofM2 = allStored(batch).filter(({ meter }) => meter === 'm2');
      expect(await store.ofMeter('profile', 'm2', slots)).toEqual(ofM2.sort((a, b) => a.slot - b.slot));
      expect(await store.marks('profile', slots)).toHaveLength(8);
      const [first] = allStored(batch);
      const other = batchOf('profile', ['energy_import_wh'], [{ ...rows[0], values: [98] }]);
      const conflicts = [{ task: 'profile', stored: first, refused: allStored(other)[0] }];
      expect(await store.write([other])).toEqual({ stored: 0, repeated: 0, conflicts });
    });

    test('what was written is there after closing and opening again, and a closed store refuses', async () => {
      const store = await at('reopened');
      const batch = batchOf('profile', ['energy_import_wh'], [{ values: [42] }]);
      const pending = store.write([batch]);
      const closing = store.close();
      await expect(store.marks('profile', [SLOT])).rejects.toMatchObject({ next: 'stop' });
      await closing;
      expect(await pending).toMatchObject({ stored: 1 });
      await expect(store.write([batch])).rejects.toMatchObject({ next: 'stop' });
      const again = await at('reopened');
      expect(await again.ofMeter('profile', 'm1', [SLOT])).toEqual(allStored(batch));
      expect(await again.write([batch])).toEqual({ stored: 0, repeated: 1, conflicts: [] });
    });

    test('a reader that was there first sees new meters, quantities and tasks as soon as they are written', async () => {
      const reader = await at('shared', { readOnly: true });
      expect(await reader.ofMeter('profile', 'm1', [SLOT])).toEqual([]);
      expect(await reader.ofSlot('profile', SLOT, ['m1'])).toEqual([]);
      expect(await reader.marks('profile', [SLOT])).toEqual([]);
      const writer = await at('shared');
      const steps = [
        batchOf('profile', ['energy_import_wh'], [{ values: [1] }]),
        batchOf('profile', ['energy_import_wh'], [{ meter: 'm2', values: [2] }]),
        batchOf('profile', ['voltage_a_v'], [{ meter: 'm3', values: [230] }]),
        batchOf('freeze-day', ['energy_import_wh'], [{ meter: 'm3', values: [3] }]),
      ];
      for (const step of steps) {
        await writer.write([step]);
        const [expected] = allStored(step);
        expect(await reader.marks(step.task, [SLOT])).toContainEqual(
          expect.objectContaining({ meter: expected?.meter }),
        );
        expect(await reader.ofSlot(step.task, SLOT, [expected?.meter ?? ''])).toEqual([expected]);
        expect(await reader.ofMeter(step.task, expected?.meter ?? '', [SLOT])).toEqual([expected]);
      }
    });

    describeReadingProperties(fresh);
  });
}
