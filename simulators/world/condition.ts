import { type Fault, isActive, spanOf } from '../faults/fault.ts';
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

/** The phase that `phase-lost` and `voltage-loss` strike: b. */
export const LOST_PHASE: PhaseIndex = 1;
/** What `voltage-loss` leaves of a voltage: below every usual limit of 失压 (70 to 90 % of nominal). */
export const VOLTAGE_LEFT = 0.5;

export function conditionOf(faults: readonly Fault[], phaseShares: readonly number[]): Condition {
  const lines = { ownFlow: [] as Scaling[], sensed: [] as Scaling[], counted: [] as Scaling[] };
  for (const fault of faults) {
    const factor = flowFactor(fault, phaseShares);
    const counting = countingFactor(fault, phaseShares);
    const span = spanOf(fault);
    if (factor !== 1) {
      if (fault.target.kind === 'meter') lines.ownFlow.push({ ...span, factor });
      if (fault.kind !== 'phase-lost') lines.sensed.push({ ...span, factor });
    }
    if (fault.kind === 'under-counting') lines.sensed.push({ ...span, factor: counting });
    if (factor * counting !== 1) lines.counted.push({ ...span, factor: factor * counting });
  }
  const rollover = faults.findLast(({ kind }) => kind === 'rollover');
  return {
    ownFlow: new FactorLine(lines.ownFlow),
    sensed: new FactorLine(lines.sensed),
    counted: new FactorLine(lines.counted),
    powerOff: merged(faults.filter(({ kind }) => kind === 'no-power').map(spanOf)),
    rolloverAt: rollover?.params.at ?? null,
  };
}

function flowFactor({ kind }: Fault, phaseShares: readonly number[]): number {
  if (kind === 'no-power' || kind === 'relay-open') return 0;
  return kind === 'phase-lost' ? 1 - (phaseShares[LOST_PHASE] ?? 0) : 1;
}

function countingFactor({ kind, params }: Fault, phaseShares: readonly number[]): number {
  if (kind === 'stopped') return 0;
  if (kind === 'reversed') return -1;
  if (kind === 'voltage-loss') return 1 - (1 - VOLTAGE_LEFT) * (phaseShares[LOST_PHASE] ?? 0);
  return kind === 'under-counting' ? (params.factor ?? 1) : 1;
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
