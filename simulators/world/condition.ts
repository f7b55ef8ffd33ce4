import { DAY_S, EPOCH_S, HOUR_S, midnightBefore } from '../clock/local-time.ts';
import { type Fault, isActive, PHASES, spanOf, type Target } from '../faults/fault.ts';
import { FactorLine, type Scaling } from '../load/factor-line.ts';
import type { PhaseIndex } from './spec.ts';

/** Seconds from (inclusive) to (exclusive). */
export interface Span {
  readonly fromS: number;
  readonly untilS: number;
}

/**
 * What the faults make of one meter over time. Three factor lines, each the one before times something: `flow` is what
 * passes the service, `counted` what the import register adds up; `sensed` is what the meter takes for the load of all
 * phases together, before a lost phase takes its share away.
 */
export interface Condition {
  /** Without outages of the whole area, which the area's supply meter applies itself. */
  readonly ownFlow: FactorLine;
  readonly sensed: FactorLine;
  readonly counted: FactorLine;
  /** Without power, earliest first, merged. */
  readonly powerOff: readonly Span[];
  readonly rolloverAt: number | null;
}

/** The phase that `voltage-loss` strikes, and `phase-lost` unless it names another: b. */
export const LOST_PHASE: PhaseIndex = 1;
/** What `voltage-loss` leaves of a voltage: below every usual limit of 失压 (70 to 90 % of nominal). */
export const VOLTAGE_LEFT = 0.5;
/** The hours of `overload`, local. */
const EVENING_S = [18 * HOUR_S, 22 * HOUR_S] as const;

/** The meter that faults strike. */
export interface Struck {
  /** Share of its load on each of its terminals. */
  readonly shares: readonly number[];
  /** Phase of the net on its first terminal. */
  readonly phase: PhaseIndex;
  /** The supply meter of an area: its load is what flows to the customers, which their faults have changed already. */
  readonly isSupply: boolean;
}

export function conditionOf(faults: readonly Fault[], struck: Struck): Condition {
  const lines = { ownFlow: [] as Scaling[], sensed: [] as Scaling[], counted: [] as Scaling[] };
  for (const fault of faults) {
    const spans = fault.kind === 'overload' ? evenings(fault) : [spanOf(fault)];
    for (const span of spans) scale(lines, fault, struck, span);
  }
  const rollover = faults.findLast(({ kind }) => kind === 'rollover');
  return {
    ownFlow: new FactorLine(lines.ownFlow),
    sensed: new FactorLine(lines.sensed),
    counted: new FactorLine(lines.counted),
    powerOff: merged(faults.filter((fault) => takesPower(fault, struck)).map(spanOf)),
    rolloverAt: rollover?.params.at ?? null,
  };
}

function scale(
  lines: Readonly<Record<'ownFlow' | 'sensed' | 'counted', Scaling[]>>,
  fault: Fault,
  struck: Struck,
  span: Span,
): void {
  const factor = flowFactor(fault, struck);
  const counting = countingFactor(fault, struck.shares);
  if (factor !== 1) {
    if (!isFelt(fault)) lines.ownFlow.push({ ...span, factor });
    if (fault.kind !== 'phase-lost' || factor === 0) lines.sensed.push({ ...span, factor });
  }
  const regained = regainedFactor(fault, struck);
  if (regained !== 1) lines.sensed.push({ ...span, factor: regained });
  if (fault.kind === 'under-counting') lines.sensed.push({ ...span, factor: counting });
  if (factor * counting !== 1) lines.counted.push({ ...span, factor: factor * counting });
}

/** Whole areas: the fault strikes their supply meters, too. */
const WHOLE: readonly Target['kind'][] = ['area', 'feeder'];

/** An outage of the whole area, which the supply meter of the area applies itself. */
function isFelt({ kind, target }: Fault): boolean {
  return kind === 'no-power' && WHOLE.includes(target.kind);
}

/** The net's phase that a fault takes or weakens, as a terminal of the meter; null when the meter has none on it. */
export function struckTerminal(
  { params }: Fault,
  { shares, phase }: Pick<Struck, 'shares' | 'phase'>,
): PhaseIndex | null {
  const lost = params.phase === undefined ? LOST_PHASE : PHASES.indexOf(params.phase);
  const terminal = ((lost - phase + 3) % 3) as PhaseIndex;
  return terminal < shares.length ? terminal : null;
}

/** Of a single-phase meter all is gone with its phase, unless it is the meter alone that is said to have lost one. */
function takesPower(fault: Fault, struck: Struck): boolean {
  if (fault.kind === 'no-power') return true;
  const isAlone = fault.target.kind === 'meter';
  return fault.kind === 'phase-lost' && !isAlone && struck.shares.length === 1 && struckTerminal(fault, struck) === 0;
}

function flowFactor(fault: Fault, struck: Struck): number {
  const { kind, params } = fault;
  if (kind === 'relay-open' || kind === 'breaker-open' || takesPower(fault, struck)) return 0;
  if (kind === 'overload') return struck.isSupply ? 1 : (params.times ?? 1);
  if (kind !== 'phase-lost' || struck.shares.length === 1 || (struck.isSupply && fault.target.kind !== 'meter'))
    return 1;
  return 1 - (struck.shares[struckTerminal(fault, struck) ?? 0] ?? 0);
}

/** What is left of an area's load flows through the phases that are left. */
function regainedFactor(fault: Fault, struck: Struck): number {
  if (fault.kind !== 'phase-lost' || !struck.isSupply || fault.target.kind === 'meter') return 1;
  return 1 / (1 - (struck.shares[struckTerminal(fault, struck) ?? 0] ?? 0));
}

function countingFactor({ kind, params }: Fault, phaseShares: readonly number[]): number {
  if (kind === 'stopped') return 0;
  if (kind === 'reversed') return -1;
  if (kind === 'voltage-loss') return 1 - (1 - VOLTAGE_LEFT) * (phaseShares[LOST_PHASE] ?? 0);
  return kind === 'under-counting' ? (params.factor ?? 1) : 1;
}

/** The hours in which an overload holds. */
function evenings(fault: Fault): Span[] {
  const { fromS, untilS } = spanOf(fault);
  const first = midnightBefore(Math.max(fromS, EPOCH_S));
  return Array.from({ length: fault.params.days ?? 1 }, (_, day) => ({
    fromS: Math.max(fromS, first + day * DAY_S + EVENING_S[0]),
    untilS: Math.min(untilS, first + day * DAY_S + EVENING_S[1]),
  })).filter((span) => span.fromS < span.untilS);
}

function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.fromS - b.fromS)) {
    const last = result.at(-1);
    if (last && span.fromS <= last.untilS) {
      result[result.length - 1] = { fromS: last.fromS, untilS: Math.max(last.untilS, span.untilS) };
    } else result.push(span);
  }
  return result;
}

export function isPowered(powerOff: readonly Span[], at: number): boolean {
  return !powerOff.some(({ fromS, untilS }) => fromS <= at && at < untilS);
}

/** True while a fault of this kind is active. */
export function suffers(faults: readonly Fault[], kind: Fault['kind'], at: number): boolean {
  return faults.some((fault) => fault.kind === kind && isActive(fault, at * 1000));
}
