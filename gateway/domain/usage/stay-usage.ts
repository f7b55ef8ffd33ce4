import type { Installation, Meter } from '#contract/registry.ts';
import { type Difference, type RegisterWh, registerDifference } from './register-difference.ts';

/** A meter at a service point for a time, with where it hung and what its face value is multiplied by meanwhile. */
export interface Stay {
  readonly meter: string;
  readonly account: string | null;
  readonly area: string;
  /** CT × PT (综合倍率). */
  readonly ratio: number;
  readonly from: number;
  /** Infinity while it lasts. */
  readonly to: number;
  readonly startWh: RegisterWh;
  readonly endWh: RegisterWh;
}

export function stayOf(meter: Meter, installation: Installation): Stay {
  const { from, to, account, startWh, endWh, area, ct, pt } = installation;
  return {
    meter: meter.id,
    account,
    area: area ?? meter.area,
    ratio: (ct ?? meter.ct) * (pt ?? meter.pt),
    from,
    to: to ?? Number.POSITIVE_INFINITY,
    startWh,
    endWh,
  };
}

/** Part of a stay within [from, to) and its energy: `faceWh` as the meter counted, `wh` with the ratio. */
export interface StayUsage {
  readonly stay: Stay;
  readonly from: number;
  readonly to: number;
  readonly startWh: RegisterWh;
  readonly endWh: RegisterWh;
  readonly how: Difference['how'];
  readonly faceWh: number | null;
  readonly wh: number | null;
}

/**
 * Energy of a stay between two instants at which registers are known. Where the meter was put in or taken out, the
 * register written down then counts; `registerAt` is asked for every other end, and for one that nobody wrote down:
 * the meter may have frozen at that instant. Null when the stay has no part in the stretch.
 */
export function stayUsage(
  stay: Stay,
  from: number,
  to: number,
  rolloverWh: number,
  registerAt: (at: number) => RegisterWh,
): StayUsage | null {
  const start = Math.max(from, stay.from);
  const end = Math.min(to, stay.to);
  if (start >= end) return null;
  const startWh = (start === stay.from ? stay.startWh : null) ?? registerAt(start);
  const endWh = (end === stay.to ? stay.endWh : null) ?? registerAt(end);
  const difference = registerDifference(startWh, endWh, rolloverWh);
  const faceWh = difference.wh;
  const wh = faceWh === null || startWh === null ? null : energyOf(startWh, faceWh, stay.ratio);
  return { stay, from: start, to: end, startWh, endWh, how: difference.how, faceWh, wh };
}

/**
 * Energy in whole Wh of `faceWh` counted from a register on. With a ratio that is no whole number both registers are
 * multiplied and rounded before they are subtracted, so that stretches that follow each other add up exactly.
 */
export function energyOf(startWh: number, faceWh: number, ratio: number): number {
  if (Number.isInteger(ratio)) return faceWh * ratio;
  return multiplied(startWh + faceWh, ratio) - multiplied(startWh, ratio);
}

/** Face value × ratio in whole Wh. Ratios are whole numbers in practice; others are rounded to the nearest Wh. */
export function multiplied(faceWh: number, ratio: number): number {
  return Number.isInteger(ratio) ? faceWh * ratio : Math.round(faceWh * ratio);
}
