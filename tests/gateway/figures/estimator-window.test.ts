import { expect, it } from 'vitest';
import type { ValidatedReading } from '#stores/validated-readings.ts';
import { windowOf } from '../../../gateway/figures/estimator-window.ts';

const SLOTS = Array.from({ length: 40 }, (_, i) => i * 86_400_000);
const METERS = Array.from({ length: 60 }, (_, i) => `m${String(i).padStart(2, '0')}`);

function readingOf(meter: string, slot: number): ValidatedReading[] {
  if ((Number(meter.slice(1)) + slot / 86_400_000) % 3 === 0) return [];
  const nothing = { rules: [], revision: 0, method: null, meterTime: null, readAt: null, raw: null };
  return [{ meter, slot, values: { energy_import_wh: slot }, quality: 'valid', ...nothing }];
}

function storeOf() {
  const asked = { slots: 0, meters: 0 };
  return {
    asked,
    ofSlot: async (_task: string, slot: number, meters: readonly string[]) => {
      asked.slots++;
      return meters.flatMap((meter) => readingOf(meter, slot));
    },
    ofMeter: async (_task: string, meter: string, slots: readonly number[]) => {
      asked.meters++;
      return slots.flatMap((slot) => readingOf(meter, slot));
    },
  };
}

it('many meters are read slot by slot, a few one by one, with the same answer for each', async () => {
  const store = storeOf();
  const many = await windowOf(store, 'freeze-day', METERS, SLOTS);
  expect(store.asked).toEqual({ slots: SLOTS.length, meters: 0 });
  for (const meter of METERS) {
    const alone = await windowOf(store, 'freeze-day', [meter], SLOTS);
    expect(many.get(meter)).toEqual(alone.get(meter));
  }
  expect(store.asked).toEqual({ slots: SLOTS.length, meters: METERS.length });
});
