import { meterModel } from '#contract/models.ts';
import { addDays, instantOf } from '#contract/zone.ts';
import { evaluateMeter, type Facts } from '#domain/vee/evaluate.ts';
import type { JudgedStay, MeterContext, RawFreeze } from '#domain/vee/history.ts';
import { ZONE } from '../site.ts';

export const FIRST = '2026-10-05';
const found = meterModel('dlt645-1ph');
if (!found) throw new Error('no model');
export const MODEL = found;

export function stay(over: Partial<JudgedStay> = {}): JudgedStay {
  return {
    ...{ meter: 'm1', account: 'u1', area: 'a1', ratio: 1 },
    ...{ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, startWh: null, endWh: null },
    ...{ status: 'active', generator: false, replaces: false, ratioBefore: null },
    ...over,
  };
}

export function context(over: Partial<MeterContext> = {}): MeterContext {
  return { model: MODEL, role: 'customer', stays: [stay()], ...over };
}

interface Days {
  readonly first?: string;
  readonly zone?: string;
  readonly exportWh?: readonly number[];
  readonly raws?: ReadonlyMap<number, RawFreeze>;
}

export function datesFrom(first: string, days: number): string[] {
  return Array.from({ length: days }, (_, day) => addDays(first, day));
}

/** What is found about registers of days on end, as `rule@place`, with their facts. */
export function judged(
  importWh: readonly number[],
  over: Partial<MeterContext> = {},
  { first = FIRST, zone = ZONE, exportWh, raws }: Days = {},
): Map<string, Facts> {
  const dates = datesFrom(first, importWh.length);
  const slots = [...dates, addDays(first, importWh.length)].map((date) => instantOf(zone, date));
  const freezes = {
    ...{ dates, slots, importWh },
    exportWh: exportWh ?? importWh.map(() => Number.NaN),
    ...(raws && { raws }),
  };
  const findings = evaluateMeter(freezes, context(over));
  return new Map(findings.map(({ rule, slot, facts }) => [`${rule}@${slots.indexOf(slot)}`, facts]));
}

export function rules(...args: Parameters<typeof judged>): string[] {
  return [...judged(...args).keys()];
}

/** Registers after days of these energies, the first of them at `startWh`. */
export function registers(startWh: number, dayWh: readonly number[]): number[] {
  const all = [startWh];
  for (const wh of dayWh) all.push((all.at(-1) ?? 0) + wh);
  return all;
}

export function raw(importWh: number | null, ruleIds: readonly string[], over: Partial<RawFreeze> = {}): RawFreeze {
  return { importWh, ratesWh: null, meterTime: null, rules: ruleIds, ...over };
}
