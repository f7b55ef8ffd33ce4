import {
  forget,
  type HoldChange,
  type HoldLimits,
  type HoldPoint,
  heldFacts,
  heldView,
  hold,
  holdLimits,
  isBeyond,
  isOpen,
} from '../hold.ts';
import type { JudgedMeter } from '../judged-meter.ts';
import { curveLimits, type LimitOverrides } from '../limits.ts';
import type { Facts, Transition } from '../transition.ts';
import { CleanCurve } from './clean-curve.ts';
import type { CurveColumns } from './columns.ts';
import type { CurveRule } from './curve-rule.ts';
import { CURVE_RULES, type CurveRuleId } from './limits.ts';
import { countOverload, overloadFacts } from './overload-days.ts';
import { CURVE_RULE_MEASURES } from './rules.ts';
import { type CurveState, curvePlace } from './state.ts';

export interface CurveJudgeOptions {
  /** Local time minus UTC, ms: overloaded hours are counted by local days. */
  readonly zoneOffsetMs: number;
  /** All of them when left out. */
  readonly rules?: readonly CurveRuleId[];
  readonly limits?: LimitOverrides;
}

/** A rule with what it needs at hand. */
interface Ready {
  readonly id: CurveRuleId;
  readonly rule: CurveRule;
  /** Where its numbers stand in the state. */
  readonly place: number;
  readonly limits: HoldLimits;
  readonly largeLimits: HoldLimits;
  /** The hours and days of an overload are counted beside it. */
  readonly countsDays: boolean;
}

const NONE: readonly Transition[] = Object.freeze([]);

/**
 * Judges curves of many meters with one set of scratch. Not to be used by two at a time; what it returns may be kept.
 * It depends on the points and the state alone: a day judged in pieces is the day judged at once.
 */
export class CurveJudge {
  readonly #rules: readonly Ready[];
  readonly #zoneOffsetMs: number;
  readonly #curve = new CleanCurve();
  readonly #point: HoldPoint = { slot: 0, value: 0, mark: 0, begins: 0 };
  #told: Transition[] = [];

  constructor({ zoneOffsetMs, rules = CURVE_RULES, limits = {} }: CurveJudgeOptions) {
    this.#zoneOffsetMs = zoneOffsetMs;
    this.#rules = rules.map((id) => ({
      id,
      rule: CURVE_RULE_MEASURES[id],
      place: curvePlace(CURVE_RULES.indexOf(id)),
      limits: holdLimits(curveLimits(id, false, limits)),
      largeLimits: holdLimits(curveLimits(id, true, limits)),
      countsDays: id === 'transformer_overloaded',
    }));
  }

  /** What became of the meter's anomalies, by rule, then by time. `state` goes on to the end of the curve. */
  judge(meter: JudgedMeter, curve: CurveColumns, state: CurveState, now: number): readonly Transition[] {
    this.#told = [];
    this.#curve.take(curve, meter, state, now);
    if (this.#curve.length === 0) return NONE;
    for (const ready of this.#rules) {
      if (!ready.rule.appliesTo(meter)) {
        if (isOpen(state, ready.place)) this.#retire(ready, meter, state);
        continue;
      }
      this.#curve.clearMarks();
      if (ready.rule.measure(this.#curve, meter, state)) this.#run(ready, meter, state);
    }
    return this.#told.length === 0 ? NONE : this.#told;
  }

  #run(ready: Ready, meter: JudgedMeter, state: CurveState): void {
    const { slots, out, partial, length } = this.#curve;
    const begins = ready.rule.begins?.(this.#curve) ?? slots;
    const limits = meter.isLarge ? ready.largeLimits : ready.limits;
    for (let i = 0; i < length; i++) {
      const value = out[i] ?? Number.NaN;
      if (Number.isNaN(value) || (partial[i] === 1 && !isBeyond(limits, value))) continue;
      this.#aim(i, value, begins);
      const change = this.#step(ready, limits, state);
      if (change !== null) this.#tell(ready, change, meter, state);
    }
  }

  #aim(i: number, value: number, begins: Float64Array): void {
    const point = this.#point;
    point.slot = this.#curve.slots[i] ?? 0;
    point.value = value;
    point.mark = this.#curve.marks[i] ?? 0;
    point.begins = begins[i] ?? 0;
  }

  #step({ place, countsDays }: Ready, limits: HoldLimits, state: CurveState): HoldChange | null {
    const { slot, value } = this.#point;
    const isNews = countsDays && countOverload(state, slot, value > limits.raise, this.#zoneOffsetMs);
    return hold(state, place, limits, this.#point) ?? (isNews && isOpen(state, place) ? 'update' : null);
  }

  /** The meter has become one about which the rule says nothing: a generator, an account without contract. */
  #retire(ready: Ready, meter: JudgedMeter, state: CurveState): void {
    this.#point.slot = this.#curve.slots[0] ?? 0;
    this.#tell(ready, 'close', meter, state);
  }

  #tell(
    { id, rule, place, countsDays, ...both }: Ready,
    kind: HoldChange,
    meter: JudgedMeter,
    state: CurveState,
  ): void {
    const view = heldView(state, place);
    const { raise } = meter.isLarge ? both.largeLimits : both.limits;
    const held = heldFacts(view, rule.wording, raise, rule.scale(meter));
    const facts: Facts = countsDays ? { ...held, ...overloadFacts(state) } : held;
    const { from, to } = view;
    this.#told.push({ rule: id, basis: 'curve', kind, at: this.#point.slot, from, to, facts });
    if (kind === 'close') forget(state, place);
  }
}
