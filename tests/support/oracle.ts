import { keepsTask } from '#contract/due.ts';
import type { EventKind, EventRow } from '#contract/envelope.ts';
import { meterModel } from '#contract/models.ts';
import { type QuantityName, toScaled } from '#contract/quantities.ts';
import type { Task } from '#contract/tasks.ts';
import type { FaultKind } from '../../simulators/faults/fault.ts';
import type { SimMeter } from '../../simulators/world/meter.ts';
import type { PowerDown } from '../../simulators/world/occurrence.ts';
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
  const record = task.kind === 'profile' ? profileOf(meter, held) : meter.dayFreeze(held.slot);
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

/** The load profile record of the slot; of a meter without a load profile its hourly freeze. */
function profileOf(meter: SimMeter, { slot, readAt }: Held): Energies | undefined {
  if (!meter.spec.options?.noLoadProfile) return meter.loadProfile(slot);
  return [...meter.freezes('hour', readAt)].find(({ stampMs }) => stampMs === slot);
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
    if (value === null && isUncounted(meter, getter, seconds)) return [];
    return [`${name} is ${value}, which the meter never showed around ${new Date(held.readAt).toISOString()}`];
  });
}

/** SunSpec acc32 (models 201 to 204): a counter at 0 says that the device does not count this energy. */
function isUncounted({ spec }: SimMeter, getter: Getter, seconds: readonly Registers[]): boolean {
  const isAcc32 = spec.model === 'sunspec-3ph' && spec.options?.sunspecFloats !== true;
  return (
    isAcc32 && (Object.values(ENERGIES) as Getter[]).includes(getter) && seconds.some((each) => getter(each) === 0)
  );
}

/** Power-down records that every model is asked for at first, the latest ones; of other kinds it is the last one. */
const ASKED_POWER_DOWNS = 3;
/** An event that began so shortly before a read may have been recorded after it. */
const EVENT_MARGIN_MS = 3_600_000;

type HeldEvent = Pick<EventRow, 'kind' | 'start' | 'end'>;

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
  held: readonly HeldEvent[],
  readAt: number,
): EventDifferences {
  const meter = world.find(id);
  const say = ({ kind, start }: Pick<HeldEvent, 'kind' | 'start'>, what: string): string =>
    `${kind} of ${id} at ${new Date(start).toISOString()} ${what}`;
  const lastReadAt = Math.max(readAt, ...held.map(({ start, end }) => end ?? start)) + EVENT_MARGIN_MS;
  const isRecorded = ({ kind, start, end }: HeldEvent): boolean =>
    recordsOf(meter, kind, lastReadAt).some(
      ({ startMs, endMs }) => startMs === start && (end === null || end === endMs),
    );
  const names = held.map(({ kind, start }) => `${kind} ${start}`);
  const owed = readAt === 0 ? [] : kindsReadOf(meter).flatMap((kind) => shownOf(meter, kind, readAt));
  return {
    invented: held.filter((event) => !isRecorded(event)).map((event) => say(event, `until ${event.end}: never was`)),
    doubled: held.filter((_, i) => names.indexOf(names[i] ?? '') < i).map((event) => say(event, 'is held twice')),
    lost: owed
      .filter(({ kind, start }) => !names.includes(`${kind} ${start}`))
      .map((event) => say(event, 'is not held')),
  };
}

/** Kinds of events besides power-downs, and the fault that leaves them. */
const FAULT_OF: Partial<Record<EventKind, FaultKind>> = {
  cover_open: 'cover-open',
  magnetic_field: 'magnetic',
  voltage_loss_b: 'voltage-loss',
  phase_loss_b: 'phase-lost',
};

/** What a meter holds of one kind, latest first. */
function recordsOf(meter: SimMeter | undefined, kind: EventKind, atMs: number): readonly PowerDown[] {
  if (kind === 'power_down') return meter?.powerDowns(atMs) ?? [];
  const fault = FAULT_OF[kind];
  return fault === undefined ? [] : (meter?.events(fault, atMs) ?? []);
}

/** Kinds that the models are read for: power-downs of all, of DL/T 645-2007 meters the cover, and voltages of phases. */
function kindsReadOf(meter: SimMeter | undefined): readonly EventKind[] {
  if (meter?.protocol !== 'dlt645') return ['power_down'];
  const ofPhases: readonly EventKind[] = meter.phases === 3 ? ['voltage_loss_b', 'phase_loss_b'] : [];
  return ['power_down', 'cover_open', ...ofPhases];
}

/** What a read at this time must have found. */
function shownOf(meter: SimMeter | undefined, kind: EventKind, readAt: number): Pick<HeldEvent, 'kind' | 'start'>[] {
  return recordsOf(meter, kind, readAt)
    .slice(0, kind === 'power_down' ? ASKED_POWER_DOWNS : 1)
    .filter(({ startMs, endMs }) => startMs < readAt - EVENT_MARGIN_MS && (endMs === null || endMs >= startMs))
    .map(({ startMs }) => ({ kind, start: startMs }));
}
