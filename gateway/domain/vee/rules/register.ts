import type { RegisterWh } from '../../usage/register-difference.ts';
import { mostWh } from '../../validation/register.ts';
import { plausibleWh, type Ratings } from '../history.ts';

export type RegisterVerdict = 'register_reversed' | 'register_jump' | 'register_rollover';

/** What a later register says about an earlier one `ms` before it; null when the meter may have counted so. */
export function registerVerdict(model: Ratings, startWh: number, endWh: number, ms: number): RegisterVerdict | null {
  const usedWh = plausibleWh(model, startWh, endWh, ms);
  if (!Number.isNaN(usedWh)) return endWh < startWh ? 'register_rollover' : null;
  return endWh < startWh ? 'register_reversed' : 'register_jump';
}

/**
 * True when a register that was written down at an exchange and the freeze beside it cannot both be right: the later of
 * the two is lower, or further away than the meter can have counted in between. A register that was not written down
 * contradicts nothing.
 */
export function exchangeMismatch(model: Ratings, earlierWh: RegisterWh, laterWh: RegisterWh, ms: number): boolean {
  if (earlierWh === null || laterWh === null) return false;
  return Number.isNaN(plausibleWh(model, earlierWh, laterWh, ms));
}

/** The most that the meter can count in that time, whole Wh: for the facts of a finding. */
export function capacityWh(model: Ratings, ms: number): number {
  return Math.round(mostWh(model, ms));
}
