import type { SimMeter } from '../world/meter.ts';
import type { Model } from '../world/spec.ts';
import { DTSU666 } from './dtsu666-map.ts';
import { EM24 } from './em24-map.ts';
import { IEM3155 } from './iem3155-map.ts';
import { imageOf, type RegisterMap } from './register-image.ts';
import { SDM120, SDM630 } from './sdm-map.ts';
import { SUNSPEC_203, SUNSPEC_213 } from './sunspec-map.ts';

const MAPS: ReadonlyMap<Model, RegisterMap> = new Map([
  ['sdm120', SDM120],
  ['sdm630', SDM630],
  ['dtsu666', DTSU666],
  ['iem3155', IEM3155],
  ['em24', EM24],
  ['sunspec-3ph', SUNSPEC_203],
]);

/** Bytes of registers, or undefined where the model has none at these addresses for this kind of read. */
export function registerBytes(
  meter: SimMeter,
  kind: keyof RegisterMap,
  range: { readonly start: number; readonly count: number; readonly atMs: number },
): Buffer | undefined {
  const { model, options } = meter.spec;
  const map = model === 'sunspec-3ph' && options?.sunspecFloats ? SUNSPEC_213 : MAPS.get(model);
  const table = map?.[kind];
  return table && imageOf(table, meter, range);
}
