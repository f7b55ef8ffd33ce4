import {
  forget,
  type HoldChange,
  type HoldLimits,
  type HoldPoint,
  heldFacts,
  heldView,
  hold,
  holdLimits,
  isOpen,
} from '../hold.ts';
import type { JudgedMeter } from '../judged-meter.ts';
import { dayLimits, type LimitOverrides } from '../limits.ts';
import type { Transition } from '../transition.ts';
import type { DayRule } from './day-rule.ts';
import { DayView } from './day-view.ts';
import type { DayColumns } from './freezes.ts';
import { DAY_ANOMALY_RULES, type DayRuleId } from './limits.ts';
import {
  DAY_REGISTER_FLYING,
  REGISTER_REVERSED,
  REGISTERS_UNEQUAL,
  REVERSE_ENERGY,
  USAGE_ZERO,
} from './register-rules.ts';
import { type DayState, dayPlace } from './state.ts';
import { DEMAND_OVER_CONTRACT, USAGE_CLOSED_ACCOUNT, USAGE_DROP, USAGE_JUMP } from './usage-rules.ts';

const MEASURES: Readonly<Record<DayRuleId, DayRule>> = {
  registers_unequal: REGISTERS_UNEQUAL,
  register_flying: DAY_REGISTER_FLYING,
  register_reversed: REGISTER_REVERSED,
  reverse_energy: REVERSE_ENERGY,
  usage_jump: USAGE_JUMP,
  usage_drop: USAGE_DROP,
  usage_zero: USAGE_ZERO,
  usage_closed_account: USAGE_CLOSED_ACCOUNT,
  demand_over_contract: DEMAND_OVER_CONTRACT,
};

export interface DayJudgeOptions {
  /** All of them when left out. */
  readonly rules?: readonly DayRuleId[];
  readonly limits?: LimitOverrides;
}

interface Ready {
  readonly id: DayRuleId;
  readonly rule: DayRule;
  readonly place: number;
  readonly limits: HoldLimits;
  readonly largeLimits: HoldLimits;
}

/** Places [from, to) of the freezes are judged; those before are history. */
export interface DaySpan {
  readonly from: number;
  readonly to: number;
}

/**
 * Judges day freezes of many meters. It depends on the freezes from 28 days before, and on the state: days judged one by
 * one are the days judged at once.
 */
export class DayJudge {
  readonly #rules: readonly Ready[];
  readonly #point: HoldPoint = { slot: 0, value: 0, mark: 0, begins: 0 };
  #told: Transition[] = [];

  constructor({ rules = DAY_ANOMALY_RULES, limits = {} }: DayJudgeOptions = {}) {
    this.#rules = rules.map((id) => ({
      id,
      rule: MEASURES[id],
      place: dayPlace(DAY_ANOMALY_RULES.indexOf(id)),
      limits: holdLimits(dayLimits(id, false, limits)),
      largeLimits: holdLimits(dayLimits(id, true, limits)),
    }));
  }

  /** What became of the meter's anomalies, by time, then by rule. A fresh state learns from the history first. */
  judge(meter: JudgedMeter, days: DayColumns, span: DaySpan, state: DayState, now: number): readonly Transition[] {
    this.#told = [];
    const view = new DayView(meter, days, state);
    for (let place = 0; place < span.to; place++) {
      if ((days.slots[place] ?? 0) > now) break;
      if (view.goTo(place) && place >= span.from) for (const ready of this.#rules) this.#run(ready, view);
    }
    return this.#told;
  }

  #run(ready: Ready, view: DayView): void {
    const { rule, place } = ready;
    const point = this.#point;
    view.rulePlace = place;
    point.slot = view.slot;
    if (!rule.appliesTo(view.meter)) {
      if (isOpen(view.state, place)) this.#tell(ready, 'close', view);
      return;
    }
    point.value = rule.measure(view);
    if (Number.isNaN(point.value)) return;
    point.begins = rule.begins?.(view) ?? view.slot;
    const change = hold(view.state, place, view.meter.isLarge ? ready.largeLimits : ready.limits, point);
    if (change !== null) this.#tell(ready, change, view);
  }

  #tell({ id, rule, place, ...both }: Ready, kind: HoldChange, view: DayView): void {
    const { meter, state, slot } = view;
    const held = heldView(state, place);
    const { raise } = meter.isLarge ? both.largeLimits : both.limits;
    const facts = { ...heldFacts(held, rule.wording, raise, rule.scale(meter)), ...rule.facts?.(view) };
    this.#told.push({ rule: id, basis: 'days', kind, at: slot, from: held.from, to: held.to, facts });
    if (kind === 'close') forget(state, place);
  }
}
