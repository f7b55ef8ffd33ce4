import type { Installation, Meter, Registry } from '#contract/registry.ts';
import { addDays } from '#contract/zone.ts';
import { AreaMembers } from '#domain/line-loss/area-members.ts';
import { areaDayOf, type DayRegisters, feederDayOf } from '#domain/line-loss/loss-day.ts';
import { NO_REGISTERS } from '#domain/line-loss/member-day.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import type { AreaDayRow } from '#stores/figures-store.ts';
import { at } from '../support/plan.ts';
import { reading, seededApp } from './seeded-app.ts';

/** Freezes from here on; NOW of the seeded application is the morning of 2026-11-20. */
const FIRST = '2026-11-15';
const FREEZES = 6;
const CUSTOMERS = 20;

/** By area: import of the supply meter and of each customer, Wh a day as their meters show it. */
const USE: Readonly<Record<string, readonly [supply: number, customer: number]>> = {
  B1: [2100, 1000],
  B2: [2500, 1000],
  B3: [1900, 1000],
  B4: [2100, 1000],
  B5: [4000, 0],
};
const SUPPLY_RATIO = 10;
const FEEDERS: Readonly<Record<string, string>> = { B1: 'E1', B2: 'E1', B3: 'E2', B4: 'E2', B5: 'E2' };

function place(id: string, area: string): Omit<Meter, 'role' | 'ct'> {
  return {
    id,
    no: id,
    model: 'dlt645-3ph',
    line: 'L1',
    address: id,
    area,
    phase: null,
    pt: 1,
    collectedFrom: at(FIRST),
  };
}

/** Areas: qualified, high, negative, without some readings, stopped but supplied. E1 has a meter at its head. */
export function lossRegistry(): Registry {
  const areas = Object.keys(USE);
  const customers = areas.flatMap((area) =>
    Array.from({ length: CUSTOMERS }, (_, i) => ({ area, id: `${area}-c${i}` })),
  );
  const meters: Meter[] = [
    ...areas.map((area) => ({ ...place(`${area}-s`, area), role: 'supply' as const, ct: SUPPLY_RATIO })),
    ...customers.map(({ area, id }) => ({ ...place(id, area), role: 'customer' as const, ct: 1 })),
    { ...place('E1-h', 'B1'), role: 'supply', ct: 100 },
  ];
  const stay = (meter: string, account: string | null): Installation => ({
    ...{ meter, account, from: at('2026-01-01'), to: null, startWh: null, endWh: null },
  });
  return {
    name: 'loss',
    timeZone: 'Asia/Shanghai',
    districts: [
      { id: 'D1', name: '城东' },
      { id: 'D2', name: '城西' },
    ],
    feeders: [
      { id: 'E1', name: '一线', district: 'D1', supplyMeters: ['E1-h'] },
      { id: 'E2', name: '二线', district: 'D2' },
    ],
    areas: areas.map((id) => ({
      ...{ id, name: `=${id}`, feeder: FEEDERS[id] ?? '', kva: 400 },
      ...(id === 'B5' ? { status: 'stopped' as const } : {}),
    })),
    collectors: [{ id: 'c1', district: 'D1' }],
    lines: [lineOf()],
    accounts: customers.map(({ id }) => ({
      ...{ no: `n-${id}`, name: id, address: '', category: 'resident', priority: 'normal', status: 'active' },
    })),
    meters,
    installations: meters.map(({ id, role }) => stay(id, role === 'customer' ? `n-${id}` : null)),
    tasks: [freeze()],
  };
}

function lineOf(): Registry['lines'][number] {
  const timing = { replyTimeoutMs: 500, byteGapMs: 100, pauseMs: 50, quietMs: 200 };
  return {
    id: 'L1',
    collector: 'c1',
    protocol: 'dlt645',
    link: { tcp: { host: '127.0.0.1', port: 1 } },
    concentrator: null,
    timing,
  };
}

function freeze(): Registry['tasks'][number] {
  return {
    ...{
      id: 'freeze-day',
      kind: 'freeze-day',
      calendar: { every: 'day' },
      items: ['energy_import_wh', 'energy_export_wh'],
    },
    ...{ delayS: 300, backfillDays: 3, repairDays: 3, toleranceS: 300, retryAt: [], firstPassUntil: '02:00' },
  };
}

/** Register of a meter at the freeze `n` days after the first one; null when it was not read. */
export function registerOf(meter: string, n: number): number | null {
  const [area = '', kind = ''] = meter.split('-');
  if (area === 'B4' && kind === 'c7' && n === 4) return null;
  if (area === 'B4' && kind === 's' && n === 2) return null;
  if (meter === 'E1-h') return 1_000_000 + 480 * n;
  const [supply = 0, customer = 0] = USE[area] ?? [];
  if (kind === 's') return 5_000_000 + supply * n;
  const jump = meter === 'B1-c0' && n >= 5 ? 700 : 0;
  return 100_000 + customer * n + jump;
}

/** What the figures process would have kept of these dates. */
export function keptRows(registry: Registry, dates: readonly string[]): AreaDayRow[] {
  const index = new RegistryIndex(registry);
  const members = new AreaMembers(index);
  return dates.flatMap((date) => {
    const n = (Date.parse(date) - Date.parse(FIRST)) / 86_400_000;
    const end = (meter: string, nth: number) => {
      const importWh = registerOf(meter, nth);
      return importWh === null ? NO_REGISTERS : { importWh, exportWh: 0, estimated: false };
    };
    const registers: DayRegisters = {
      ...{ date, from: at(date), to: at(addDays(date, 1)) },
      at: (meter) => ({ start: end(meter, n), end: end(meter, n + 1) }),
    };
    const areas = registry.areas.map(({ id }) => areaDayOf(index, members, id, registers));
    const below = areas.filter(({ area }) => FEEDERS[area] === 'E1');
    const days = [...areas, feederDayOf(members, 'E1', registers, below)];
    return days.map((day) => ({ area: day.area, date, content: { ...day } }));
  });
}

export async function lossApp(kept: readonly string[]) {
  const registry = lossRegistry();
  const seeded = await seededApp({ registry });
  for (let n = 0; n < FREEZES; n++) {
    const slot = at(addDays(FIRST, n));
    const rows = registry.meters.flatMap(({ id }) => {
      const wh = registerOf(id, n);
      return wh === null ? [] : [reading(id, slot, [wh, 0])];
    });
    await seeded.readings.write([{ task: 'freeze-day', quantities: ['energy_import_wh', 'energy_export_wh'], rows }]);
  }
  await seeded.figures.checkpoint({
    ...{ position: 1, days: [], chunks: [], findings: { of: [], found: [] } },
    areaDays: keptRows(registry, kept),
  });
  return seeded;
}
