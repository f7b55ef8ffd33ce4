import { closesAt, delayMsOf, dueSlots } from '#contract/due.ts';
import { meterModel } from '#contract/models.ts';
import type { PlanMeter } from '#contract/plan.ts';
import type { Task } from '#contract/tasks.ts';
import { differences, eventDifferences } from './oracle.ts';
import { ZONE } from './plan.ts';
import type { SimField } from './sim-field.ts';

const slotName = (task: string, meter: string, slot: number): string =>
  `${task} ${meter} ${new Date(slot).toISOString()}`;

/** Slots that a field which begins at `now` owes at once: they have come and can still be answered. */
function owed(now: number, meter: PlanMeter, tasks: readonly Task[]): string[] {
  const model = meterModel(meter.model);
  if (!model) throw new Error(`no model ${meter.model}`);
  return tasks.flatMap((task) =>
    dueSlots(meter, model, task, ZONE, 0, now + 1)
      .filter((slot) => slot + delayMsOf(model, task) <= now && closesAt(model, task, ZONE, slot) > now)
      .map((slot) => slotName(task.id, meter.id, slot)),
  );
}

/** What a field that began at `now` has to show for every slot that it owed. */
export class FieldCheck {
  readonly #field: SimField;
  readonly #tasks: readonly Task[];
  readonly #owed: readonly string[];

  constructor(field: SimField, tasks: readonly Task[], now: number) {
    this.#field = field;
    this.#tasks = tasks;
    this.#owed = field.plan.meters.flatMap((meter) => owed(now, meter, tasks));
  }

  /** Slots without a value. */
  get unread(): string[] {
    return this.#without(this.#field.sink.decoded.readings);
  }

  /** Slots with neither a value nor a reason. */
  get untold(): string[] {
    const { readings, outcomes } = this.#field.sink.decoded;
    return this.#without([...readings, ...outcomes]);
  }

  /**
   * Everything that is wrong with what is held: values and events that no meter gave, slots and events held twice,
   * events that a meter has shown and nobody holds.
   */
  get wrong(): string[] {
    const { world, sink, plan } = this.#field;
    const { readings, events } = sink.decoded;
    const names = new Set<string>();
    const values = readings.flatMap((held) => {
      const name = slotName(held.task, held.meter, held.slot);
      const twice = names.has(name) ? [`${name} is held twice`] : [];
      names.add(name);
      const task = this.#tasks.find(({ id }) => id === held.task);
      return task ? [...twice, ...differences(world, task, held)] : [`${name}: no such task`];
    });
    const found = plan.meters.flatMap(({ id }) => {
      const reads = readings.filter((held) => held.task === 'event' && held.meter === id);
      const readAt = Math.max(0, ...reads.map((held) => held.readAt));
      const mine = events.filter(({ meter }) => meter === id);
      const { invented, doubled, lost } = eventDifferences(world, id, mine, readAt);
      return [...invented, ...doubled, ...lost];
    });
    return [...values, ...found];
  }

  /** `task meter reason`, once each, in order. */
  get failures(): string[] {
    const { outcomes } = this.#field.sink.decoded;
    return [...new Set(outcomes.map(({ task, meter, reason }) => `${task} ${meter} ${reason}`))].toSorted();
  }

  #without(rows: readonly { readonly task: string; readonly meter: string; readonly slot: number }[]): string[] {
    const held = new Set(rows.map(({ task, meter, slot }) => slotName(task, meter, slot)));
    return this.#owed.filter((name) => !held.has(name));
  }
}
