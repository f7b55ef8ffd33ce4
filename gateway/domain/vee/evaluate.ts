import {
  type FreezeDays,
  type JudgedStay,
  type MeterContext,
  type RawFreeze,
  restDay,
  UsageHistory,
} from './history.ts';
import { DAY_PARAMETERS, type DayParameters } from './parameters.ts';
import type { RuleId } from './rule-texts.ts';
import { capacityWh, exchangeMismatch, type RegisterVerdict, registerVerdict } from './rules/register.ts';
import { isHigh, isInactiveUse, isLow, isRepeated, isReverse, isSpike, isZeroRun, type Use } from './rules/usage.ts';

export type Facts = Readonly<Record<string, number | string | null>>;

/** Something that a rule found about one day freeze. Facts have units in their names; registers as the meter shows them. */
export interface RuleFinding {
  readonly slot: number;
  readonly rule: RuleId | (string & {});
  readonly facts: Facts;
}

const DAY_MS = 86_400_000;
const NO_FINDINGS: readonly RuleFinding[] = Object.freeze([]);

/**
 * All findings of one meter, ascending by slot and rule: `history` has an entry for each local day, NaN where no
 * register counts. What is found about a slot depends on it and the 28 days before it alone.
 */
export function evaluateMeter(
  history: FreezeDays,
  context: MeterContext,
  parameters: DayParameters = DAY_PARAMETERS,
): RuleFinding[] {
  const evaluator = new DayEvaluator(history.dates, parameters);
  return history.dates.flatMap((_, place) => [...evaluator.at(history, context, place)]);
}

/** One freeze as the rules look at it. */
interface Case {
  readonly freezes: FreezeDays;
  readonly context: MeterContext;
  readonly place: number;
  readonly slot: number;
  /** The register that counts; NaN = none. */
  readonly wh: number;
  readonly stay: JudgedStay | null;
  /** First place that is looked at, and first place of the same stay. */
  readonly earliest: number;
  readonly start: number;
}

/** Evaluates many meters over the same days with one set of scratch. */
export class DayEvaluator {
  readonly #rest: Uint8Array;
  readonly #dates: readonly string[];
  readonly #p: DayParameters;
  readonly #past = new UsageHistory();
  readonly #found = new Map<string, Facts>();

  constructor(dates: readonly string[], parameters: DayParameters = DAY_PARAMETERS) {
    this.#dates = dates;
    this.#rest = Uint8Array.from(dates, restDay);
    this.#p = parameters;
  }

  /** Findings about the freeze at a place, ascending by rule. */
  at(freezes: FreezeDays, context: MeterContext, place: number): readonly RuleFinding[] {
    const found = this.#found;
    if (found.size > 0) found.clear();
    const each = this.#case(freezes, context, place);
    const raw = freezes.raws?.get(place);
    if (raw) copyRules(raw, each.slot, found);
    const alike = place > 0 ? ((this.#rest[place - 1] ?? 0) as 0 | 1) : null;
    const isNew = each.stay?.startWh === 0 && each.stay.from > (freezes.slots[each.start] ?? 0) - DAY_MS;
    this.#past.walk(freezes, this.#rest, context.model, { start: each.start, end: place, alike, isNew });
    if (!Number.isNaN(each.wh)) this.#register(each);
    else if (raw && raw.importWh !== null) this.#suspectRegister(each, raw, raw.importWh);
    this.#reverse(each);
    if (each.stay) this.#exchange(each, each.stay);
    if (found.size === 0) return NO_FINDINGS;
    return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([rule, facts]) => ({ slot: each.slot, rule, facts }));
  }

  #case(freezes: FreezeDays, context: MeterContext, place: number): Case {
    const { slots } = freezes;
    const slot = slots[place] ?? 0;
    const stay = stayAt(context.stays, slot);
    const since = stay ? stay.from : lastEnd(context.stays, slot);
    const earliest = Math.max(0, place - this.#p.historyDays);
    let start = earliest;
    while (start < place && (slots[start] ?? 0) < since) start += 1;
    return { freezes, context, place, slot, wh: freezes.importWh[place] ?? Number.NaN, stay, earliest, start };
  }

  /** A register that counts, against the last plausible one. */
  #register(each: Case): void {
    const { context, place, wh, stay } = each;
    const { base, baseWh } = this.#past;
    if (base === -1) return;
    const verdict = this.#verdict(each, wh);
    if (verdict === 'register_reversed' || verdict === 'register_jump') return;
    const usedWh = verdict === null ? wh - baseWh : wh + context.model.rolloverWh - baseWh;
    const use = { usedWh, days: place - base, ratio: stay?.ratio ?? 1 };
    this.#use(use);
    if (usedWh === 0) this.#zeroRun(each);
    if (context.role === 'customer' && !mayUse(stay) && isInactiveUse(use, this.#p)) {
      const { account = null, status = null } = stay ?? {};
      this.#found.set('usage_inactive', { ...this.#useFacts(use), account, status });
    }
  }

  /** A register that does not count says nothing about energy; only why it cannot be is told. */
  #suspectRegister(each: Case, { meterTime, rules }: RawFreeze, wh: number): void {
    const { slots, importWh } = each.freezes;
    for (let i = each.earliest; i < each.place; i++) {
      if (slots[i] !== meterTime || importWh[i] !== wh) continue;
      this.#found.set('freeze_repeated', { registerWh: wh, sameAsDate: this.#dates[i] ?? null });
    }
    if (this.#past.base !== -1 && !rules.includes('register_range')) this.#verdict(each, wh);
  }

  #verdict({ freezes, context, place, slot }: Case, registerWh: number): RegisterVerdict | null {
    const { base, baseWh: lastGoodWh } = this.#past;
    const ms = slot - (freezes.slots[base] ?? 0);
    const verdict = registerVerdict(context.model, lastGoodWh, registerWh, ms);
    if (verdict === null) return null;
    const lastGoodDate = this.#dates[base] ?? null;
    const days = place - base;
    const most = capacityWh(context.model, ms);
    this.#found.set(verdict, { lastGoodDate, lastGoodWh, registerWh, days, capacityWh: most });
    return verdict;
  }

