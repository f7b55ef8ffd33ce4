import { DAY_S, EPOCH_S, QUARTER_S, wholeSecond } from '../clock/local-time.ts';
import { suffers } from '../world/condition.ts';
import { PROFILE_DAYS, type ProfileRecord, type SimMeter } from '../world/meter.ts';
import { absent, bcd, minuteOf, signedBcd, timeBytes } from './bcd.ts';
import type { Identifier } from './identifier.ts';
import { ampere, factor, hertz, kilowatt, quad, volt } from './instant-items.ts';

const SLOT_MS = QUARTER_S * 1000;
const SEPARATOR = 0xaa;

const energy = (wh: number): number[] => bcd(wh / 10, 4);
const signed = (wh: number): number[] => signedBcd((wh / 10) % 80_000_000, 4);
const maybe = (value: number | null, encode: (value: number) => number[]): number[] =>
  value === null ? absent(encode(0).length) : encode(value);

/** The six classes: voltages, currents, frequency · active and reactive power · power factors · energies · quadrant
 * reactive energies · present demand. */
const CLASSES: readonly ((record: ProfileRecord) => number[])[] = [
  ({ voltagesV, currentsA, frequencyHz }) => [
    ...voltagesV.flatMap((value) => maybe(value, volt)),
    ...currentsA.flatMap((value) => maybe(value, ampere)),
    ...hertz(frequencyHz),
  ],
  ({ powersW, reactivePowersVar }) => [...quad(powersW, kilowatt), ...quad(reactivePowersVar, kilowatt)].flat(),
  ({ powerFactors }) => quad(powerFactors, factor).flat(),
  ({ importWh, exportWh, reactiveImportVarh, reactiveExportVarh }) => [
    ...energy(importWh),
    ...energy(exportWh),
    ...signed(reactiveImportVarh),
    ...signed(reactiveExportVarh),
  ],
  ({ reactiveImportVarh }) => [reactiveImportVarh, 0, 0, 0].flatMap(signed),
  ({ powersW, reactivePowersVar }) => [...kilowatt(powersW.total), ...kilowatt(reactivePowersVar.total)],
];

/**
 * One record: A0 A0, length, `mm hh DD MM YY`, six classes each closed by AA, sum of all bytes from the first A0, E5.
 * `only` (1..6) leaves the other classes out, of which then only the AA remains.
 */
export function profileRecord(record: ProfileRecord, only: number): number[] {
  const body = timeBytes(record.stampMs, 'mhDMY');
  CLASSES.forEach((encode, index) => {
    if (only === 0 || only === index + 1) body.push(...encode(record));
    body.push(SEPARATOR);
  });
  const bytes = [0xa0, 0xa0, body.length, ...body];
  const sum = bytes.reduce((total, byte) => (total + byte) & 0xff, 0);
  return [...bytes, sum, 0xe5];
}

/**
 * `06 DI2 00 DI0`: DI0 = 00 the earliest N records, 01 the N quarter hours from a given time on, 02 the latest record.
 * A quarter hour without power has no record and is left out of the answer; if none is left there is no such data.
 * N is binary.
 */
export function loadProfileItem(
  meter: SimMeter,
  { di2, di1, di0 }: Identifier,
  request: Uint8Array,
  atMs: number,
): number[] | undefined {
  if (di2 > CLASSES.length || di1 !== 0 || meter.lacks('load-profile', atMs)) return undefined;
  const latest = Math.floor(meter.clockMs(atMs) / SLOT_MS) * SLOT_MS;
  const memory = {
    latest,
    earliest: Math.max(latest - PROFILE_DAYS * DAY_S * 1000 + SLOT_MS, EPOCH_S * 1000),
  };
  const records = wanted(meter, di0, request, memory);
  if (records.length === 0) return undefined;
  const bad = suffers(meter.faults, 'bad-profile', wholeSecond(atMs));
  return records.flatMap((record) => {
    const bytes = profileRecord(record, di2);
    return bad ? spoilt(bytes, record.stampMs / SLOT_MS) : bytes;
  });
}

/** A record that does not parse, in one of three ways: marked bad (E0 E0), too long by its length, or of a wrong sum. */
function spoilt(record: readonly number[], slot: number): number[] {
  const way = slot % 3;
  return record.map((byte, i) => {
    if (way === 0) return i < 2 ? 0xe0 : byte;
    if (way === 1) return i === 2 ? (byte + 7) & 0xff : byte;
    return i === record.length - 2 ? byte ^ 0xff : byte;
  });
}

interface Memory {
  readonly earliest: number;
  readonly latest: number;
}

function wanted(meter: SimMeter, di0: number, request: Uint8Array, memory: Memory): ProfileRecord[] {
  const count = request[0] ?? 0;
  if (di0 === 0) return recordsFrom(meter, memory.earliest, 1, memory, count);
  if (di0 === 2) return recordsFrom(meter, memory.latest, -1, memory, 1);
  const given = di0 === 1 && request.length === 6 ? minuteOf(request.subarray(1)) : undefined;
  if (given === undefined) return [];
  const from = Math.max(Math.ceil(given / SLOT_MS) * SLOT_MS, memory.earliest);
  const latest = Math.min(memory.latest, Math.ceil(given / SLOT_MS) * SLOT_MS + (count - 1) * SLOT_MS);
  return recordsFrom(meter, from, 1, { ...memory, latest }, count);
}

/** Up to `count` existing records, forwards or backwards in time. */
function recordsFrom(meter: SimMeter, slot: number, direction: 1 | -1, memory: Memory, count: number): ProfileRecord[] {
  const records: ProfileRecord[] = [];
  for (
    let at = slot;
    at >= memory.earliest && at <= memory.latest && records.length < count;
    at += direction * SLOT_MS
  ) {
    const record = meter.loadProfile(at);
    if (record) records.push(record);
  }
  return records;
}
