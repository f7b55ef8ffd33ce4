import type { EventKind } from '#contract/envelope.ts';
import { at, type Wording } from '../hold.ts';
import type { JudgedMeter } from '../judged-meter.ts';
import { spanAt } from '../spans.ts';
import type { Facts } from '../transition.ts';
import type { StateFact } from './facts.ts';
import { STATE_BOUNDS, type StateRuleId } from './limits.ts';
import { type MeterState, STATE_HEAD } from './state.ts';

/** What a fact means for a rule; `value` NaN = nothing. `begins`: when that which it shows began. */
export interface StatePoint {
  value: number;
  mark: number;
  begins: number;
}

export interface StateRule {
  readonly appliesTo: (meter: JudgedMeter) => boolean;
  /** Judges a fact that the state has taken already, and writes into `point`. */
  readonly measure: (fact: StateFact, meter: JudgedMeter, state: MeterState, point: StatePoint) => void;
  /** Null: what is measured is a yes or no, and nothing to be worded. */
  readonly wording: Wording | null;
  readonly marks?: { readonly name: string; readonly words: readonly string[] };
  readonly facts?: (state: MeterState) => Facts;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const OPEN = 1;
const CLOSED = 2;

const CLOCK_WRONG: StateRule = {
  appliesTo: () => true,
  measure: (fact, _meter, _state, point) => {
    if (fact.kind !== 'clock' || !(Math.abs(fact.offsetS) <= STATE_BOUNDS.mostOffsetS)) return;
    point.value = Math.abs(fact.offsetS);
    point.mark = fact.offsetS > 0 ? 1 : 2;
  },
  wording: { worst: 'largestOffsetS', limit: 'limitS', decimals: 0, markName: 'clock', marks: ['fast', 'slow'] },
};

/** Places in the state where an event of a kind is remembered, and what it is called. */
interface Counted {
  readonly newest: number;
  readonly count: number;
  readonly mark: number;
}

const COVERS: Readonly<Partial<Record<EventKind, Counted>>> = {
  cover_open: { newest: STATE_HEAD.coverAt, count: STATE_HEAD.covers, mark: 1 },
  terminal_cover_open: { newest: STATE_HEAD.terminalCoverAt, count: STATE_HEAD.covers, mark: 2 },
};
const MAGNETS: Readonly<Partial<Record<EventKind, Counted>>> = {
  magnetic_field: { newest: STATE_HEAD.magnetAt, count: STATE_HEAD.magnets, mark: 1 },
};

/** An event counts once, however often it is read. While the meter answers and tells of no new one, time passes. */
function countEvent(
  kinds: Readonly<Partial<Record<EventKind, Counted>>>,
  fact: StateFact,
  meter: JudgedMeter,
  state: MeterState,
  point: StatePoint,
): void {
  if (fact.kind === 'command') return;
  const counted = fact.kind === 'event' ? kinds[fact.event] : undefined;
  if (!counted || fact.kind !== 'event') {
    point.value = 0;
    return;
  }
  if (fact.start <= at(state, counted.newest) || isInstallWork(meter, fact.start) || fact.start > fact.at) return;
  state[counted.newest] = fact.start;
  state[counted.count] = at(state, counted.count) + 1;
  point.value = 1;
  point.mark = counted.mark;
  point.begins = fact.start;
}

/** Before the meter was put in, while that was done, or when it was somewhere else. */
function isInstallWork(meter: JudgedMeter, start: number): boolean {
  const span = meter.spans[spanAt(meter, start)];
  return !span || start < span.from + STATE_BOUNDS.installHours * HOUR_MS;
}

const COVER_OPENED: StateRule = {
  appliesTo: () => true,
  measure: (fact, meter, state, point) => countEvent(COVERS, fact, meter, state, point),
  wording: null,
  marks: { name: 'cover', words: ['meter', 'terminals'] },
  facts: (state) => ({ times: at(state, STATE_HEAD.covers) }),
};

const MAGNETIC_FIELD: StateRule = {
  appliesTo: () => true,
  measure: (fact, meter, state, point) => countEvent(MAGNETS, fact, meter, state, point),
  wording: null,
  facts: (state) => ({ times: at(state, STATE_HEAD.magnets) }),
};

const CONTRADICTIONS = [
  'closed against the order',
  'open against the order',
  'open without an order',
  'credit too low',
] as const;

/** What is wrong with the relay, as its place in the list above, from 1; 0 = nothing. */
function contradiction(command: number, relay: number, isCreditLow: boolean): number {
  if (command === OPEN) return relay === CLOSED ? 1 : 0;
  if (relay === OPEN) return command === CLOSED ? 2 : 3;
  return isCreditLow ? 4 : 0;
}

/** What the orders want; an account that the registry has as disconnected or closed needs none. */
function wanted(meter: JudgedMeter, state: MeterState): number {
  const command = at(state, STATE_HEAD.command);
  if (command !== 0 || meter.status === 'active') return command;
  return OPEN;
}

const COST_CONTROL: StateRule = {
  appliesTo: ({ role, status }) => role === 'customer' && (status === 'active' || status === 'disconnected'),
  measure: (fact, meter, state, point) => {
    if (fact.kind !== 'relay' && fact.kind !== 'credit') return;
    const relay = at(state, STATE_HEAD.relay);
    const isFresh = fact.at - at(state, STATE_HEAD.commandAt) < STATE_BOUNDS.commandGraceMin * MINUTE_MS;
    if (relay === 0 || isFresh) return;
    point.mark = contradiction(wanted(meter, state), relay, at(state, STATE_HEAD.lowCredit) === 1);
    point.value = point.mark === 0 ? 0 : 1;
  },
  wording: null,
  marks: { name: 'relay', words: CONTRADICTIONS },
};

export const STATE_MEASURES: Readonly<Record<StateRuleId, StateRule>> = {
  clock_wrong: CLOCK_WRONG,
  cover_opened: COVER_OPENED,
  magnetic_field: MAGNETIC_FIELD,
  cost_control: COST_CONTROL,
};
