import { keepsTask } from '#contract/due.ts';
import type { MeterModel } from '#contract/models.ts';
import type { Task } from '#contract/tasks.ts';
import { dateOf } from '#contract/zone.ts';
import { momentOf } from '../moment.ts';
import { gaugeRules, ratesRules, type Values } from './gauges.ts';
import { type Baseline, registerRules } from './register.ts';
import { isSuspect, type RuleId } from './rules.ts';

/** A reading as it arrived. Instants in UTC ms, values in the quantity's unit. */
export interface ArrivedReading {
  readonly slot: number;
  readonly readAt: number;
  /** The meter's own time stamp of the values; null or left out when it gave none. */
  readonly meterTime?: number | null;
  readonly values: Values;
}

export interface ReadingContext {
  readonly model: MeterModel;
  readonly task: Pick<Task, 'kind'>;
  /** Time zone of the site. */
  readonly zone: string;
}

export interface Validated {
  readonly quality: 'valid' | 'late' | 'suspect';
  /** Ids of the rules that spoke, notes included; what each means stands in RULE_TEXTS. */
  readonly rules: readonly RuleId[];
  /** The meter's new baseline, or null when it stays. */
  readonly baseline: Baseline | null;
}

const QUARTER_MS = 900_000;

/** A freeze from a meter's memory bears the time stamp of its slot, or it is another one. */
export function isOtherFreeze(
  model: MeterModel,
  task: Pick<Task, 'kind'>,
  { slot, meterTime }: { readonly slot: number; readonly meterTime?: number | null },
): boolean {
  if (meterTime === null || meterTime === undefined || meterTime === slot) return false;
  return (task.kind === 'freeze-day' || task.kind === 'freeze-month') && keepsTask(model, task);
}

/** True when a reading was taken after the local day of its slot. Local days begin on quarter hours in every zone. */
export function isLate(zone: string, slot: number, readAt: number): boolean {
  if (Math.floor(slot / QUARTER_MS) === Math.floor(readAt / QUARTER_MS)) return false;
  return dateOf(zone, readAt) > dateOf(zone, slot);
}

/**
 * Judges one new reading. `suspect` when any rule of that severity is broken; else `late` when it was read after the
 * local day of its slot; else `valid`.
 *
 * The baseline moves only forward in time and only by a reading that is not suspect, so a lower register never moves
 * it, and one wild value can neither spoil the good ones after it nor be confirmed by its own repetition. Its `slot`
 * is the moment at which the value was true (`momentOf`), so that values of tasks with and without memory compare.
 * The same reading a second time is judged the same and moves nothing.
 *
 * `baseline` is that of the device: null when none is known, or when its register was set anew.
 */
export function validateReading(
  reading: ArrivedReading,
  context: ReadingContext,
  baseline: Baseline | null,
): Validated {
  const { model, task, zone } = context;
  const { slot, readAt, values } = reading;
  const importWh = values.energy_import_wh;
  const at = momentOf(model, task, reading);
  const register = typeof importWh === 'number' ? registerRules(model, at, importWh, baseline) : [];
  const time: RuleId[] = isOtherFreeze(model, task, reading) ? ['freeze_time'] : [];
  const rules = [...register, ...ratesRules(values, model.rolloverWh), ...gaugeRules(model, values), ...time];
  const suspect = isSuspect(rules);
  const moves = typeof importWh === 'number' && !suspect && (baseline === null || at > baseline.slot);
  return {
    quality: suspect ? 'suspect' : isLate(zone, slot, readAt) ? 'late' : 'valid',
    rules,
    baseline: moves ? { slot: at, importWh } : null,
  };
}
