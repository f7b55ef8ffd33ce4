import { slotsBetween } from '#contract/calendar.ts';
import { QUALITY_CODES, type Quality } from '#contract/quality.ts';
import { isFor } from '#contract/task-selection.ts';
import type { Task } from '#contract/tasks.ts';
import { momentOf } from '#domain/moment.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { byCounter, COUNTER_QUANTITY, COUNTERS, type Energies } from '#domain/usage/counters.ts';
import type { Difference } from '#domain/usage/register-difference.ts';
import { between, endAt, type RegisterEnd, type StayRegisters } from '#domain/usage/stay-registers.ts';
import type { ReadingStore, StoredReading } from '#stores/reading-store.ts';

/** Energy of one meter since midnight, or since it was put in, up to its newest present register. */
export interface PresentPart {
  readonly registers: StayRegisters;
  readonly task: string | null;
  readonly since: number;
  /** When the present register was true, UTC ms. */
  readonly at: number | null;
  readonly start: RegisterEnd;
  readonly registerWh: number | null;
  readonly quality: Quality | null;
  readonly how: Difference['how'];
  readonly energies: Energies;
}

interface Present {
  readonly task: Task;
  readonly reading: StoredReading;
  readonly at: number;
}

/** Present registers of meters: of the tasks that read them through the day. */
export class PresentUsage {
  readonly #readings: Pick<ReadingStore, 'ofMeter'>;

  constructor(readings: Pick<ReadingStore, 'ofMeter'>) {
    this.#readings = readings;
  }

  /** Of a stay that lasts, from the local midnight (UTC ms) on. */
  async since(index: RegistryIndex, registers: StayRegisters, midnight: number, now: number): Promise<PresentPart> {
    const since = Math.max(midnight, registers.stay.from);
    const start = endAt(registers, since);
    const present = await this.#newest(index, registers.stay.meter, since, now);
    const end: RegisterEnd = {
      at: present?.at ?? now,
      registers: byCounter((counter) => present?.reading.values[COUNTER_QUANTITY[counter]] ?? null),
      quality: present?.reading.quality ?? 'missing',
      source: present ? 'freeze' : 'none',
      revision: 0,
      method: null,
      rules: present?.reading.rules ?? [],
    };
    const differences = COUNTERS.map((counter) => [counter, between(registers, counter, start, end)] as const);
    const of = new Map(differences);
    return {
      registers,
      task: present?.task.id ?? null,
      since,
      at: present?.at ?? null,
      start,
      registerWh: end.registers.import,
      quality: present?.reading.quality ?? null,
      how: of.get('import')?.how ?? 'no_end',
      energies: byCounter((counter) => of.get(counter)?.wh ?? null),
    };
  }

  async #newest(index: RegistryIndex, id: string, since: number, now: number): Promise<Present | null> {
    const meter = index.meter(id);
    const model = meter && index.modelOf(meter);
    if (!model) return null;
    const account = index.accountAt(id, now);
    const tasks = index.registry.tasks.filter(
      (task) =>
        (task.kind === 'instant' || task.kind === 'profile') &&
        task.items.includes('energy_import_wh') &&
        isFor(task, account),
    );
    const found = await Promise.all(
      tasks.map(async (task) => {
        const slots = slotsBetween(task.calendar, index.registry.timeZone, since, now + 1);
        const readings = await this.#readings.ofMeter(task.id, id, slots);
        const reading = readings.findLast(
          ({ quality, values }) => QUALITY_CODES[quality].billable === 'yes' && values.energy_import_wh !== undefined,
        );
        return reading ? { task, reading, at: momentOf(model, task, reading) } : null;
      }),
    );
    return found.reduce((best, each) => (each && (!best || each.at > best.at) ? each : best), null);
  }
}
