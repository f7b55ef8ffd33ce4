import type { SimMeter } from '../world/meter.ts';
import type { Occurrence, PowerDown } from '../world/occurrence.ts';
import type { Energies } from '../world/registers.ts';
import type { PhaseIndex } from '../world/spec.ts';
import { absent, bcd, timeBytes } from './bcd.ts';
import type { Identifier } from './identifier.ts';
import { ampere, factor, kilowatt, volt } from './instant-items.ts';

/** Records kept of each kind of event. */
const KEPT = 10;
const COUNT = 3;
const ENERGY = 4;

const energy = (wh: number): number[] => bcd(Math.max(0, Math.floor(wh / 10)), ENERGY);
const none = (bytes: number): number[] => new Array<number>(bytes).fill(0);

/** Start and end YYMMDDhhmmss; the end is all zero while it still lasts. */
function times({ startMs, endMs }: PowerDown): number[] {
  return [...timeBytes(startMs, 'smhDMY'), ...(endMs === null ? none(6) : timeBytes(endMs, 'smhDMY'))];
}

/** Number of an event for DI0 = 0, its n-th last record for DI0 = n. */
function counted<T>(events: readonly T[], di0: number, record: (event: T) => number[]): number[] | undefined {
  if (di0 === 0) return bcd(events.length, COUNT);
  const event = di0 <= KEPT ? events[di0 - 1] : undefined;
  return event && record(event);
}

/** Import, export and the four quadrants of reactive energy. */
const six = (of: Energies): number[] =>
  [of.importWh, of.exportWh, of.reactiveImportVarh, 0, 0, 0].flatMap((wh) => energy(wh));

/** 60 bytes: times, six energies before and after; still open, it has no energies after. */
function coverRecord(meter: SimMeter, event: Occurrence): number[] {
  const after = event.endMs === null ? none(6 * ENERGY) : six(meter.energies(event.untilS));
  return [...times(event), ...six(meter.energies(event.fromS)), ...after];
}

/** 28 bytes: times, import and export before and after. */
function magneticRecord(meter: SimMeter, event: Occurrence): number[] {
  const two = (second: number): number[] => {
    const { importWh, exportWh } = meter.energies(second);
    return [...energy(importWh), ...energy(exportWh)];
  };
  const after = event.endMs === null ? none(2 * ENERGY) : two(event.untilS);
  return [...times(event), ...two(event.fromS), ...after];
}

/** What a loss of voltage (0301) and an open phase (0304) are called among the faults. */
const PHASE_EVENTS = new Map([
  [0x01, 'voltage-loss'],
  [0x04, 'phase-lost'],
] as const);

const TERMINALS: readonly PhaseIndex[] = [0, 1, 2];

/** Event count and minutes, total for each of the phases A, B, C. */
function summary(eventsOf: (phase: PhaseIndex) => readonly Occurrence[]): number[] {
  return TERMINALS.flatMap((phase) => {
    const events = eventsOf(phase);
    const minutes = events.reduce((sum, { fromS, untilS }) => sum + Math.floor((untilS - fromS) / 60), 0);
    return [...bcd(events.length, COUNT), ...bcd(minutes, COUNT)];
  });
}

/**
 * 131 bytes: times, growth of the energies meanwhile, and for the struck phase and then the others its energies (which
 * this meter does not keep by phase), voltage, current, active and reactive power and power factor at the start; at the
 * end ampere-hours.
 */
function phaseRecord(meter: SimMeter, struck: PhaseIndex, event: Occurrence): number[] {
  const before = meter.energies(event.fromS);
  const after = meter.energies(event.untilS);
  const { voltagesV, currentsA, powersW, reactivePowersVar, powerFactors } = meter.registers(event.fromS * 1000);
  const growth = (of: (energies: Energies) => number): number[] => energy(of(after) - of(before));
  const phase = (index: PhaseIndex): number[] => {
    const name = (['a', 'b', 'c'] as const)[index];
    return [
      ...absent(4 * ENERGY),
      ...volt(voltagesV[index] ?? 0),
      ...ampere(currentsA[index] ?? 0),
      ...kilowatt(powersW[name] ?? 0),
      ...kilowatt(reactivePowersVar[name] ?? 0),
      ...factor(powerFactors[name] ?? 0),
    ];
  };
  return [
    ...times(event),
    ...growth(({ importWh }) => importWh),
    ...growth(({ exportWh }) => exportWh),
    ...growth(({ reactiveImportVarh }) => reactiveImportVarh),
    ...none(ENERGY),
    ...[struck, ...TERMINALS.filter((other) => other !== struck)].flatMap(phase),
    ...absent(4 * ENERGY),
  ];
}

/**
 * `03 …`: 0301 loss of voltage, 0304 open phase (three-phase meters), 0311 interruptions, 033000D cover, 0335 magnetic
 * field. DI0 = 0 counts, DI0 = n is the n-th last record.
 */
export function eventItem(meter: SimMeter, id: Identifier, atMs: number): number[] | undefined {
  const { di2, di1, di0 } = id;
  if (di2 === 0x11 && di1 === 0) return counted(meter.powerDowns(atMs), di0, times);
  if (di2 === 0x30 && di1 === 0x0d) {
    return counted(meter.events('cover-open', atMs), di0, (event) => coverRecord(meter, event));
  }
  if (di2 === 0x35 && di1 === 0) {
    return counted(meter.events('magnetic', atMs), di0, (event) => magneticRecord(meter, event));
  }
  const kind = PHASE_EVENTS.get(di2 as 0x01 | 0x04);
  return kind && meter.phases === 3 ? phaseItem(meter, kind, id, atMs) : undefined;
}

function phaseItem(
  meter: SimMeter,
  kind: 'voltage-loss' | 'phase-lost',
  { di1, di0 }: Identifier,
  atMs: number,
): number[] | undefined {
  if (di1 === 0) return di0 === 0 ? summary((phase) => meter.events(kind, atMs, phase)) : undefined;
  const struck = TERMINALS[di1 - 1];
  if (struck === undefined || di0 < 1 || di0 > KEPT) return undefined;
  const event = meter.events(kind, atMs, struck)[di0 - 1];
  return event && phaseRecord(meter, struck, event);
}

/** `1D 00 00 01`: how often the relay was opened. */
export function relayItem(meter: SimMeter, { di2, di1, di0 }: Identifier, atMs: number): number[] | undefined {
  return di2 === 0 && di1 === 0 && di0 === 1 ? bcd(meter.events('relay-open', atMs).length, COUNT) : undefined;
}
