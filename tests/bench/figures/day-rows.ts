import type { OutcomeRow } from '#contract/envelope.ts';
import type { Reason } from '#contract/reasons.ts';
import { addDays, instantOf } from '#contract/zone.ts';
import type { RuleId } from '#domain/validation/rules.ts';
import type { NewReading, NewReadings } from '#stores/reading-store.ts';
import type { StoredOutcome } from '#stores/state-store.ts';
import {
  CUSTOMERS_AN_AREA,
  type Defect,
  type Ending,
  type GeneratedPlan,
  isExchange,
  ZONE,
} from '../../support/generated-district/plan.ts';
import { AreaRegisters } from '../../support/generated-district/registers.ts';
import { FREEZE_TASK, freezeRow, QUANTITIES, replacementRow } from '../../support/generated-district/rows.ts';
import { meterId, replacementId } from '../../support/generated-district/site.ts';

/** Areas whose rows are written together: 5,000 meters, as many as the gateway commits at once. */
const AREAS_A_GROUP = 25;
const MINUTE_MS = 60_000;
const FIRST_PASS_MS = 120 * MINUTE_MS;

/** What the gateway says of the values that these faults give. */
const SUSPECT: Readonly<Partial<Record<Defect, RuleId>>> = {
  zero_register: 'register_reversed',
  shifted_decimal: 'register_jump',
  rates_apart: 'rates_mismatch',
  time_stamp: 'freeze_time',
};

/** Rows of some areas as the gateway stores them. */
export interface RowGroup {
  readonly readings: readonly NewReadings[];
  readonly outcomes: readonly StoredOutcome[];
}

/** Registers of an area after the other: those of all areas would be several hundred MB. */
export function passingRegisters(plan: GeneratedPlan): (area: number) => AreaRegisters {
  let last: AreaRegisters | null = null;
  return (area) => {
    if (last?.area !== area) last = new AreaRegisters(plan, area);
    return last;
  };
}

/** Everything that was read of some days up to a moment (UTC ms), and why the rest was not. */
export function* dayRows(plan: GeneratedPlan, days: readonly number[], until: number): Generator<RowGroup> {
  for (let first = 0; first < plan.areas; first += AREAS_A_GROUP) {
    const made = days.map((day) => new DayOfGroup(plan, day, until));
    for (let area = first; area < Math.min(plan.areas, first + AREAS_A_GROUP); area++) {
      const registers = new AreaRegisters(plan, area);
      for (const day of made) day.add(registers);
    }
    const batch = (rows: readonly NewReading[]): NewReadings => ({ task: FREEZE_TASK, quantities: QUANTITIES, rows });
    yield {
      readings: made.map(({ readings }) => batch(readings)).filter(({ rows }) => rows.length > 0),
      outcomes: made.flatMap(({ outcomes }) => outcomes),
    };
  }
}

class DayOfGroup {
  readonly readings: NewReading[] = [];
  readonly outcomes: StoredOutcome[] = [];
  readonly #plan: GeneratedPlan;
  readonly #day: number;
  readonly #until: number;
  readonly #slot: number;
  /** From this moment on an answer is late, UTC ms. */
  readonly #dayEnd: number;

  constructor(plan: GeneratedPlan, day: number, until: number) {
    this.#plan = plan;
    this.#day = day;
    this.#until = until;
    this.#slot = plan.slots[day] ?? 0;
    this.#dayEnd = instantOf(ZONE, addDays(plan.dates[day] ?? '', 1));
  }

  add(registers: AreaRegisters): void {
    const { area } = registers;
    for (let nth = 0; nth <= CUSTOMERS_AN_AREA; nth++) {
      const { defect } = this.#plan.defectOf(area, nth);
      this.#take(registers, nth, false, this.#plan.endingOf(area, nth, this.#day));
      if (!isExchange(defect)) continue;
      this.#take(registers, nth, true, this.#plan.replacementEndingOf(area, nth, this.#day));
    }
  }

  #take(registers: AreaRegisters, nth: number, isReplacement: boolean, ending: Ending): void {
    const meter = isReplacement ? replacementId(registers.area, nth) : meterId(registers.area, nth);
    if (ending.how === 'failed') this.#failed(meter, ending.reason, true);
    if (!('minutes' in ending)) return;
    const isThere = this.#slot + ending.minutes * MINUTE_MS <= this.#until;
    if (ending.failedFirst !== null && !isThere) this.#failed(meter, ending.failedFirst, false);
    if (!isThere) return;
    const place = { nth, day: this.#day, minutes: ending.minutes };
    const row = (isReplacement ? replacementRow : freezeRow)(this.#plan, registers, place);
    const { defect, day: from } = this.#plan.defectOf(registers.area, nth);
    const rule = this.#day === from && !isReplacement ? SUSPECT[defect] : undefined;
    const quality = rule ? 'suspect' : row.readAt >= this.#dayEnd ? 'late' : 'valid';
    this.readings.push({ ...row, quality, rules: rule ? [rule] : [] });
  }

  #failed(meter: string, reason: Reason, final: boolean): void {
    const row: OutcomeRow = {
      ...{ meter, slot: this.#slot, at: this.#slot + FIRST_PASS_MS, reason },
      ...{ detail: '', attempts: 3, lastBytes: '', final },
    };
    this.outcomes.push({ ...row, task: FREEZE_TASK });
  }
}
