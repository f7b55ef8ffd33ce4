import type { EventRow, OutcomeRow, ReadingBatch, ReadingRow } from '#contract/envelope.ts';
import type { MeterModel } from '#contract/models.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Meter } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Baseline } from '#domain/validation/register.ts';
import { validateReading } from '#domain/validation/validate-reading.ts';
import type { NewReading, NewReadings } from '#stores/reading-store.ts';
import type { LedgerCommit, QuarantineEntry, StoredOutcome } from '#stores/state-store.ts';
import type { Arrival } from './arrival.ts';

/** A reading that was taken, as the detectors want it. */
export interface TakenReading {
  readonly meter: Meter;
  readonly model: MeterModel;
  readonly task: Task;
  readonly slot: number;
  readonly readAt: number;
  readonly values: Readonly<Partial<Record<QuantityName, number | null>>>;
  readonly suspect: boolean;
}

/** Everything one group commit will write, and what the detectors have to see of it. */
export interface Judged {
  readonly readings: readonly NewReadings[];
  readonly ledger: Omit<LedgerCommit, 'marks'>;
  readonly taken: readonly TakenReading[];
  readonly outcomes: readonly OutcomeRow[];
  readonly events: readonly EventRow[];
}

/** Characters of a refused row that are kept; no row of ours is longer. */
const MAX_KEPT = 4096;

/**
 * Judges what collectors sent against the registry: a row counts only for a meter that the sending collector reads.
 * What cannot be taken goes to quarantine with its reason; what can is validated. Keeps the newest plausible register
 * of every meter, which a lower reading never moves.
 */
export class Judge {
  #registry: RegistryIndex;
  readonly #baselines = new Map<string, Baseline>();

  constructor(registry: RegistryIndex, baselines: readonly { meter: string; slot: number; importWh: number }[]) {
    this.#registry = registry;
    for (const { meter, slot, importWh } of baselines) this.#baselines.set(meter, { slot, importWh });
  }

  use(registry: RegistryIndex): void {
    this.#registry = registry;
  }

  judge(arrivals: readonly Arrival[], now: number): Judged {
    const work = new Work(now);
    for (const arrival of arrivals) {
      if (arrival.refused) work.refuse(arrival, 'envelope', arrival.refused.why, arrival.refused.content);
      for (const batch of arrival.envelope?.batches ?? []) {
        if (batch.stream === 'reading') this.#readings(arrival, batch, work);
        else if (batch.stream === 'outcome') this.#outcomes(arrival, batch.task, batch.rows, work);
        else this.#events(arrival, batch.rows, work);
      }
      for (const { row, why, stream, task } of arrival.envelope?.rejects ?? []) {
        work.refuse(arrival, 'row', why, textOf({ stream, task, row }));
      }
    }
    return work.done();
  }

  #meter(arrival: Arrival, id: string): Meter | null {
    const meter = this.#registry.meter(id);
    if (!meter) return null;
    return this.#registry.line(meter.line)?.collector === arrival.collector ? meter : null;
  }

  #readings(arrival: Arrival, batch: ReadingBatch, work: Work): void {
    const task = this.#registry.task(batch.task);
    const rows: NewReading[] = [];
    for (const row of batch.rows) {
      const meter = this.#meter(arrival, row.meter);
      const model = meter ? this.#registry.modelOf(meter) : undefined;
      if (!meter || !model || !task) {
        const content = textOf({ stream: 'reading', task: batch.task, quantities: batch.quantities, row });
        if (task) work.stranger(arrival, row.meter, content);
        else work.refuse(arrival, 'unknown_task', `no task is called ${batch.task}`, content);
        continue;
      }
      rows.push(this.#reading({ meter, model, task }, batch.quantities, row, work));
    }
    if (rows.length > 0) work.readings.push({ task: batch.task, quantities: batch.quantities, rows });
  }

  #reading(
    { meter, model, task }: { meter: Meter; model: MeterModel; task: Task },
    quantities: readonly QuantityName[],
    row: ReadingRow,
    work: Work,
  ): NewReading {
    const { slot, meterTime, readAt } = row;
    const values: Partial<Record<QuantityName, number | null>> = {};
    for (const [i, name] of quantities.entries()) values[name] = row.values[i] ?? null;
    const known = this.#baselines.get(meter.id) ?? null;
    const zone = this.#registry.registry.timeZone;
    const { quality, rules, baseline } = validateReading({ slot, readAt, values }, { model, task, zone }, known);
    if (baseline) {
      this.#baselines.set(meter.id, baseline);
      work.baselines.set(meter.id, { meter: meter.id, ...baseline });
    }
    work.taken.push({ meter, model, task, slot, readAt, values, suspect: quality === 'suspect' });
    return { meter: meter.id, slot, meterTime, readAt, quality, rules, values: row.values };
  }

  #outcomes(arrival: Arrival, task: string, rows: readonly OutcomeRow[], work: Work): void {
    for (const row of rows) {
      if (this.#meter(arrival, row.meter)) work.outcomes.push({ task, ...row });
      else work.stranger(arrival, row.meter, textOf({ stream: 'outcome', task, row }));
    }
  }

  #events(arrival: Arrival, rows: readonly EventRow[], work: Work): void {
    for (const row of rows) {
      if (this.#meter(arrival, row.meter)) work.events.push(row);
      else work.stranger(arrival, row.meter, textOf({ stream: 'event', row }));
    }
  }
}

class Work {
  readonly readings: NewReadings[] = [];
  readonly outcomes: StoredOutcome[] = [];
  readonly events: EventRow[] = [];
  readonly taken: TakenReading[] = [];
  readonly baselines = new Map<string, { meter: string; slot: number; importWh: number }>();
  readonly #quarantine: QuarantineEntry[] = [];
  readonly #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  refuse(arrival: Arrival, kind: string, why: string, content: string): void {
    this.#quarantine.push({
      at: this.#now,
      collector: arrival.collector,
      epoch: arrival.envelope?.epoch ?? '',
      seq: arrival.envelope?.seq ?? 0,
      kind,
      why,
      content,
    });
  }

  stranger(arrival: Arrival, meter: string, content: string): void {
    this.refuse(arrival, 'unknown_meter', `${arrival.collector} reads no meter ${meter}`, content);
  }

  done(): Judged {
    const { readings, outcomes, events, taken } = this;
    const ledger = { outcomes, events, quarantine: this.#quarantine, baselines: [...this.baselines.values()] };
    return { readings, ledger, taken, outcomes, events };
  }
}

/** A row with everything that is needed to take it later. */
function textOf(row: object): string {
  return JSON.stringify(row).slice(0, MAX_KEPT);
}
