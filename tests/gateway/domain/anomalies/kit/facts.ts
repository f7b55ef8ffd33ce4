import type { EventKind } from '#contract/envelope.ts';
import type { JudgedMeter } from '#domain/anomalies/judged-meter.ts';
import type { StateFact } from '#domain/anomalies/states/facts.ts';
import { StateJudge } from '#domain/anomalies/states/judge.ts';
import { newMeterState } from '#domain/anomalies/states/state.ts';
import type { Transition } from '#domain/anomalies/transition.ts';
import { HOUR, NOW, QUARTER, T0, threePhase } from './meters.ts';

export function judgedFacts(facts: readonly StateFact[], meter: JudgedMeter = threePhase()): Transition[] {
  return [...new StateJudge().judge(meter, facts, newMeterState(), NOW)];
}

export function every(stepMs: number, makers: readonly ((at: number) => StateFact)[]): StateFact[] {
  return makers.map((make, i) => make(T0 + i * stepMs));
}

export function event(kind: EventKind, start: number, at: number): StateFact {
  return { kind: 'event', at, event: kind, start };
}

export function command(wanted: 'open' | 'closed' | null): StateFact {
  return { kind: 'command', at: T0, relay: wanted };
}

export function credit(amountCny: number): StateFact {
  return { kind: 'credit', at: T0, amountCny };
}

export function relay(open: boolean, at = T0): StateFact {
  return { kind: 'relay', at, open };
}

/** Relay states every quarter of an hour. */
export function relays(count: number, open: boolean, from = T0): StateFact[] {
  return Array.from({ length: count }, (_, i) => relay(open, from + i * QUARTER));
}

/** Clock offsets every hour. */
export function clocks(count: number, offsetS: number): StateFact[] {
  return Array.from({ length: count }, (_, i) => ({ kind: 'clock', at: T0 + i * HOUR, offsetS }));
}
