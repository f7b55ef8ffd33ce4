import { type Difference, registerDifference } from '../usage/register-difference.ts';
import { energyOf, type Stay, type StayUsage, stayUsage } from '../usage/stay-usage.ts';
import type { BilledUpTo } from './lineage.ts';
import { importOnly, NO_REGISTERS, REGISTERS, type RegisterName, type Registers } from './registers.ts';

/**
 * Why the usage of the import register cannot be told. `no_previous`: nothing was billed before; `no_start`, `no_end`:
 * a register is missing; `reversed`: a register went back; `account_changed`: it belongs to several accounts, see the
 * parts; `in_successor`: it is in the row of the meter that came in the place of this one.
 */
export const USAGE_REASONS = [
  'no_previous',
  'no_start',
  'no_end',
  'reversed',
  'account_changed',
  'in_successor',
] as const;
export type UsageReason = (typeof USAGE_REASONS)[number];

/** Energy since the last billed register: as the meters counted, and with the ratio of each stay. Wh. */
export interface Usage {
  /** Null when the import usage is known. */
  readonly reason: UsageReason | null;
  readonly faceWh: Registers;
  readonly billedWh: Registers;
  /** Of the import register, when more than one stay has a share; the last is that of the row. */
  readonly parts: readonly StayUsage[];
  readonly reversed: boolean;
  readonly rolledOver: boolean;
}

export interface UsageEnd {
  /** UTC ms. */
  readonly at: number;
  readonly registers: Registers;
}

export function noUsage(reason: UsageReason): Usage {
  const none = { faceWh: NO_REGISTERS, billedWh: NO_REGISTERS };
  return { reason, ...none, parts: [], reversed: false, rolledOver: false };
}

/** `stays` follow each other; `rolloverOf` tells where the registers of a meter begin anew, Wh. */
export function usageOf(
  from: BilledUpTo | null,
  stays: readonly Stay[],
  end: UsageEnd,
  rolloverOf: (meter: string) => number,
): Usage {
  const [only] = stays;
  if (from === null || only === undefined) return noUsage('no_previous');
  const single = stays.length === 1 && from.meter === only.meter && from.at >= only.from;
  return single
    ? ofOneStay(from.registers, only, end.registers, rolloverOf(only.meter))
    : ofSeveral(from, stays, end, rolloverOf);
}

function ofOneStay(start: Registers, { ratio }: Stay, end: Registers, rolloverWh: number): Usage {
  const face: Record<RegisterName, number | null> = { ...NO_REGISTERS };
  const billed: Record<RegisterName, number | null> = { ...NO_REGISTERS };
  const total = registerDifference(start.energyImportWh, end.energyImportWh, rolloverWh);
  let [reversed, rolledOver] = [false, false];
  for (const [name] of REGISTERS) {
    const { wh, how } = registerDifference(start[name], end[name], rolloverWh);
    face[name] = wh;
    billed[name] = wh === null ? null : energyOf(start[name] ?? 0, wh, ratio);
    reversed ||= how === 'reversed';
    rolledOver ||= how === 'rollover';
  }
  return { reason: reasonOf(total.how), faceWh: face, billedWh: billed, parts: [], reversed, rolledOver };
}

/** Only the import register is written down when a meter is put in or taken out. */
function ofSeveral(
  from: BilledUpTo,
  stays: readonly Stay[],
  end: UsageEnd,
  rolloverOf: (meter: string) => number,
): Usage {
  const last = stays.at(-1);
  const parts = stays.flatMap((stay) => {
    const begins = stay === stays[0] && stay.meter === from.meter && stay.from <= from.at;
    const registerAt = (at: number): number | null => {
      if (begins && at === from.at) return from.registers.energyImportWh;
      return stay === last && at === end.at ? end.registers.energyImportWh : null;
    };
    // What was billed is where the next usage begins, also when something else was written down for that moment.
    const billed = begins && stay.from === from.at ? { ...stay, startWh: from.registers.energyImportWh } : stay;
    return stayUsage(billed, from.at, end.at, rolloverOf(stay.meter), registerAt) ?? [];
  });
  const seen = {
    parts,
    reversed: parts.some(({ how }) => how === 'reversed'),
    rolledOver: parts.some(({ how }) => how === 'rollover'),
  };
  const unknown = parts.find(({ wh }) => wh === null);
  const accounts = new Set(parts.map(({ stay }) => stay.account));
  // A row without a register is not where the next usage begins: what it told would be told again there.
  const unread = end.registers.energyImportWh === null ? 'no_end' : null;
  const reason = unknown ? reasonOf(unknown.how) : (unread ?? (accounts.size > 1 ? 'account_changed' : null));
  if (reason !== null || parts.length === 0) return { ...noUsage(reason ?? 'no_start'), ...seen };
  const faceWh = importOnly(sum(parts.map((part) => part.faceWh)));
  return { reason: null, faceWh, billedWh: importOnly(sum(parts.map(({ wh }) => wh))), ...seen };
}

function reasonOf(how: Difference['how']): UsageReason | null {
  return how === 'difference' || how === 'rollover' ? null : how;
}

function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
