import type { CurveColumns } from '#domain/anomalies/curve/columns.ts';
import type { DayColumns } from '#domain/anomalies/days/freezes.ts';
import { unit } from '../../../../../simulators/load/hash.ts';
import type { Metered } from './metered.ts';

const QUARTERS = 96;
/** Carriers fall silent for hours. */
const SILENCE = 20;

/** What a site really gets: single points lost, days lost, hours of silence on a carrier, and suspect values left out. */
export function withGaps({ curve, days }: Metered, seed: number, isCarrier: boolean): Metered {
  return { curve: thinned(curve, seed, isCarrier), days: lost(days, seed) };
}

function thinned({ length, slots, columns }: CurveColumns, seed: number, isCarrier: boolean): CurveColumns {
  const kept: number[] = [];
  for (let i = 0; i < length; i++) {
    const isDayLost = unit(seed, Math.floor(i / QUARTERS), 61) < 0.02;
    const isSilent = isCarrier && unit(seed, Math.floor(i / SILENCE), 62) < 0.2;
    if (!isDayLost && !isSilent && unit(seed, i, 63) >= 0.015) kept.push(i);
  }
  const entries = Object.entries(columns).map(([name, values], place) => [
    name,
    Float64Array.from(kept, (i) => (unit(seed, i, 64, place) < 0.004 ? Number.NaN : (values[i] ?? Number.NaN))),
  ]);
  return {
    length: kept.length,
    slots: Float64Array.from(kept, (i) => slots[i] ?? 0),
    columns: Object.fromEntries(entries),
  };
}

function lost(days: DayColumns, seed: number): DayColumns {
  const thin = (values: ArrayLike<number>): Float64Array =>
    Float64Array.from(values, (value, day) => (unit(seed, day, 65) < 0.03 ? Number.NaN : value));
  return {
    slots: days.slots,
    restDays: days.restDays,
    importWh: thin(days.importWh),
    ...(days.exportWh ? { exportWh: thin(days.exportWh) } : {}),
    ...(days.rates ? { rates: days.rates.map(thin) } : {}),
    ...(days.demandW ? { demandW: thin(days.demandW) } : {}),
  };
}
