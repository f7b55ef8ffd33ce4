import { slotsOfDay } from '#contract/calendar.ts';
import type { AccountCategory, Meter } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays } from '#contract/zone.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { registerDifference } from '#domain/usage/register-difference.ts';
import { stayOf } from '#domain/usage/stay-usage.ts';
import { mostWh } from '#domain/validation/register.ts';
import type { ValidatedReadings } from '#stores/validated-readings.ts';

/** Fewest like customers whose mean stands for another: below that one household would show through. */
const FEWEST = 3;

/** Mean days of the customers of an area, remembered for one round of estimates. */
export class AreaProfiles {
  readonly #readings: Pick<ValidatedReadings, 'ofSlot'>;
  readonly #registry: RegistryIndex;
  readonly #task: Task;
  readonly #registers = new Map<string, Promise<ReadonlyMap<string, number>>>();
  readonly #days = new Map<string, Promise<number | null>>();

  constructor(readings: Pick<ValidatedReadings, 'ofSlot'>, registry: RegistryIndex, task: Task) {
    this.#readings = readings;
    this.#registry = registry;
    this.#task = task;
  }

  /**
   * Mean energy of a business date over the area's customer meters of a category whose registers count at both ends,
   * Wh with their ratios; null when there are fewer than three.
   */
  dayWh(area: string, category: AccountCategory, date: string): Promise<number | null> {
    const key = `${date} ${category} ${area}`;
    const found = this.#days.get(key) ?? this.#meanDay(area, category, date);
    this.#days.set(key, found);
    return found;
  }

  async #meanDay(area: string, category: AccountCategory, date: string): Promise<number | null> {
    const zone = this.#registry.registry.timeZone;
    const [start] = slotsOfDay(this.#task.calendar, zone, date);
    const [end] = slotsOfDay(this.#task.calendar, zone, addDays(date, 1));
    if (start === undefined || end === undefined) return null;
    const [starts, ends] = await Promise.all([this.#registersAt(area, start), this.#registersAt(area, end)]);
    const whs = this.#registry.metersOfArea(area).flatMap((meter) => {
      if (this.#registry.accountAt(meter.id, start)?.category !== category) return [];
      const wh = this.#energy(meter, start, end, starts.get(meter.id) ?? null, ends.get(meter.id) ?? null);
      return wh === null ? [] : [wh];
    });
    return whs.length < FEWEST ? null : whs.reduce((sum, wh) => sum + wh, 0) / whs.length;
  }

  #energy(meter: Meter, start: number, end: number, startWh: number | null, endWh: number | null): number | null {
    const model = this.#registry.modelOf(meter);
    const installation = this.#registry.installationAt(meter.id, start);
    if (!model || !installation || (installation.to !== null && installation.to <= end)) return null;
    const most = mostWh(model, end - start);
    const { wh } = registerDifference(startWh, endWh, model.rolloverWh, most);
    return wh === null || wh > most ? null : wh * stayOf(meter, installation).ratio;
  }

  #registersAt(area: string, slot: number): Promise<ReadonlyMap<string, number>> {
    const key = `${slot} ${area}`;
    const found = this.#registers.get(key) ?? this.#read(area, slot);
    this.#registers.set(key, found);
    return found;
  }

  async #read(area: string, slot: number): Promise<ReadonlyMap<string, number>> {
    const customers = this.#registry.metersOfArea(area).filter(({ role }) => role === 'customer');
    const ids = customers.map(({ id }) => id);
    const registers = new Map<string, number>();
    for (const { meter, values, quality } of await this.#readings.ofSlot(this.#task.id, slot, ids)) {
      const wh = quality === 'estimated' ? undefined : values?.energy_import_wh;
      if (wh !== undefined) registers.set(meter, wh);
    }
    return registers;
  }
}
