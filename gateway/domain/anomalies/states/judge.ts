import {
  at,
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
import { type LimitOverrides, stateLimits } from '../limits.ts';
import { spanAt } from '../spans.ts';
import type { Facts, Transition } from '../transition.ts';
import type { StateFact } from './facts.ts';
import { STATE_BOUNDS, STATE_RULES, type StateRuleId } from './limits.ts';
import { type MeterState, STATE_HEAD, statePlace } from './state.ts';
import { STATE_MEASURES, type StateRule } from './state-rules.ts';

export interface StateJudgeOptions {
  readonly rules?: readonly StateRuleId[];
  readonly limits?: LimitOverrides;
}

interface Ready {
  readonly id: StateRuleId;
  readonly rule: StateRule;
  readonly place: number;
  readonly limits: HoldLimits;
}

/** Judges events and states of many meters, fact by fact. */
export class StateJudge {
  readonly #rules: readonly Ready[];
  readonly #point: HoldPoint = { slot: 0, value: 0, mark: 0, begins: 0 };
  #told: Transition[] = [];

  constructor({ rules = STATE_RULES, limits = {} }: StateJudgeOptions = {}) {
    this.#rules = rules.map((id) => ({
      id,
      rule: STATE_MEASURES[id],
      place: statePlace(STATE_RULES.indexOf(id)),
      limits: holdLimits(stateLimits(id, false, limits)),
    }));
  }

  /**
   * What became of the meter's anomalies, by time, then by rule. Facts in any order; readings that are older than the
   * newest that was judged are left out, events that were read late are not.
   */
  judge(meter: JudgedMeter, facts: readonly StateFact[], state: MeterState, now: number): readonly Transition[] {
    this.#told = [];
    for (const fact of facts.length > 1 ? [...facts].sort(byTime) : facts) {
      if (fact.at > now || !take(fact, meter, state)) continue;
      for (const ready of this.#rules) this.#run(ready, fact, meter, state);
    }
    return this.#told;
  }

  #run(ready: Ready, fact: StateFact, meter: JudgedMeter, state: MeterState): void {
    const point = this.#point;
    point.slot = Math.max(fact.at, at(state, STATE_HEAD.last));
    if (!ready.rule.appliesTo(meter)) {
      if (isOpen(state, ready.place)) this.#tell(ready, 'close', state);
      return;
    }
    point.value = Number.NaN;
    point.mark = 0;
    point.begins = point.slot;
    ready.rule.measure(fact, meter, state, point);
    if (Number.isNaN(point.value)) return;
    const isAgain = isOpen(state, ready.place) && point.value > 0 && fact.kind === 'event';
    const change = hold(state, ready.place, ready.limits, point) ?? (isAgain ? 'update' : null);
    if (change !== null) this.#tell(ready, change, state);
  }

  #tell({ id, rule, place, limits }: Ready, kind: HoldChange, state: MeterState): void {
    const view = heldView(state, place);
    const facts: Record<string, number | string> = {
      ...(rule.wording ? heldFacts(view, rule.wording, limits.raise, 1) : { lastedMin: view.lastedMin }),
      ...rule.facts?.(state),
    };
    const word = rule.marks?.words[view.mark - 1];
    if (rule.marks && word !== undefined) facts[rule.marks.name] = word;
    this.#told.push({
      rule: id,
      basis: 'states',
      kind,
      at: this.#point.slot,
      from: view.from,
      to: view.to,
      facts: facts as Facts,
    });
    if (kind !== 'close') return;
    forget(state, place);
    if (id === 'cover_opened') state[STATE_HEAD.covers] = 0;
    if (id === 'magnetic_field') state[STATE_HEAD.magnets] = 0;
  }
}

/** Orders first, and among facts of one moment an order that does not depend on how they came. */
const KINDS: readonly StateFact['kind'][] = ['command', 'event', 'clock', 'relay', 'credit'];

function byTime(a: StateFact, b: StateFact): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.kind !== b.kind) return KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
  return a.kind === 'event' && b.kind === 'event' ? a.start - b.start : 0;
}

/** Remembers what a fact says; false when it is to be left out. */
function take(fact: StateFact, meter: JudgedMeter, state: MeterState): boolean {
  if (fact.kind === 'command') return takeCommand(fact, state);
  if (fact.kind !== 'event' && (fact.at < at(state, STATE_HEAD.last) || spanAt(meter, fact.at) === -1)) return false;
  state[STATE_HEAD.last] = Math.max(fact.at, at(state, STATE_HEAD.last));
  if (fact.kind === 'relay') state[STATE_HEAD.relay] = fact.open ? 1 : 2;
  if (fact.kind === 'credit') state[STATE_HEAD.lowCredit] = fact.amountCny < STATE_BOUNDS.leastCreditCny ? 1 : 0;
  return true;
}

function takeCommand(fact: StateFact & { kind: 'command' }, state: MeterState): boolean {
  if (fact.at < at(state, STATE_HEAD.commandAt)) return false;
  state[STATE_HEAD.commandAt] = fact.at;
  state[STATE_HEAD.command] = fact.relay === null ? 0 : fact.relay === 'open' ? 1 : 2;
  return true;
}