  #use(use: Use): void {
    const past = this.#past;
    const { similarDays, similarHighestWh, similarLowestWh, lowestWh } = past;
    if (isHigh(use, past, this.#p)) {
      this.#found.set('usage_high', { ...this.#useFacts(use), similarHighestWh, similarDays });
    }
    if (isSpike(use, past, this.#p)) {
      this.#found.set('usage_spike', {
        ...this.#useFacts(use),
        thirdHighestWh: past.secondWh,
        historyDays: past.days,
      });
    }
    if (isRepeated(use, past, this.#p)) {
      const sameAsDate = this.#dates[past.base] ?? null;
      this.#found.set('freeze_repeated', { registerWh: past.baseWh, sameAsDate, lowestDayWh: lowestWh });
    } else if (isLow(use, past, this.#p)) {
      this.#found.set('usage_low', { ...this.#useFacts(use), similarLowestWh, similarDays });
    }
  }

  #zeroRun({ place, wh }: Case): void {
    const { base, since } = this.#past;
    if (!isZeroRun(place - since, base - since, this.#p)) return;
    const sinceDate = this.#dates[since] ?? null;
    this.#found.set('usage_zero', { registerWh: wh, sinceDate, zeroDays: place - since });
  }

  #reverse({ freezes: { exportWh, slots }, context: { model, role }, stay, place, slot }: Case): void {
    const before = slots[place - 1];
    if (before === undefined || role !== 'customer' || stay?.generator || (stay && stay.from > before)) return;
    const endWh = exportWh[place] ?? Number.NaN;
    const startWh = exportWh[place - 1] ?? Number.NaN;
    const ratio = stay?.ratio ?? 1;
    if (!isReverse(endWh - startWh, ratio, this.#p)) return;
    if (registerVerdict(model, startWh, endWh, slot - before) !== null) return;
    const usageDate = this.#dates[place - 1] ?? null;
    this.#found.set('reverse_energy', { usageDate, exportedWh: endWh - startWh, ratio });
  }

  /** What the installations say about the freezes beside an exchange. */
  #exchange({ freezes, context, place, slot, wh, earliest }: Case, stay: JudgedStay): void {
    const { slots } = freezes;
    const isFirstSlot = stay.from > (slots[place - 1] ?? slot - DAY_MS);
    if (isFirstSlot) this.#begins(stay);
    const isKnownBegin = stay.from > (slots[earliest - 1] ?? (slots[earliest] ?? 0) - DAY_MS);
    const isFirstRegister = this.#past.base === -1 && !Number.isNaN(wh) && isKnownBegin;
    if (isFirstRegister && exchangeMismatch(context.model, stay.startWh, wh, slot - stay.from)) {
      this.#found.set('exchange_mismatch', { side: 'start', writtenWh: stay.startWh, freezeWh: wh });
    }
    if (stay.to <= (slots[place + 1] ?? slot + DAY_MS)) this.#ends(stay, { freezes, context, place, wh });
  }

  #begins({ startWh, replaces, ratio, ratioBefore }: JudgedStay): void {
    if (replaces && startWh === null) this.#found.set('exchange_register_missing', { side: 'start' });
    if (ratioBefore !== null && ratioBefore !== ratio) this.#found.set('ratio_changed', { ratio, ratioBefore });
  }

  #ends(stay: JudgedStay, { freezes, context, place, wh }: Pick<Case, 'freezes' | 'context' | 'place' | 'wh'>): void {
    if (stay.endWh === null) this.#found.set('exchange_register_missing', { side: 'end' });
    const isOwn = !Number.isNaN(wh);
    const { base, baseWh } = this.#past;
    const freezeWh = isOwn ? wh : baseWh;
    const at = freezes.slots[isOwn ? place : base];
    if (at === undefined || !exchangeMismatch(context.model, freezeWh, stay.endWh, stay.to - at)) return;
    this.#found.set('exchange_mismatch', { side: 'end', writtenWh: stay.endWh, freezeWh });
  }

  #useFacts({ usedWh, days, ratio }: Use): Record<string, number | string | null> {
    return { usageDate: this.#dates[this.#past.base] ?? null, usedWh, days, ratio };
  }
}

/** Rules that spoke when the reading arrived, with what it gave. */
function copyRules({ importWh, ratesWh, meterTime, rules }: RawFreeze, slot: number, found: Map<string, Facts>): void {
  for (const rule of rules) {
    if (rule === 'rates_mismatch') found.set(rule, { registerWh: importWh, ratesWh });
    else if (rule === 'freeze_time') {
      found.set(rule, {
        registerWh: importWh,
        offsetS: meterTime === null ? null : Math.round((meterTime - slot) / 1000),
      });
    } else found.set(rule, { registerWh: importWh });
  }
}

function stayAt(stays: readonly JudgedStay[], at: number): JudgedStay | null {
  for (const stay of stays) if (stay.from <= at && at < stay.to) return stay;
  return null;
}

function lastEnd(stays: readonly JudgedStay[], at: number): number {
  let end = Number.NEGATIVE_INFINITY;
  for (const { to } of stays) if (to <= at && to > end) end = to;
  return end;
}

function mayUse(stay: JudgedStay | null): boolean {
  return stay !== null && stay.account !== null && stay.status === 'active';
}
