import type { Account, Area, Installation, Line, Meter, Registry } from '#contract/registry.ts';
import { DEFAULT_TASKS } from '#contract/tasks.ts';
import { CUSTOMERS_AN_AREA, type Defect, type GeneratedPlan, isExchange, SUPPLY_RATIO, ZONE } from './plan.ts';
import { type AreaRegisters, REPLACEMENT_START_WH } from './registers.ts';

const NOON_MS = 43_200_000;
/** A meter that is connected late is connected at ten past midnight. */
const COLLECTED_AFTER_MS = 600_000;
/** Everything else is there a day before the first freeze. */
const DAY_MS = 86_400_000;
export const RATIO_AFTER = 20;
const MAKERS = ['maker-a', 'maker-b', 'maker-c', 'maker-d'];

export const areaId = (area: number): string => `T${area}`;
export const lineId = (area: number): string => `L${area}`;
export const concentratorId = (area: number): string => `J${area}`;
export const collectorId = (feeder: number): string => `C${feeder}`;
export const districtId = (district: number): string => `D${district}`;
export const feederId = (feeder: number): string => `F${feeder}`;
const digits = (n: number, width: number): string => String(n).padStart(width, '0');
export const meterId = (area: number, nth: number): string => `1${digits(area, 5)}${digits(nth, 6)}`;
/** Of the meter that takes its place in an exchange. */
export const replacementId = (area: number, nth: number): string => `2${digits(area, 5)}${digits(nth, 6)}`;
export const accountNo = (area: number, nth: number): string => `03${digits(area, 5)}${digits(nth, 5)}`;

/** The registry of the district as it stands at the end. */
export function generatedSite(plan: GeneratedPlan, registersOf: (area: number) => AreaRegisters): Registry {
  const feeders = plan.feederOf(plan.areas - 1) + 1;
  const districts = plan.districtOf(plan.areas - 1) + 1;
  const list = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
  const meters: Meter[] = [];
  const installations: Installation[] = [];
  const accounts: Account[] = [];
  for (let area = 0; area < plan.areas; area++) {
    for (let nth = 0; nth <= CUSTOMERS_AN_AREA; nth++) {
      const made = servicePoint(plan, registersOf(area), area, nth);
      meters.push(...made.meters);
      installations.push(...made.installations);
      if (made.account) accounts.push(made.account);
    }
  }
  return {
    name: 'generated district',
    timeZone: ZONE,
    districts: list(districts, (i) => ({ id: districtId(i), name: districtId(i) })),
    feeders: list(feeders, (i) => ({ id: feederId(i), name: feederId(i), district: districtId(Math.floor(i / 5)) })),
    areas: list(plan.areas, (i): Area => {
      const area = { id: areaId(i), name: areaId(i), feeder: feederId(plan.feederOf(i)), kva: 400 };
      return plan.isStopped(i) ? { ...area, status: 'stopped', statusSince: (plan.slots[0] ?? 0) - DAY_MS } : area;
    }),
    collectors: list(feeders, (i) => ({ id: collectorId(i), district: districtId(Math.floor(i / 5)) })),
    lines: list(plan.areas, (i): Line => lineOf(plan, i)),
    accounts,
    meters,
    installations,
    tasks: DEFAULT_TASKS,
  };
}

function lineOf(plan: GeneratedPlan, area: number): Line {
  return {
    id: lineId(area),
    collector: collectorId(plan.feederOf(area)),
    protocol: 'dlt645',
    link: { tcp: { host: '127.0.0.1', port: 20_000 + (area % 20_000) } },
    concentrator: concentratorId(area),
    timing: { replyTimeoutMs: 1500, byteGapMs: 500, pauseMs: 5, quietMs: 100 },
  };
}

interface ServicePoint {
  readonly meters: Meter[];
  readonly installations: Installation[];
  readonly account: Account | null;
}

function servicePoint(plan: GeneratedPlan, registers: AreaRegisters, area: number, nth: number): ServicePoint {
  const { defect, day } = plan.defectOf(area, nth);
  const id = meterId(area, nth);
  const start = plan.slots[0] ?? 0;
  const noon = (plan.slots[day] ?? 0) + NOON_MS;
  const since = start - DAY_MS;
  const account = nth === 0 ? null : accountNo(area, nth);
  const whole: Installation = { meter: id, account, from: since, to: null, startWh: null, endWh: null };
  const collectedFrom =
    defect === 'collected_late' ? (plan.slots[day] ?? 0) + COLLECTED_AFTER_MS : defect === 'new' ? noon : since;
  const meter = meterOf(id, area, nth, { collectedFrom, ...differing(plan, area, defect) });
  const replacement = meterOf(replacementId(area, nth), area, nth, { collectedFrom: noon });
  return {
    meters: isExchange(defect) ? [meter, replacement] : [meter],
    installations: installationsOf(plan, registers, { area, nth, defect, day }, whole),
    account: account === null ? null : accountOf(account, defect, registers.isGenerator(nth)),
  };
}

function differing(plan: GeneratedPlan, area: number, defect: Defect): Partial<Meter> {
  if (defect === 'moved') return { area: areaId(plan.areaAfterMove(area)) };
  return defect === 'ratio_change' ? { ct: RATIO_AFTER } : {};
}

function meterOf(id: string, area: number, nth: number, own: Partial<Meter> & Pick<Meter, 'collectedFrom'>): Meter {
  const isSupply = nth === 0;
  return {
    id,
    no: id,
    model: isSupply ? 'dlt645-3ph' : 'dlt645-1ph',
    line: lineId(area),
    address: id,
    area: areaId(area),
    role: isSupply ? 'supply' : 'customer',
    phase: null,
    ct: isSupply ? SUPPLY_RATIO : 1,
    pt: 1,
    maker: MAKERS[nth % MAKERS.length] ?? '',
    ...own,
  };
}

function installationsOf(
  plan: GeneratedPlan,
  registers: AreaRegisters,
  { area, nth, defect, day }: { area: number; nth: number; defect: Defect; day: number },
  whole: Installation,
): Installation[] {
  const midnight = plan.slots[day] ?? 0;
  const noon = midnight + NOON_MS;
  const noonWh = day < 0 ? 0 : registers.noonOf(nth, day);
  const boundary = { endWh: registers.registerOf(nth, day), to: midnight };
  const after = { ...whole, from: midnight, startWh: registers.registerOf(nth, day) };
  switch (defect) {
    case 'new':
      return [{ ...whole, from: noon, startWh: noonWh }];
    case 'removed':
      return [{ ...whole, to: noon, endWh: noonWh }];
    case 'exchange':
    case 'exchange_without_start': {
      const startWh = defect === 'exchange' ? REPLACEMENT_START_WH : null;
      return [
        { ...whole, to: noon, endWh: noonWh },
        { ...whole, meter: replacementId(area, nth), from: noon, startWh },
      ];
    }
    case 'ratio_change':
      return [
        { ...whole, ...boundary, ct: 1, pt: 1 },
        { ...after, ct: RATIO_AFTER, pt: 1 },
      ];
    case 'moved':
      return [
        { ...whole, ...boundary, area: areaId(area) },
        { ...after, area: areaId(plan.areaAfterMove(area)) },
      ];
    default:
      return [whole];
  }
}

function accountOf(no: string, defect: Defect, isGenerator: boolean): Account {
  const status = defect === 'account_closed' ? 'closed' : defect === 'use_without_contract' ? 'disconnected' : 'active';
  const category = isGenerator ? 'generator' : 'resident';
  return { no, name: no, address: no, category, priority: 'normal', status };
}
