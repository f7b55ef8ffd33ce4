/** A register at one end of a stretch, Wh as the meter shows it. */
export type RegisterWh = number | null;

/**
 * Energy between two registers of one meter, or why it cannot be told. `rollover`: the register passed its end in
 * between; `reversed`: it went back, which no meter does.
 */
export type Difference =
  | { readonly wh: number; readonly how: 'difference' | 'rollover' }
  | { readonly wh: null; readonly how: 'no_start' | 'no_end' | 'reversed' };

/** A register passes its end from its last tenth into its first. */
const ROLLOVER_SHARE = 0.1;

/**
 * Energy that a meter counted from one register to a later one: exact, in integer Wh, without transformer ratio.
 * A lower register counts as a rollover only from the last tenth of the range into its first, and only if no more than
 * `mostWh` (what the meter can carry in the time; none given = no limit) lies between; anything else lower is reversed.
 */
export function registerDifference(
  startWh: RegisterWh,
  endWh: RegisterWh,
  rolloverWh: number,
  mostWh = Number.POSITIVE_INFINITY,
): Difference {
  if (startWh === null) return { wh: null, how: 'no_start' };
  if (endWh === null) return { wh: null, how: 'no_end' };
  if (endWh >= startWh) return { wh: endWh - startWh, how: 'difference' };
  const around = endWh + rolloverWh - startWh;
  const passed =
    startWh >= rolloverWh * (1 - ROLLOVER_SHARE) && endWh < rolloverWh * ROLLOVER_SHARE && around <= mostWh;
  return passed ? { wh: around, how: 'rollover' } : { wh: null, how: 'reversed' };
}
