import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromScaled, type QuantityName } from '#contract/quantities.ts';
import type { NewReading, NewReadings, ReadingStore, StoredReading } from '#stores/reading-store.ts';
import { QUARTER_MS, SLOT, stored } from './reading-samples.ts';

/** Meters of two models: each gives other quantities. */
const MODELS: readonly (readonly QuantityName[])[] = [
  ['energy_import_wh', 'voltage_a_v'],
  ['power_active_total_w', 'energy_import_wh', 'current_a_a'],
];
const METERS = 6;
const SLOTS = 5;

interface Key {
  readonly meter: number;
  readonly slot: number;
  /** Version 0 is what the meter really has; another one contradicts it. */
  readonly version: number;
}

/** What meter `meter` gives for slot `slot`, as a function, so that every delivery of a key is the same. */
function rowOf({ meter, slot, version }: Key): NewReading {
  const at = SLOT + slot * QUARTER_MS;
  const values = (MODELS[meter % 2] ?? []).map((name, c) => {
    const scaled = ((meter * 31 + slot) * 2_654_435_761 + c * 97) % 1_000_003;
    return scaled % 7 === 0 && c > 0 ? null : fromScaled(name, scaled - c * 500_000 + version);
  });
  return { meter: `m${meter}`, slot: at, meterTime: at, readAt: at + meter, quality: 'valid', rules: [], values };
}

/** Batches hold meters of one model, because all rows of a batch have the same quantities. */
function batches(task: string, keys: readonly Key[]): NewReadings[] {
  return MODELS.map((quantities, model) => ({
    task,
    quantities,
    rows: keys.filter((key) => key.meter % 2 === model).map(rowOf),
  }));
}

const keys = (versions: number): fc.Arbitrary<Key[]> =>
  fc.array(fc.record({ meter: fc.nat(METERS - 1), slot: fc.nat(SLOTS - 1), version: fc.nat(versions - 1) }), {
    maxLength: 25,
  });

async function content(store: ReadingStore, task: string): Promise<StoredReading[]> {
  const found: StoredReading[] = [];
  const meters = Array.from({ length: METERS }, (_, i) => `m${i}`);
  for (let slot = 0; slot < SLOTS; slot++) found.push(...(await store.ofSlot(task, SLOT + slot * QUARTER_MS, meters)));
  return found;
}

function inOrder(readings: Iterable<StoredReading>): StoredReading[] {
  return [...readings].sort((a, b) => a.slot - b.slot || (a.meter < b.meter ? -1 : 1));
}

function storedOf(key: Key): StoredReading {
  return stored({ task: '', quantities: MODELS[key.meter % 2] ?? [], rows: [] }, rowOf(key));
}

/** What writing the keys one after the other must give; `first` holds the version that won each key. */
function expectedOf(delivery: readonly Key[], first: Map<string, Key>) {
  const expected = { stored: 0, repeated: 0, refused: [] as StoredReading[] };
  for (const key of delivery) {
    const name = `${key.meter} ${key.slot}`;
    const known = first.get(name);
    if (!known) {
      first.set(name, key);
      expected.stored++;
    } else if (known.version === key.version) expected.repeated++;
    else expected.refused.push(storedOf(key));
  }
  return expected;
}

export function describeReadingProperties(fresh: () => Promise<ReadingStore>): void {
  test('readings delivered in any order, any number of times and at the same time give the same content', async () => {
    const store = await fresh();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(keys(1), { maxLength: 6 }), async (deliveries) => {
        const task = `any-order-${run++}`;
        const results = await Promise.all(deliveries.map((delivery) => store.write(batches(task, delivery))));
        const sent = deliveries.flat();
        const once = new Map(sent.map((key) => [`${key.meter} ${key.slot}`, storedOf(key)]));
        expect(await content(store, task)).toEqual(inOrder(once.values()));
        expect(results.flatMap((result) => result.conflicts)).toEqual([]);
        expect(results.reduce((sum, result) => sum + result.stored, 0)).toBe(once.size);
        expect(results.reduce((sum, result) => sum + result.repeated, 0)).toBe(sent.length - once.size);
      }),
      { numRuns: 40 },
    );
  });

  test('of contradicting readings the first one stays and every other one is reported', async () => {
    const store = await fresh();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(keys(3), { maxLength: 5 }), async (deliveries) => {
        const task = `first-wins-${run++}`;
        const first = new Map<string, Key>();
        for (const delivery of deliveries) {
          const expected = expectedOf(delivery, first);
          const result = await store.write(batches(task, delivery));
          expect(result).toMatchObject({ stored: expected.stored, repeated: expected.repeated });
          const refused = result.conflicts.map((conflict) => conflict.refused);
          expect(refused).toHaveLength(expected.refused.length);
          expect(refused).toEqual(expect.arrayContaining(expected.refused));
        }
        expect(await content(store, task)).toEqual(inOrder([...first.values()].map(storedOf)));
      }),
      { numRuns: 40 },
    );
  });
}
