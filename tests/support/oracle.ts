import { keepsTask } from '#contract/due.ts';
import type { EventRow } from '#contract/envelope.ts';
import { meterModel } from '#contract/models.ts';
import { type QuantityName, toScaled } from '#contract/quantities.ts';
import type { Task } from '#contract/tasks.ts';
import type { SimMeter } from '../../simulators/world/meter.ts';
import type { Energies, Registers } from '../../simulators/world/registers.ts';
import type { World } from '../../simulators/world/world.ts';

/** A value that a store or a spool holds, to be compared with what the meter gave. */
export interface Held {
  readonly meter: string;
  readonly slot: number;
  readonly readAt: number;
  readonly values: Readonly<Partial<Record<QuantityName, number | null>>>;
}

/** A present value was true at some second of this time before the read was complete: the read itself takes time. */
const READ_TAKES_S = 30;

type Getter = (registers: Registers) => number | null;
type EnergyGetter = (energies: Energies) => number | null;

const ENERGIES: Partial<Record<QuantityName, EnergyGetter>> = {
  energy_import_wh: (r) => r.importWh,
  energy_import_t1_wh: (r) => r.t1Wh,
  energy_import_t2_wh: (r) => r.t2Wh,
  energy_import_t3_wh: (r) => r.t3Wh,
  energy_import_t4_wh: (r) => r.t4Wh,
  energy_export_wh: (r) => r.exportWh,
};

const PRESENT: Partial<Record<QuantityName, Getter>> = {
  ...ENERGIES,
  voltage_a_v: (r) => r.voltagesV[0],
  voltage_b_v: (r) => r.voltagesV[1],
  voltage_c_v: (r) => r.voltagesV[2],
  current_a_a: (r) => r.currentsA[0],
  current_b_a: (r) => r.currentsA[1],
  current_c_a: (r) => r.currentsA[2],
  power_active_total_w: (r) => r.powersW.total,
  relay_open: (r) => (r.relayOpen ? 1 : 0),
  on_battery: (r) => (r.onBattery ? 1 : 0),
};

function same(name: QuantityName, held: number | null | undefined, given: number | null): boolean {
  if (held === null || held === undefined) return given === null;
  return given !== null && toScaled(name, held) === toScaled(name, given);
}

/**
 * What is wrong with a held reading: nothing, when every value is one that the meter really gave for that slot. It
 * recomputes the simulated meter, so it finds inventions, mixed-up registers, mixed-up meters and wrong times alike.
 */
export function differences(world: World, task: Task, held: Held): string[] {
  const meter = world.find(held.meter);
  if (!meter) return [`no simulated meter is called ${held.meter}`];
  const model = meterModel(meter.spec.model);
  if (!model) return [`no model ${meter.spec.model}`];
  const where = `${task.id} of ${held.meter} at ${new Date(held.slot).toISOString()}`;
  if (task.kind === 'event') return [];
  if (!keepsTask(model, task)) return presentDifferences(meter, held).map((each) => `${where}: ${each}`);
  const record = task.kind === 'profile' ? meter.loadProfile(held.slot) : meter.dayFreeze(held.slot);
  if (!record) return [`${where}: the meter has no record of this slot`];
  const getters: Partial<Record<QuantityName, EnergyGetter>> =
    task.kind === 'profile' ? (PRESENT as Partial<Record<QuantityName, EnergyGetter>>) : ENERGIES;
  return Object.entries(held.values).flatMap(([key, value]) => {
    const name = key as QuantityName;
    const getter = getters[name];
    if (!getter) return [`${where}: nobody can give ${name}`];
    const given = getter(record);
    return same(name, value, given) ? [] : [`${where}: ${name} is ${value}, the meter gave ${given}`];
  });
}

function presentDifferences(meter: SimMeter, held: Held): string[] {
  const last = Math.floor(held.readAt / 1000) + 1;
  const seconds = Array.from({ length: READ_TAKES_S + 2 }, (_, i) => meter.registers((last - i) * 1000));
  return Object.entries(held.values).flatMap(([key, value]) => {
    const name = key as QuantityName;
    if (name === 'clock_offset_s') {
      const offset = seconds[0]?.clockOffsetS ?? 0;
      return typeof value === 'number' && Math.abs(value - offset) <= 3 ? [] : [`${name} is ${value}, not ${offset}`];
    }
    const getter = PRESENT[name];
    if (!getter) return [`nobody can give ${name}`];
    if (seconds.some((registers) => same(name, value, getter(registers)))) return [];
    return [`${name} is ${value}, which the meter never showed around ${new Date(held.readAt).toISOString()}`];
  });
}

/** Power-down records that every model is asked for, the latest ones. */
const ASKED_RECORDS = 3;
/** An event that began so shortly before a read may have been recorded after it. */
const EVENT_MARGIN_MS = 3_600_000;

export interface EventDifferences {
  readonly invented: readonly string[];
  readonly doubled: readonly string[];
  readonly lost: readonly string[];
}

/**
 * What is wrong with the held events of a meter whose events were read last at `readAt` (0 = never): each must be one
 * that it recorded, none held twice, and those that it showed in that read all held.
 */
export function eventDifferences(
  world: World,
  id: string,
  held: readonly Pick<EventRow, 'start' | 'end'>[],
  readAt: number,
): EventDifferences {
  const meter = world.find(id);
  const say = (start: number, what: string): string =>
    `power-down of ${id} at ${new Date(start).toISOString()} ${what}`;
  const lastReadAt = Math.max(readAt, ...held.map(({ start, end }) => end ?? start)) + EVENT_MARGIN_MS;
  const recorded = new Map((meter?.powerDowns(lastReadAt) ?? []).map((event) => [event.startMs, event]));
  const isRecorded = ({ start, end }: Pick<EventRow, 'start' | 'end'>): boolean => {
    const event = recorded.get(start);
    return event !== undefined && (end === null || end === event.endMs);
  };
  const starts = held.map(({ start }) => start);
  const owed = readAt === 0 ? [] : (meter?.powerDowns(readAt) ?? []).slice(0, ASKED_RECORDS);
  return {
    invented: held.filter((event) => !isRecorded(event)).map(({ start, end }) => say(start, `until ${end}: never was`)),
    doubled: starts.filter((start, i) => starts.indexOf(start) < i).map((start) => say(start, 'is held twice')),
    lost: owed
      .filter(({ startMs, endMs }) => startMs < readAt - EVENT_MARGIN_MS && (endMs === null || endMs >= startMs))
      .filter(({ startMs }) => !starts.includes(startMs))
      .map(({ startMs }) => say(startMs, 'is not held')),
  };
}
