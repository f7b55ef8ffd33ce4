import { slotAt, slotsBetween, slotsOfDay } from '#contract/calendar.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Meter } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { isoLocal } from '#contract/zone.ts';
import { dueClassifier } from '#domain/collection/due-class.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { ratesRules } from '#domain/validation/gauges.ts';
import { registerRules } from '#domain/validation/register.ts';
import { RULE_TEXTS, type RuleId } from '#domain/vee/rule-texts.ts';
import type { Batch, BatchStore } from '#stores/batch-store.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { NewRevision, Revision, RevisionStore } from '#stores/revision-store.ts';
import { type ValidatedReading, ValidatedReadings, validated } from '#stores/validated-readings.ts';
import { ApiProblem } from '../errors.ts';
import { dateParameter, instantParameter } from './parameters.ts';

export type OverrideValues = Readonly<Partial<Record<QuantityName, number>>>;

/** One reading of a meter: a slot of a task. */
export interface NamedReading {
  readonly meter: Meter;
  readonly task: Task;
  /** UTC ms. */
  readonly slot: number;
}

/** A reading with everything that was ever said of it. */
export interface RevisedReading extends NamedReading {
  readonly counts: ValidatedReading;
  /** Oldest first. */
  readonly revisions: readonly Revision[];
  /** Billing batches that the reading is part of. */
  readonly batches: readonly Batch[];
}

/** Something that speaks against a value; `rule` is one of the catalogue, or `left_out`. */
export interface OverrideWarning {
  readonly rule: RuleId | 'left_out';
  readonly zh: string;
  readonly en: string;
  readonly detail: string;
}

const LEFT_OUT = { zh: '修正值缺少表计给出的数据项，缺少的不再计入', en: 'registers of the meter are left out' };

/** Good neighbours of a value are looked for this far around it, ms: as long as meters keep their freezes. */
const NEIGHBOURS_MS = 62 * 86_400_000;
/** The same for tasks with many slots a day. */
const NEAR_MS = 86_400_000;

/** Readings with their revisions, and the checks before a person's word is written beside them. */
export class OverridesQuery {
  readonly #readings: Pick<ReadingStore, 'ofMeter' | 'ofSlot'>;
  readonly #revisions: RevisionStore;
  readonly #validated: ValidatedReadings;
  readonly #batches: Pick<BatchStore, 'ofSlot'>;

  constructor(
    readings: Pick<ReadingStore, 'ofMeter' | 'ofSlot'>,
    revisions: RevisionStore,
    batches: Pick<BatchStore, 'ofSlot'>,
  ) {
    this.#readings = readings;
    this.#revisions = revisions;
    this.#batches = batches;
    this.#validated = new ValidatedReadings(readings, revisions);
  }

  async of(index: RegistryIndex, { meter, task, slot }: NamedReading): Promise<RevisedReading> {
    const [[raw = null], revisions, batches] = await Promise.all([
      this.#readings.ofMeter(task.id, meter.id, [slot]),
      this.#revisions.history({ task: task.id, meter: meter.id, slot }),
      this.#batches.ofSlot(task.id, slot),
    ]);
    // Where it hung then: its batch is that of the district of that time.
    const area = index.area(index.areaAt(meter.id, slot) ?? meter.area);
    const district = (area && index.feeder(area.feeder)?.district) ?? null;
    return {
      ...{ meter, task, slot, revisions },
      counts: validated(meter.id, slot, raw, revisions.at(-1) ?? null),
      batches: batches.filter((batch) => batch.district === null || batch.district === district),
    };
  }

  /** Writes the next revision of a reading as it was seen; `precondition_failed` when somebody was faster. */
  async write(
    { meter, task, slot, revisions }: RevisedReading,
    said: Omit<NewRevision, 'task' | 'meter' | 'slot'>,
  ): Promise<void> {
    const revision = { ...said, task: task.id, meter: meter.id, slot };
    const added = await this.#revisions.add(revision, revisions.at(-1)?.revision ?? 0);
    if (!added) throw new ApiProblem('precondition_failed', 'another revision was written just now; read it again');
  }

  /**
   * What speaks against values: rates that do not sum to the total, and an import register that does not fit between
   * the good ones before and after it, or whose distance from them the meter cannot have counted. Values that the
   * meter gave and the override leaves out are named too. They are for the person to judge: none is refused.
   */
  async warnings(index: RegistryIndex, reading: RevisedReading, values: OverrideValues): Promise<OverrideWarning[]> {
    const warnings: OverrideWarning[] = [];
    const given = Object.keys(reading.counts.raw?.values ?? {}).filter((name) => !Object.hasOwn(values, name));
    if (given.length > 0) {
      const detail = `the meter gave ${given.join(', ')}; they do not count while this override stands`;
      warnings.push({ rule: 'left_out', ...LEFT_OUT, detail });
    }
    const model = index.modelOf(reading.meter);
    const importWh = values.energy_import_wh;
    if (!model || importWh === undefined) return warnings;
    const detail = `the rates do not sum to the total of ${importWh} Wh`;
    warnings.push(...ratesRules(values, model.rolloverWh).map((rule) => ruleWarning(rule, detail)));
    const zone = index.registry.timeZone;
    for (const neighbour of await this.#neighbours(index, reading)) {
      for (const rule of registerRules(model, reading.slot, importWh, neighbour)) {
        const where = `${neighbour.slot < reading.slot ? 'before' : 'after'} it, at ${isoLocal(zone, neighbour.slot)}`;
        warnings.push(ruleWarning(rule, `${importWh} Wh against ${neighbour.importWh} Wh ${where}`));
      }
    }
    return warnings;
  }

