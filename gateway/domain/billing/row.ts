import type { Quality } from '#contract/quality.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Reason } from '#contract/reasons.ts';
import { dateOf } from '#contract/zone.ts';
import type { Stay, StayUsage } from '../usage/stay-usage.ts';
import type { BilledUpTo } from './lineage.ts';
import { REGISTERS, type RegisterName, type Registers, registersOf } from './registers.ts';
import { noUsage, type Usage, type UsageReason, usageOf } from './usage.ts';

/**
 * Why a row wants a look before it is billed (异常). `missing`: no import register, or of a generator no export
 * register; `not_continuous`: the registers are there, but the usage of one since the last bill cannot be told, or
 * starts elsewhere than the batch before said; `exchanged`: more than one meter.
 */
export const EXCEPTIONS = [
  'missing',
  'suspect',
  'estimated',
  'reversed',
  'not_continuous',
  'exchanged',
  'rolled_over',
  'edited',
] as const;
export type Exception = (typeof EXCEPTIONS)[number];

/** `not_read`: nothing was heard of the read, neither a value nor why there is none. */
export type MissingReason = Reason | 'not_read';

/** What counts of a meter at the moment of the batch. Instants UTC ms. */
export interface CountedReading {
  readonly values: Readonly<Partial<Record<QuantityName, number>>> | null;
  readonly quality: Quality;
  readonly rules: readonly string[];
  readonly revision: number;
  readonly method: string | null;
  readonly meterTime: number | null;
  readonly readAt: number | null;
}

export interface RowFacts {
  readonly zone: string;
  /** An instant as it is written: RFC 3339 in the zone. */
  readonly written: (at: number) => string;
  readonly date: string;
  readonly slot: number;
  readonly meterNo: string;
  readonly category: string | null;
  readonly district: string | null;
  /** Stays from the last billed register on; the last is that of the row. */
  readonly stays: readonly [...Stay[], Stay];
  readonly from: BilledUpTo | null;
  readonly reading: CountedReading | null;
  readonly missing: MissingReason;
  /** Id of the meter in whose row the usage is, or null. */
  readonly successor: string | null;
  readonly hasPrevious: boolean;
  /** True when `from` is not what the batch before said at first. */
  readonly startCorrected: boolean;
  readonly rolloverOf: (meter: string) => number;
}

interface FromShape extends Registers {
  readonly meter: string;
  readonly date: string;
  readonly at: string;
}

interface PartShape {
  readonly meter: string;
  readonly accountNo: string | null;
  readonly ratio: number;
  readonly from: string;
  readonly to: string;
  readonly startWh: number | null;
  readonly endWh: number | null;
  readonly how: string;
  readonly faceWh: number | null;
  readonly billedWh: number | null;
}

/** A row of a batch as it is delivered. Registers are face values, Wh; instants RFC 3339 in the zone of the site. */
export interface BillingRow extends Registers {
  readonly meter: string;
  readonly meterNo: string;
  readonly accountNo: string | null;
  readonly category: string | null;
  readonly area: string;
  readonly district: string | null;
  readonly businessDate: string;
  readonly frozenAt: string | null;
  /** Of a meter that was taken out since the batch before: its registers are those written down then. */
  readonly removedAt: string | null;
  readonly meterTime: string | null;
  readonly readAt: string | null;
  /** CT × PT. */
  readonly ratio: number;
  readonly from: FromShape | null;
  readonly usage: {
    readonly reason: UsageReason | null;
    readonly successor: string | null;
    readonly faceWh: Registers;
    readonly billedWh: Registers;
    readonly parts: readonly PartShape[];
  };
  readonly quality: Quality;
  readonly rules: readonly string[];
  readonly revision: number;
  readonly method: string | null;
  readonly reason: MissingReason | null;
  readonly exceptions: readonly Exception[];
}

/** A row, its properties always in the same order: the same facts give the same bytes. */
export function billingRow(facts: RowFacts): BillingRow {
  const { zone, written, slot, date, from, successor } = facts;
  const stay = facts.stays.at(-1) ?? facts.stays[0];
  const removedAt = stay.to <= slot ? stay.to : null;
  const said = removedAt === null ? (facts.reading ?? NOTHING) : writtenDown(stay.endWh);
  const registers = registersOf(said.values);
  const usage =
    successor === null
      ? usageOf(from, facts.stays, { at: removedAt ?? slot, registers }, facts.rolloverOf)
      : noUsage('in_successor');
  const at = (instant: number | null): string | null => (instant === null ? null : written(instant));
  const exceptions = exceptionsOf(said.quality, registers, usage, facts);
  return {
    meter: stay.meter,
    meterNo: facts.meterNo,
    accountNo: stay.account,
    category: facts.category,
    area: stay.area,
    district: facts.district,
    businessDate: date,
    frozenAt: removedAt === null ? written(slot) : null,
    removedAt: at(removedAt),
    meterTime: at(said.meterTime),
    readAt: at(said.readAt),
    ...registers,
    ratio: stay.ratio,
    from: from && { meter: from.meter, date: dateOf(zone, from.at), at: written(from.at), ...from.registers },
    usage: {
      reason: usage.reason,
      successor,
      faceWh: usage.faceWh,
      billedWh: usage.billedWh,
      parts: usage.parts.map((part) => partShape(written, part)),
    },
    quality: said.quality,
    rules: said.rules,
    revision: said.revision,
    method: said.method,
    reason: removedAt === null && exceptions.includes('missing') ? facts.missing : null,
    exceptions,
  };
}

