import type { ReadingRow } from '#contract/envelope.ts';
import type { MeterModel } from '#contract/models.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Meter } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';

type Values = Readonly<Partial<Record<QuantityName, number | null>>>;

/**
 * A reading that was taken, as the detectors want it. Holds the row as it came: a record of its values is made when it
 * is asked for, because most readings have nothing to tell but that all is well.
 */
export class TakenReading {
  readonly meter: Meter;
  readonly model: MeterModel;
  readonly task: Task;
  /** Of the whole batch, in the order of the row's values; one array for all readings of a batch. */
  readonly quantities: readonly QuantityName[];
  readonly row: ReadingRow;
  readonly suspect: boolean;

  constructor(
    { meter, model }: { readonly meter: Meter; readonly model: MeterModel },
    { task, quantities }: { readonly task: Task; readonly quantities: readonly QuantityName[] },
    row: ReadingRow,
    suspect: boolean,
  ) {
    this.meter = meter;
    this.model = model;
    this.task = task;
    this.quantities = quantities;
    this.row = row;
    this.suspect = suspect;
  }

  get slot(): number {
    return this.row.slot;
  }

  get readAt(): number {
    return this.row.readAt;
  }

  get values(): Values {
    return valuesOf(this.quantities, this.row.values);
  }
}

/** Values by name; null where the meter gave none. */
export function valuesOf(quantities: readonly QuantityName[], values: readonly (number | null)[]): Values {
  const named: Partial<Record<QuantityName, number | null>> = {};
  for (const [i, name] of quantities.entries()) named[name] = values[i] ?? null;
  return named;
}
