import type { Reason } from '#contract/reasons.ts';
import type { Meter } from '#contract/registry.ts';
import { countNeighbours, type Heard, type NeighbourState } from '#domain/triage/neighbour-supply.ts';
import type { PROBE_PHASES } from '../schemas/supply.ts';
import type { Probed } from './supply.ts';

/** A meter of the probe and what it told; null while it is being asked. */
export interface Asked {
  readonly meter: Meter;
  readonly heard: {
    readonly at: number;
    readonly state: NeighbourState;
    readonly from: Heard;
    readonly reason: Reason | null;
  } | null;
}

/** A step as it is to be told. */
export interface StepDue {
  readonly step: string;
  readonly meter: Meter;
  readonly state: string;
  readonly ageS?: number;
}

export function isAnswer(heard: Heard): boolean {
  return 'values' in heard;
}

/** How far a probe is, by what its meters told. */
export function phaseOf(own: Asked, neighbours: readonly Asked[] | null): (typeof PROBE_PHASES)[number] {
  if (!own.heard) return 'reading';
  if (isAnswer(own.heard.from)) return 'done';
  return (neighbours ?? []).some(({ heard }) => heard === null) ? 'neighbours' : 'done';
}

/** Everything that may be told of a probe by now, in its order. */
export function stepsOf(own: Asked, neighbours: readonly Asked[] | null, now: number): StepDue[] {
  const due: StepDue[] = [];
  const tell = (step: string, { meter, heard }: Asked): void => {
    if (!heard) return;
    due.push({ step, meter, state: heard.state, ageS: Math.max(0, Math.round((now - heard.at) / 1000)) });
  };
  tell(own.heard && isAnswer(own.heard.from) ? 'answered' : 'silent', own);
  if (neighbours && neighbours.length > 0) {
    due.push({ step: 'neighboursAsked', meter: own.meter, state: String(neighbours.length) });
  }
  for (const each of neighbours ?? []) tell('neighbour', each);
  return due;
}

/** What a probe brings to the verdict. */
export function probedBy({ heard }: Asked, neighbours: readonly Asked[] | null, now: number): Probed {
  return {
    probe: heard && 'values' in heard.from ? heard.from : null,
    failure: heard?.reason ? { at: heard.at, reason: heard.reason } : null,
    neighbours: countNeighbours(
      (neighbours ?? []).flatMap((each) => each.heard ?? []),
      now,
    ),
  };
}