const NOTHING: CountedReading = {
  values: null,
  quality: 'missing',
  rules: [],
  revision: 0,
  method: null,
  meterTime: null,
  readAt: null,
};

/** The register that people wrote down when they took the meter out. */
function writtenDown(endWh: number | null): CountedReading {
  return endWh === null ? NOTHING : { ...NOTHING, quality: 'manual', values: { energy_import_wh: endWh } };
}

function partShape(
  written: RowFacts['written'],
  { stay, from, to, startWh, endWh, how, faceWh, wh }: StayUsage,
): PartShape {
  return {
    meter: stay.meter,
    accountNo: stay.account,
    ratio: stay.ratio,
    from: written(from),
    to: written(to),
    startWh,
    endWh,
    how,
    faceWh,
    billedWh: wh,
  };
}

function exceptionsOf(quality: Quality, registers: Registers, usage: Usage, facts: RowFacts): Exception[] {
  const { stays, successor, hasPrevious, startCorrected, category, from } = facts;
  const read = registers.energyImportWh !== null;
  const exports = read && category === 'generator';
  const untold = read && usage.reason !== null && usage.reason !== 'in_successor';
  const isOneMeter = from !== null && stays.every(({ meter }) => meter === from.meter);
  const isUntold = (name: RegisterName): boolean => registers[name] !== null && usage.billedWh[name] === null;
  const someUntold =
    usage.reason === null &&
    isOneMeter &&
    REGISTERS.some(([name]) => (name !== 'energyExportWh' || exports) && isUntold(name));
  const applies: Readonly<Record<Exception, boolean>> = {
    missing: (!read && quality !== 'suspect') || (exports && registers.energyExportWh === null),
    suspect: quality === 'suspect',
    estimated: quality === 'estimated',
    reversed: usage.reversed,
    not_continuous: startCorrected || someUntold || (untold && (hasPrevious || usage.reason !== 'no_previous')),
    exchanged: successor !== null || new Set(stays.map(({ meter }) => meter)).size > 1,
    rolled_over: usage.rolledOver,
    edited: quality === 'edited',
  };
  return EXCEPTIONS.filter((each) => applies[each]);
}

/**
 * Where the next usage of a meter begins, as its newest row says; null when nothing was billed yet. A register that
 * went back is not where it begins, or what was billed before it would be billed again.
 */
export function billedUpTo(row: BillingRow): BilledUpTo | null {
  const { from, usage } = row;
  if (row.energyImportWh !== null && !(usage.reason === 'reversed' && from !== null)) {
    const at = Date.parse(row.removedAt ?? row.frozenAt ?? '');
    const wentBack = (name: RegisterName): boolean =>
      from?.meter === row.meter &&
      usage.reason === null &&
      isBelow(row[name], from[name]) &&
      usage.faceWh[name] === null;
    return { meter: row.meter, at, registers: copy((name) => (wentBack(name) ? null : row[name])) };
  }
  return from && { meter: from.meter, at: Date.parse(from.at), registers: copy((name) => from[name]) };
}

function isBelow(wh: number | null, thanWh: number | null): boolean {
  return wh !== null && thanWh !== null && wh < thanWh;
}

function copy(of: (name: RegisterName) => number | null): Registers {
  return {
    energyImportWh: of('energyImportWh'),
    energyImportT1Wh: of('energyImportT1Wh'),
    energyImportT2Wh: of('energyImportT2Wh'),
    energyImportT3Wh: of('energyImportT3Wh'),
    energyImportT4Wh: of('energyImportT4Wh'),
    energyExportWh: of('energyExportWh'),
  };
}

const KEY_BEGIN = '{"meter":"'.length;

/** Id of the meter of a row line, without reading all of it: ids hold nothing that JSON escapes. */
export function meterOfLine(line: string): string {
  return line.slice(KEY_BEGIN, line.indexOf('"', KEY_BEGIN));
}

/**
 * True when two rows of one meter say the same to billing. Why there is still no value is not part of it: every new
 * attempt may tell another reason.
 */
export function sameForBilling(a: BillingRow, b: BillingRow): boolean {
  return JSON.stringify({ ...a, reason: null }) === JSON.stringify({ ...b, reason: null });
}