  /** The nearest good import registers before and after a reading within the same installation. */
  async #neighbours(index: RegistryIndex, { meter, task, slot }: NamedReading) {
    const around = 'every' in task.calendar ? NEIGHBOURS_MS : NEAR_MS;
    const stay = index.installationAt(meter.id, slot);
    const from = Math.max(slot - around, stay?.from ?? 0);
    const to = Math.min(slot + around, stay?.to ?? Number.POSITIVE_INFINITY);
    const slots = slotsBetween(task.calendar, index.registry.timeZone, from, to);
    const known = await this.#validated.ofMeter(task.id, meter.id, slots);
    const good = known.flatMap(({ slot: at, values, quality }) => {
      const importWh = quality === 'estimated' ? undefined : values?.energy_import_wh;
      return importWh === undefined ? [] : [{ slot: at, importWh }];
    });
    const before = good.findLast((each) => each.slot < slot);
    const after = good.find((each) => each.slot > slot);
    return [before, after].filter((each) => each !== undefined);
  }
}

function ruleWarning(rule: RuleId, detail: string): OverrideWarning {
  const { zh, en } = RULE_TEXTS[rule];
  return { rule, zh, en, detail };
}

/**
 * The slot that a path names, UTC ms: an instant, or the business date of a task with one slot a day. Problems:
 * `bad_date`, `bad_range` for what is no moment or lies in the future, `unknown_slot` for what the task does not have
 * or the meter does not owe.
 */
export function slotParameter(index: RegistryIndex, meter: Meter, task: Task, text: string, now: number): number {
  const zone = index.registry.timeZone;
  const slot = /^\d{4}-\d{2}-\d{2}$/.test(text) ? slotOfDate(task, zone, text) : instantParameter('slot', text);
  if (slot > now) throw new ApiProblem('bad_range', `${isoLocal(zone, slot)} lies in the future`);
  const nearest = slotAt(task.calendar, zone, slot);
  if (nearest !== slot) {
    throw new ApiProblem(
      'unknown_slot',
      `${task.id} has no slot at ${isoLocal(zone, slot)}; the one before is ${isoLocal(zone, nearest)}`,
    );
  }
  const due = dueClassifier(index, meter, task, zone)(slot);
  if (due === 'not_installed') {
    throw new ApiProblem('unknown_slot', `meter ${meter.id} was not installed at ${isoLocal(zone, slot)}`);
  }
  if (due === 'not_due') throw new ApiProblem('unknown_slot', `meter ${meter.id} cannot give ${task.id}`);
  return slot;
}

function slotOfDate(task: Task, zone: string, text: string): number {
  const [slot, more] = slotsOfDay(task.calendar, zone, dateParameter('slot', text));
  if (slot === undefined) throw new ApiProblem('unknown_slot', `${task.id} has no slot on ${text}`);
  if (more === undefined) return slot;
  throw new ApiProblem('bad_range', `${task.id} has several slots on ${text}; name one by its instant`);
}

/** Refuses with `bad_value` what the meter cannot show, and quantities that the task does not collect. */
export function checkValues(index: RegistryIndex, { meter, task }: NamedReading, values: OverrideValues): void {
  const model = index.modelOf(meter);
  if (!model) throw new ApiProblem('bad_value', `the model ${meter.model} is not known, so its registers are not`);
  const fields = (Object.entries(values) as [QuantityName, number][]).flatMap(([name, value]) => {
    const pointer = `/values/${name}`;
    if (!task.items.includes(name)) return [{ pointer, detail: `${task.id} collects ${task.items.join(', ')}` }];
    if (value < model.rolloverWh) return [];
    return [{ pointer, detail: `must be below ${model.rolloverWh}, where the register of ${model.id} begins again` }];
  });
  if (fields.length > 0) {
    throw new ApiProblem('bad_value', fields.map(({ pointer, detail }) => `${pointer}: ${detail}`).join('; '), fields);
  }
}

/** Refuses with `batch_closed` to change what was billed, unless the change is said to be a correction. */
export function checkOpen({ batches }: RevisedReading, correction: boolean): void {
  const closed = batches.find(({ state }) => state === 'acknowledged');
  if (!closed || correction) return;
  throw new ApiProblem(
    'batch_closed',
    `the reading is part of the acknowledged billing batch ${closed.id}; send correction: true to correct it`,
  );
}

/** Changes whenever a revision is written or the meter's own value comes. */
export function etagOf({ revisions, counts: { raw } }: RevisedReading): string {
  return `"${revisions.at(-1)?.revision ?? 0}-${raw?.readAt ?? 'none'}"`;
}

/**
 * Refuses with `precondition_required` a change that does not say which state it was made for, and with
 * `precondition_failed` one that was made for another.
 */
export function checkMatch(reading: RevisedReading, ifMatch: string | undefined): void {
  const tags = (ifMatch ?? '').split(',').map((tag) => tag.trim());
  // "*" would write over whatever is there: nobody has seen it.
  if (tags.every((tag) => tag === '' || tag === '*')) {
    throw new ApiProblem('precondition_required', 'send If-Match with the ETag of GET /meters/{id}/readings/{slot}');
  }
  if (tags.includes(etagOf(reading))) return;
  throw new ApiProblem('precondition_failed', `the reading is now ${etagOf(reading)}; read it again and decide anew`);
}
