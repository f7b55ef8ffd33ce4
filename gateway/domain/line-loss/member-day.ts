import type { RegisterWh } from '../usage/register-difference.ts';
import { type Stay, type StayUsage, stayUsage } from '../usage/stay-usage.ts';

/** A stay of a meter in an area, as line loss sees it. Check meters are no members. */
export interface Member {
  readonly stay: Stay;
  readonly role: 'customer' | 'supply';
  /** 光伏: what its meter exports is supply into the area; what it imports is sold like that of any customer. */
  readonly generator: boolean;
  /** The account is closed (销户): without a register it owes none. */
  readonly closed: boolean;
  /** The first freeze that it owes, UTC ms. */
  readonly owedFrom: number;
  readonly rolloverWh: number;
  /** Of everything above but the instants, for the version of the topology. */
  readonly hash: number;
}

/** Registers of a meter at a freeze, face values in Wh. */
export interface EndRegisters {
  readonly importWh: RegisterWh;
  readonly exportWh: RegisterWh;
  readonly estimated: boolean;
}

export const NO_REGISTERS: EndRegisters = { importWh: null, exportWh: null, estimated: false };

/**
 * Why an energy cannot be told: no register at the freeze before or after, none written down when the meter was put in
 * or taken out within the day, or a register that went back.
 */
export const MISSING_WHYS = ['no_start', 'no_end', 'no_register_in', 'no_register_out', 'reversed'] as const;
export type MissingWhy = (typeof MISSING_WHYS)[number];

export interface MemberDay {
  readonly member: Member;
  readonly import: StayUsage;
  /** Null for a customer that generates nothing: its export register counts for nothing. */
  readonly export: StayUsage | null;
  /** The export register of a customer rose, though it is no generator. */
  readonly exportRose: boolean;
  /** An end that counts is an estimate. */
  readonly estimated: boolean;
  readonly whyNoImport: MissingWhy | null;
  readonly whyNoExport: MissingWhy | null;
}

/**
 * Energy of a member over [from, to), a business day, from the registers at both freezes. Null when it has no part in
 * the day. What was written down when the meter was put in or taken out counts there, as `stayUsage` says.
 */
export function memberDay(
  member: Member,
  from: number,
  to: number,
  start: EndRegisters,
  end: EndRegisters,
): MemberDay | null {
  const { stay, rolloverWh } = member;
  const used = stayUsage(stay, from, to, rolloverWh, (at) => freezeAt(at, from, to, start.importWh, end.importWh));
  if (used === null) return null;
  const counts = member.role === 'supply' || member.generator;
  const exported = counts ? exportUsage(member, from, to, start.exportWh, end.exportWh) : null;
  return {
    member,
    import: used,
    export: exported,
    exportRose: !counts && start.exportWh !== null && (end.exportWh ?? 0) > start.exportWh,
    estimated: (start.estimated && startsAtFreeze(stay, from)) || (end.estimated && endsAtFreeze(stay, to)),
    whyNoImport: whyOf(used, from, to),
    whyNoExport: exported === null ? null : whyOf(exported, from, to),
  };
}

/** The records of putting in and taking out hold no export registers. */
function exportUsage(
  { stay, rolloverWh }: Member,
  from: number,
  to: number,
  startWh: RegisterWh,
  endWh: RegisterWh,
): StayUsage | null {
  const unwritten = { ...stay, startWh: null, endWh: null };
  return stayUsage(unwritten, from, to, rolloverWh, (at) => freezeAt(at, from, to, startWh, endWh));
}

/** The register at the start is that of the freeze, not one written down. */
export function startsAtFreeze({ from, startWh }: Stay, freeze: number): boolean {
  return from < freeze || (from === freeze && startWh === null);
}

export function endsAtFreeze({ to, endWh }: Stay, freeze: number): boolean {
  return to > freeze || (to === freeze && endWh === null);
}

function freezeAt(at: number, from: number, to: number, startWh: RegisterWh, endWh: RegisterWh): RegisterWh {
  if (at === from) return startWh;
  return at === to ? endWh : null;
}

function whyOf({ stay, how, wh }: StayUsage, from: number, to: number): MissingWhy | null {
  if (wh !== null) return null;
  if (how === 'no_start') return stay.from > from ? 'no_register_in' : 'no_start';
  if (how === 'no_end') return stay.to < to ? 'no_register_out' : 'no_end';
  return 'reversed';
}
