import { type DayColumns, FLAG } from '#domain/collection/day-columns.ts';
import type { DayRegisters } from '#domain/line-loss/loss-day.ts';
import { type EndRegisters, NO_REGISTERS } from '#domain/line-loss/member-day.ts';
import type { KeptDays } from './follower.ts';

const UNKNOWN = { start: NO_REGISTERS, end: NO_REGISTERS } as const;

/** Registers of the day between two kept freezes. A meter that one of them has no row for has none there. */
export function columnRegisters(start: DayColumns, end: DayColumns, days: Pick<KeptDays, 'rowOf'>): DayRegisters {
  return {
    date: start.date,
    from: start.slot,
    to: end.slot,
    at(meter) {
      const row = days.rowOf(meter);
      if (row === undefined) return UNKNOWN;
      return {
        start: registersAt(start, row),
        end: registersAt(end, row),
      };
    },
  };
}

function registersAt(day: DayColumns, row: number): EndRegisters {
  const importWh = day.importWh[row] ?? Number.NaN;
  const exportWh = day.exportWh[row] ?? Number.NaN;
  return {
    importWh: Number.isNaN(importWh) ? null : importWh,
    exportWh: Number.isNaN(exportWh) ? null : exportWh,
    estimated: ((day.flags[row] ?? 0) & FLAG.estimated) !== 0,
  };
}
