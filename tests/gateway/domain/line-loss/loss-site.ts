import type { Registry } from '#contract/registry.ts';
import type { AreaDay } from '#domain/line-loss/area-day.ts';
import { AreaMembers } from '#domain/line-loss/area-members.ts';
import { areaDayOf, type DayRegisters } from '#domain/line-loss/loss-day.ts';
import { type EndRegisters, NO_REGISTERS } from '#domain/line-loss/member-day.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { account, at, installation, meter, registry } from '../site.ts';

export const DATE = '2026-11-20';
export const FROM = at(DATE);
export const TO = at('2026-11-21');
export const BANDS = { lossHighPercent: 6, lossNegativePercent: -1, lossMinSuccessPercent: 95, lossJumpPercent: 30 };

/** A register at a freeze: import, or import and export, `e` when it is an estimate; null = none. */
export type Given = number | readonly [importWh: number | null, exportWh: number | null, estimated?: 'e'] | null;

export function ends(given: Given | undefined): EndRegisters {
  if (given === null || given === undefined) return NO_REGISTERS;
  const [importWh, exportWh, estimated] = typeof given === 'number' ? [given, null] : given;
  return { importWh, exportWh, estimated: estimated === 'e' };
}

export function registers(given: Readonly<Record<string, readonly [Given, Given]>>): DayRegisters {
  return {
    date: DATE,
    from: FROM,
    to: TO,
    at: (id) => ({ start: ends(given[id]?.[0]), end: ends(given[id]?.[1]) }),
  };
}

/** Area a1 with the supply meter `s` (×10), customers c1 … c<n>, and whatever else is given. */
export function lossSite(customers: number, over: Partial<Registry> = {}): Registry {
  const ids = Array.from({ length: customers }, (_, i) => `c${i + 1}`);
  return registry({
    meters: [meter('s', { role: 'supply', ct: 10 }), ...ids.map((id) => meter(id))],
    installations: [installation('s'), ...ids.map((id) => installation(id, { account: `n-${id}` }))],
    accounts: ids.map((id) => account(`n-${id}`)),
    ...over,
  });
}

export function dayOf(site: Registry, given: Readonly<Record<string, readonly [Given, Given]>>, area = 'a1'): AreaDay {
  const index = new RegistryIndex(site);
  return areaDayOf(index, new AreaMembers(index), area, registers(given));
}
