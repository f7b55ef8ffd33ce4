import type { RegistryIndex } from '../registry-index.ts';
import type { AreaDay } from './area-day.ts';
import { type AreaMembers, areaStatusIn } from './area-members.ts';
import { AreaTally } from './area-tally.ts';
import { feederDay, feederKey } from './feeder-day.ts';
import { type EndRegisters, type Member, type MemberDay, memberDay } from './member-day.ts';

/** Registers at both freezes of a business day, from wherever they are. */
export interface DayRegisters {
  readonly date: string;
  /** Slots of the freezes before and after, UTC ms. */
  readonly from: number;
  readonly to: number;
  at(meter: string): { readonly start: EndRegisters; readonly end: EndRegisters };
}

/** Day of an area from registers; `trace`, when given, is told every part that counts. */
export function areaDayOf(
  index: Pick<RegistryIndex, 'area'>,
  members: AreaMembers,
  area: string,
  registers: DayRegisters,
  trace?: (part: MemberDay) => void,
): AreaDay {
  const { from, to, date } = registers;
  const status = areaStatusIn(index.area(area) ?? {}, from, to);
  return tallied(members.of(area, from, to), registers, trace).result(area, date, status);
}

/** Day of a feeder with meters at its head, from the days of all its areas. */
export function feederDayOf(
  members: AreaMembers,
  feeder: string,
  registers: DayRegisters,
  areas: readonly AreaDay[],
  trace?: (part: MemberDay) => void,
): AreaDay {
  const { from, to, date } = registers;
  const head = tallied(members.ofHead(feeder, from, to), registers, trace);
  return feederDay(feeder, date, head.result(feederKey(feeder), date, 'running'), areas);
}

function tallied(
  members: readonly Member[],
  registers: DayRegisters,
  trace: ((part: MemberDay) => void) | undefined,
): AreaTally {
  const { from, to } = registers;
  const tally = new AreaTally(from, to);
  for (const member of members) {
    const { start, end } = registers.at(member.stay.meter);
    const part = memberDay(member, from, to, start, end);
    if (part) {
      tally.add(part);
      trace?.(part);
    } else if (member.stay.to === from) tally.goneAtStart(member);
  }
  return tally;
}
