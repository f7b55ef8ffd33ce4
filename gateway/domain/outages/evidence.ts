import { type EventRow, type OutcomeRow, TERMINAL_POWER_DOWN } from '#contract/envelope.ts';
import type { MeterModel } from '#contract/models.ts';
import type { Phase } from '#contract/quantities.ts';
import type { Reason } from '#contract/reasons.ts';
import type { Task } from '#contract/tasks.ts';
import { momentOf } from '../moment.ts';
import { isPlausibleVoltage, type Values } from '../validation/gauges.ts';
import type { Evidence } from './evidence-types.ts';
import type { OutageSettings } from './settings.ts';

const PHASE_VOLTAGES = [
  ['a', 'voltage_a_v'],
  ['b', 'voltage_b_v'],
  ['c', 'voltage_c_v'],
] as const;

/** Phases of a meter by their voltage. A phase in neither list has none that was read, or one in between. */
export interface PhaseStates {
  readonly present: readonly Phase[];
  readonly missing: readonly Phase[];
}

/** Phases above `onShare` and below `offShare` of rated voltage; voltages that cannot occur on the model are left out. */
export function phaseStates(
  model: Pick<MeterModel, 'phases' | 'ratedVoltageV'>,
  values: Values,
  settings: Pick<OutageSettings, 'offShare' | 'onShare'>,
): PhaseStates {
  const present: Phase[] = [];
  const missing: Phase[] = [];
  for (const [phase, name] of PHASE_VOLTAGES.slice(0, model.phases)) {
    const voltageV = values[name];
    if (typeof voltageV !== 'number' || !isPlausibleVoltage(model, voltageV)) continue;
    if (voltageV > model.ratedVoltageV * settings.onShare) present.push(phase);
    else if (voltageV < model.ratedVoltageV * settings.offShare) missing.push(phase);
  }
  return { present, missing };
}

/** A reading that a collector made. Instants in UTC ms. */
export interface EvidentReading {
  readonly meter: string;
  readonly slot: number;
  readonly readAt: number;
  readonly values: Values;
}

/** What a meter remembers from longer before it is read than this (ms), it tells with supply that is back. */
const MEMORY_MS = 300_000;

/**
 * What a reading says about supply: the state of its voltages at the moment they were true, and that the meter spoke
 * when it was read, which takes supply: unless it is on battery, or told the voltages of that very moment. Voltages that
 * cannot occur on the model are no evidence. A three-phase meter is off only when all three of its voltages are there
 * and off.
 */
export function evidenceOfReading(
  reading: EvidentReading,
  model: MeterModel,
  task: Pick<Task, 'kind'>,
  settings: Pick<OutageSettings, 'offShare' | 'onShare'>,
): Evidence[] {
  const { meter, readAt, values } = reading;
  const at = momentOf(model, task, reading);
  const { present, missing } = phaseStates(model, values, settings);
  const answered: Evidence = { fact: 'answered', meter, at: readAt, seenAt: readAt };
  const seen = { meter, at, seenAt: readAt };
  if (present.length > 0) return [{ fact: 'voltage_on', ...seen, present, missing }, answered];
  if (values.on_battery === 1) return [{ fact: 'on_battery', ...seen }];
  if (missing.length < model.phases) return [answered];
  const off: Evidence = { fact: 'voltage_off', ...seen };
  return readAt - at > MEMORY_MS ? [off, answered] : [off];
}

/** The link worked, the meter was asked, and nothing came back. */
const SILENT: ReadonlySet<Reason> = new Set<Reason>(['no_answer', 'skipped_breaker']);
/** The meter sent a well-formed reply, though not the wanted value. */
const ANSWERED: ReadonlySet<Reason> = new Set<Reason>([
  'device_error',
  'not_supported',
  'stale_freeze',
  'meter_clock_wrong',
  'implausible',
]);

/**
 * What a failed read says about supply. Null for failures of communication (line, concentrator, collector, damaged or
 * foreign replies, missed deadlines): they say nothing about the meter.
 */
export function evidenceOfOutcome(outcome: Pick<OutcomeRow, 'meter' | 'at' | 'reason'>): Evidence | null {
  const { meter, at, reason } = outcome;
  if (SILENT.has(reason)) return { fact: 'silent', meter, at, seenAt: at };
  return ANSWERED.has(reason) ? { fact: 'answered', meter, at, seenAt: at } : null;
}

/**
 * What an event says about supply: of the whole meter, or of the terminal that the row names in the meter's place. Null
 * for one that is about neither. A phase that was lost shows in the voltages that are read; records of single phases are
 * no evidence here.
 */
export function evidenceOfEvent({ meter, kind, start, end, readAt }: EventRow): Evidence | null {
  if (kind === TERMINAL_POWER_DOWN) {
    return { fact: 'terminal_down', concentrator: meter, at: start, end, seenAt: readAt };
  }
  return kind === 'power_down' ? { fact: 'power_down', meter, at: start, end, seenAt: readAt } : null;
}
