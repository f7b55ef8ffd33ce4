import type { ReadingRow } from '#contract/envelope.ts';
import type { MeterModel } from '#contract/models.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Task } from '#contract/tasks.ts';
import { QuickLook } from '#domain/validation/quick-look.ts';
import type { Baseline } from '#domain/validation/register.ts';
import { type Validated, validateReading } from '#domain/validation/validate-reading.ts';
import { valuesOf } from './taken-reading.ts';

/** Validates the readings of one batch. */
export class Looks {
  readonly task: Task;
  readonly quantities: readonly QuantityName[];
  readonly #zone: string;
  readonly #quick = new Map<MeterModel, QuickLook>();

  constructor(task: Task, zone: string, quantities: readonly QuantityName[]) {
    this.task = task;
    this.quantities = quantities;
    this.#zone = zone;
  }

  validate(model: MeterModel, row: ReadingRow, baseline: Baseline | null): Validated {
    return this.#quickOf(model).validate(row, baseline) ?? this.#thorough(model, row, baseline);
  }

  #quickOf(model: MeterModel): QuickLook {
    let quick = this.#quick.get(model);
    if (!quick) {
      quick = new QuickLook(model, this.task, this.#zone, this.quantities);
      this.#quick.set(model, quick);
    }
    return quick;
  }

  #thorough(model: MeterModel, { slot, readAt, meterTime, values }: ReadingRow, baseline: Baseline | null): Validated {
    const reading = { slot, readAt, meterTime, values: valuesOf(this.quantities, values) };
    return validateReading(reading, { model, task: this.task, zone: this.#zone }, baseline);
  }
}
