import { slotsOfDay } from '#contract/calendar.ts';
import { addDays } from '#contract/zone.ts';
import type { AreaDay } from '#domain/line-loss/area-day.ts';
import { AreaMembers } from '#domain/line-loss/area-members.ts';
import { areaDayOf, type DayRegisters, feederDayOf } from '#domain/line-loss/loss-day.ts';
import { type EndRegisters, type MemberDay, NO_REGISTERS } from '#domain/line-loss/member-day.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { ValidatedReading, ValidatedReadings } from '#stores/validated-readings.ts';

/** A day worked out from the readings, with what it is made of. */
export interface WorkedDay {
  readonly day: AreaDay;
  readonly from: number;
  readonly to: number;
  readonly parts: readonly MemberDay[];
  /** Readings of a meter at both freezes; undefined where there is none. */
  readonly readingsOf: (meter: string) => {
    readonly start: ValidatedReading | undefined;
    readonly end: ValidatedReading | undefined;
  };
}

/** Days worked out from the readings as they count now: the witness of what is kept, and the answer where nothing is. */
export class LossReadings {
  readonly #validated: ValidatedReadings;
  #members: { readonly index: RegistryIndex; readonly members: AreaMembers } | null = null;

  constructor(validated: ValidatedReadings) {
    this.#validated = validated;
  }

  /** Null when the site has no day freeze of both ends of the date. */
  async area(index: RegistryIndex, area: string, date: string): Promise<WorkedDay | null> {
    const members = this.#membersOf(index);
    const ends = freezesOf(index, date);
    if (!ends) return null;
    const meters = members.of(area, ends.from, ends.to).map(({ stay }) => stay.meter);
    const { registers, readingsOf } = await this.#registers(ends, date, meters);
    const parts: MemberDay[] = [];
    const day = areaDayOf(index, members, area, registers, (part) => parts.push(part));
    return { day, parts, readingsOf, from: ends.from, to: ends.to };
  }

  /** Day of a feeder with meters at its head; its parts are those meters. */
  async feeder(index: RegistryIndex, feeder: string, date: string): Promise<WorkedDay | null> {
    const members = this.#membersOf(index);
    const ends = freezesOf(index, date);
    if (!ends) return null;
    const areas = index.areasOfFeeder(feeder).map(({ id }) => id);
    const { from, to } = ends;
    const all = [...areas.flatMap((area) => members.of(area, from, to)), ...members.ofHead(feeder, from, to)];
    const meters = all.map(({ stay }) => stay.meter);
    const { registers, readingsOf } = await this.#registers(ends, date, meters);
    const below = areas.map((area) => areaDayOf(index, members, area, registers));
    const parts: MemberDay[] = [];
    const day = feederDayOf(members, feeder, registers, below, (part) => parts.push(part));
    return { day, parts, readingsOf, from, to };
  }

  #membersOf(index: RegistryIndex): AreaMembers {
    if (this.#members?.index !== index) this.#members = { index, members: new AreaMembers(index) };
    return this.#members.members;
  }

  async #registers(ends: Freezes, date: string, meters: readonly string[]) {
    const named = [...new Set(meters)];
    const [start, end] = await Promise.all([
      this.#validated.ofSlot(ends.task, ends.from, named),
      this.#validated.ofSlot(ends.task, ends.to, named),
    ]);
    const starts = new Map(start.map((reading) => [reading.meter, reading]));
    const lasts = new Map(end.map((reading) => [reading.meter, reading]));
    const registers: DayRegisters = {
      date,
      from: ends.from,
      to: ends.to,
      at: (meter) => ({ start: registersOf(starts.get(meter)), end: registersOf(lasts.get(meter)) }),
    };
    return { registers, readingsOf: (meter: string) => ({ start: starts.get(meter), end: lasts.get(meter) }) };
  }
}

interface Freezes {
  readonly task: string;
  readonly from: number;
  readonly to: number;
}

function freezesOf({ registry }: RegistryIndex, date: string): Freezes | null {
  const task = registry.tasks.find(({ kind }) => kind === 'freeze-day');
  if (!task) return null;
  const [from] = slotsOfDay(task.calendar, registry.timeZone, date);
  const [to] = slotsOfDay(task.calendar, registry.timeZone, addDays(date, 1));
  return from === undefined || to === undefined ? null : { task: task.id, from, to };
}

function registersOf(reading: ValidatedReading | undefined): EndRegisters {
  const values = reading?.values;
  if (!reading || !values) return NO_REGISTERS;
  return {
    importWh: values.energy_import_wh ?? null,
    exportWh: values.energy_export_wh ?? null,
    estimated: reading.quality === 'estimated',
  };
}
