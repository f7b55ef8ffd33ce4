import type { Batch, EventRow, OutcomeRow } from '#contract/envelope.ts';
import { decodeEnvelope, encodeWire } from '#contract/envelope-codec.ts';
import type { Plan } from '#contract/plan.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Registry } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { systemClock } from '#platform/clock.ts';
import type { Field } from '../../collector/field.ts';
import type { ResultSink } from '../../collector/schedule/results.ts';
import { batchesOf, type SpoolRecord } from '../../collector/spool/record.ts';
import { planFor } from '../../gateway/registry/plans.ts';
import { parseSite } from '../../gateway/registry/site-file.ts';
import type { DistrictPlan } from '../../simulators/district/build.ts';
import type { World } from '../../simulators/world/world.ts';
import { fieldAtWork } from './field-at-work.ts';
import type { Held } from './oracle.ts';
import { startSimLines } from './sim-lines.ts';

interface Decoded {
  readonly readings: readonly (Held & { readonly task: string })[];
  readonly outcomes: readonly (OutcomeRow & { readonly task: string })[];
  readonly events: readonly EventRow[];
}

/** Keeps what a field appends, as the spool would. */
export class MemorySink implements ResultSink {
  readonly records: SpoolRecord[] = [];
  readonly #readings: Decoded['readings'][number][] = [];
  readonly #outcomes: Decoded['outcomes'][number][] = [];
  readonly #events: EventRow[] = [];
  /** So many records have been decoded. */
  #seen = 0;

  async append(records: readonly SpoolRecord[]): Promise<void> {
    this.records.push(...records);
  }

  async room(): Promise<void> {}

  /** Everything so far as the centre would decode it. */
  get decoded(): Decoded {
    const header = { epoch: 'e', seq: 1, count: 1, oldest: 1, sentAt: 0 };
    for (const record of this.records.slice(this.#seen)) {
      const decoded = decodeEnvelope(Buffer.from(encodeWire(header, batchesOf([record]))));
      if (!decoded.ok) throw new Error(decoded.why);
      const [reject] = decoded.envelope.rejects;
      if (reject) throw new Error(reject.why);
      for (const batch of decoded.envelope.batches) this.#keep(batch);
    }
    this.#seen = this.records.length;
    return { readings: [...this.#readings], outcomes: [...this.#outcomes], events: [...this.#events] };
  }

  #keep(batch: Batch): void {
    const { task } = batch;
    if (batch.stream === 'event') this.#events.push(...batch.rows);
    if (batch.stream === 'outcome') this.#outcomes.push(...batch.rows.map((row) => ({ ...row, task })));
    if (batch.stream === 'reading') {
      this.#readings.push(...batch.rows.map((row) => ({ ...row, task, values: named(batch.quantities, row.values) })));
    }
  }
}

function named(names: readonly QuantityName[], values: readonly (number | null)[]) {
  const result: Partial<Record<QuantityName, number | null>> = {};
  for (const [i, name] of names.entries()) result[name] = values[i] ?? null;
  return result;
}

export interface SimField {
  readonly world: World;
  /** What the plan was drawn from. */
  readonly registry: Registry;
  readonly plan: Plan;
  readonly sink: MemorySink;
  readonly field: Field;
  close(): Promise<void>;
}

/** A simulated district on the air with a collector's field at work on it, in this process. */
export async function startSimField(
  district: DistrictPlan,
  options: {
    tasks: readonly Task[];
    prepare?: (world: World) => void;
    now?: number;
    /** Port that terminals call which dial in; a free one if left out. */
    dialInPort?: number;
    timing?: Partial<Plan['lines'][number]['timing']>;
  },
): Promise<SimField> {
  const lines = await startSimLines(district, options);
  const { world } = lines;
  const clock = systemClock(options.now === undefined ? 0 : options.now - Date.now());
  const registry = {
    ...parseSite('site.yaml', lines.siteText, clock.now()),
    tasks: options.tasks,
  };
  const [collector] = registry.collectors;
  if (!collector) throw new Error('no collector');
  const drawn = planFor(registry, collector);
  const plan = {
    ...drawn,
    lines: drawn.lines.map((line) => ({ ...line, timing: { ...line.timing, ...options.timing } })),
  };
  const sink = new MemorySink();
  const field = await fieldAtWork(plan, sink, clock);
  return {
    world,
    registry,
    plan,
    sink,
    field,
    close: async () => {
      await field.stop();
      await lines.close();
    },
  };
}

/** Waits for a condition that other tasks of this process bring about. */
export async function until(condition: () => boolean, deadlineMs = 15_000): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error('the condition did not come true in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
