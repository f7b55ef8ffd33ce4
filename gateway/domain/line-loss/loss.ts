import { successRate } from '../collection/figures.ts';
import type { AreaDay, AreaWhy } from './area-day.ts';

/** Settings of line loss, per cent. */
export interface LossBands {
  readonly lossHighPercent: number;
  readonly lossNegativePercent: number;
  /** Of the customers of an area, so many must have been read for its loss to be told. */
  readonly lossMinSuccessPercent: number;
  readonly lossJumpPercent: number;
}

/** 合格 / 高损 / 负损 / 不可算. */
export const LOSS_STATES = ['qualified', 'high', 'negative', 'uncomputable'] as const;
export type LossState = (typeof LOSS_STATES)[number];

/** `low_success`: too few customers were read; `not_kept`: the registers of the day are not kept; `not_over`: it is not over. */
export const LOSS_WHYS = ['low_success', 'not_kept', 'not_over'] as const;
export type LossWhy = AreaWhy | (typeof LOSS_WHYS)[number];

/** Energies that were computed, or none at all: a part of them would be a bare number. Whole Wh; lost = supplied − sold. */
export interface Loss {
  readonly why: LossWhy | null;
  readonly suppliedWh: number | null;
  readonly soldWh: number | null;
  readonly lostWh: number | null;
}

/** Loss of a day, or why there is none. An estimate is no reading: the share of customers read leaves them out. */
export function lossOf(day: AreaDay, bands: Pick<LossBands, 'lossMinSuccessPercent'>): Loss {
  const few = day.read * 100 < bands.lossMinSuccessPercent * day.customers;
  const why = day.why ?? (few ? 'low_success' : null);
  const { suppliedWh, soldWh } = day;
  if (why !== null || suppliedWh === null) {
    return { why: why ?? 'supply_missing', suppliedWh: null, soldWh: null, lostWh: null };
  }
  return { why, suppliedWh, soldWh, lostWh: suppliedWh - soldWh };
}

/**
 * Band of a loss. Held against the exact energies, not the rounded rate: 6.001 % is above 6 % though both show as 6.00.
 */
export function lossState({ suppliedWh, lostWh }: Omit<Loss, 'why'>, bands: LossBands): LossState {
  if (suppliedWh === null || lostWh === null || suppliedWh <= 0) return 'uncomputable';
  if (compare(lostWh, suppliedWh, bands.lossHighPercent) > 0) return 'high';
  return compare(lostWh, suppliedWh, bands.lossNegativePercent) < 0 ? 'negative' : 'qualified';
}

/** Sign of part ÷ whole − percent, exact for limits of up to four decimals. */
function compare(part: number, whole: number, percent: number): -1 | 0 | 1 {
  const difference = BigInt(part) * 1_000_000n - BigInt(whole) * BigInt(Math.round(percent * 10_000));
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}

/** Part ÷ whole in per cent with two decimals, rounded half away from zero; null without a whole. Exact in any size. */
export function percentOf(part: number | null, whole: number | null): number | null {
  if (part === null || whole === null || whole <= 0) return null;
  const [n, d] = [BigInt(part) * 10_000n, BigInt(whole)];
  const rest = n % d;
  const up = (rest < 0n ? -rest : rest) * 2n >= d;
  return Number(n / d + (up ? (n < 0n ? -1n : 1n) : 0n)) / 100;
}

/** 示值采集成功率 of the customers of a day: read ÷ owed, per cent, rounded down. */
export function readRate(day: Pick<AreaDay, 'read' | 'customers'>): number | null {
  return successRate(day.read, day.customers);
}

export interface Jump {
  /** Change of the lost energy against the day before, per cent of its size then. */
  readonly percent: number;
  /** 突增 / 突减, or null within the limit. */
  readonly kind: 'rise' | 'fall' | null;
}

/** Null unless both days could be computed and something was lost the day before. */
export function jumpOf(lostWh: number | null, beforeWh: number | null, limitPercent: number): Jump | null {
  if (lostWh === null || beforeWh === null || beforeWh === 0) return null;
  const percent = percentOf(lostWh - beforeWh, Math.abs(beforeWh)) ?? 0;
  const kind = Math.abs(percent) > limitPercent ? (percent > 0 ? 'rise' : 'fall') : null;
  return { percent, kind };
}
