import { knownIn, medianOf } from './robust.ts';
import { THEFT_PARAMETERS as P } from './theft-parameters.ts';

interface Used {
  readonly usageWh: ArrayLike<number>;
}

/**
 * What each day did to the use of everybody: the median over the customers of their use on the day ÷ their usual use.
 * Weather and holidays move the neighbours alike; what is left after it is divided by is a customer's own. 1 where too
 * few customers can be told.
 */
export function dayFactors(members: readonly Used[], days: number, scratch: Float64Array): Float64Array {
  const factors = new Float64Array(days).fill(1);
  const steady = members.flatMap(({ usageWh }) => {
    const usual = medianOf(usageWh, 0, days, scratch);
    return usual >= P.fallFloorWh && knownIn(usageWh, 0, days) * 2 >= days ? [{ usageWh, usual }] : [];
  });
  if (steady.length < P.minNeighbours) return factors;
  const shares = new Float64Array(steady.length);
  for (let day = 0; day < days; day++) {
    for (const [i, { usageWh, usual }] of steady.entries()) shares[i] = (usageWh[day] ?? Number.NaN) / usual;
    const factor = medianOf(shares, 0, shares.length, scratch);
    if (knownIn(shares, 0, shares.length) >= P.minNeighbours && factor > 0) factors[day] = factor;
  }
  return factors;
}

/** The use of a customer as it would have been on usual days, Wh. */
export function corrected(usageWh: ArrayLike<number>, factors: Float64Array, into: Float64Array): Float64Array {
  for (let day = 0; day < factors.length; day++) into[day] = (usageWh[day] ?? Number.NaN) / (factors[day] ?? 1);
  return into;
}
