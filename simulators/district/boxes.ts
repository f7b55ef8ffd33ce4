import { type MeterSpec, MODEL_FACTS } from '../world/spec.ts';

/** Single-phase meters in one box. */
const BOX_METERS = 6;

/**
 * The meters of one area, put on its branches (分支) and into boxes (表箱): the first half of the customers hangs on
 * B1, the others on B2; neighbours with single-phase meters on one line share a box. A three-phase meter hangs alone,
 * the supply meter before the branches.
 */
export function inBoxes(meters: readonly MeterSpec[]): MeterSpec[] {
  const customers = meters.filter(({ role }) => role === 'customer').length;
  let nth = 0;
  let boxes = 0;
  let open = { street: '', room: 0 };
  return meters.map((meter) => {
    if (meter.role !== 'customer') return meter;
    const branch = nth++ * 2 < customers ? 'B1' : 'B2';
    if (MODEL_FACTS[meter.model].phases === 3) return { ...meter, branch };
    const street = `${branch} ${meter.line}`;
    if (open.street !== street || open.room === 0) {
      boxes++;
      open = { street, room: BOX_METERS };
    }
    open.room--;
    return { ...meter, branch, box: `X${boxes}` };
  });
}
