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
export const NOON = at(DATE, '12:00');
export const BANDS = { lossHighPercent: 6, lossNegativePercent: -1, lossMinSuccessPercent: 95, lossJumpPercent: 30 };

/** A register at a freeze: import, or import and export, `e` when it is an estimate; null = none. */
export type Given = number | readonly [importWh: number | null, exportWh: number | null, estimated?: 'e'] | null;

/** Registers by which two customers were sold 9000 Wh of the 10 000 Wh that were supplied. */
export const READ = { s: [1000, 2000], c1: [100, 4100], c2: [0, 5000] } as const satisfies Record<
  string,
  readonly [Given, Given]
>;

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

/** Two customers, of whom the second one is as given. */
export function second(over: { meter?: object; installations?: object[]; account?: object }): Registry {
  const site = lossSite(2);
  const stays = over.installations ?? [{}];
  return {
    ...site,
    meters: [...site.meters.slice(0, 2), meter('c2', over.meter)],
    installations: [
      ...site.installations.slice(0, 2),
      ...stays.map((stay) => installation('c2', { account: 'n-c2', ...stay })),
    ],
    accounts: [account('n-c1'), account('n-c2', over.account)],
  };
}

export function dayOf(site: Registry, given: Readonly<Record<string, readonly [Given, Given]>>, area = 'a1'): AreaDay {
  const index = new RegistryIndex(site);
  return areaDayOf(index, new AreaMembers(index), area, registers(given));
}
