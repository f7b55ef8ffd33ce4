import type { LoadSpec } from '../load/base-load.ts';
import { hash32, seedOf, unit } from '../load/hash.ts';
import {
  type AccountSpec,
  type AreaSpec,
  type DistrictSpec,
  type FeederSpec,
  type LineKind,
  type LineSpec,
  type LineTiming,
  type MeterOptions,
  type MeterSpec,
  MODEL_FACTS,
  type Model,
  type PhaseIndex,
  type TerminalSpec,
} from '../world/spec.ts';
import { inBoxes } from './boxes.ts';
import { personName, postalAddress, shopName } from './names.ts';

export interface LinePlan {
  readonly kind: LineKind;
  readonly customers: number;
  /** `L-<area>-<n>` unless named. */
  readonly id?: string;
  readonly concentrator?: string;
  /** TCP without wire time, 9600 baud on a serial line; 20 to 60 ms until the reply. */
  readonly timing?: LineTiming;
  /** Models of the customers' meters, in turn; without it what the kind of line usually carries. */
  readonly models?: readonly Model[];
  /** What all meters of the customers lack. */
  readonly options?: MeterOptions;
  /** Terminal of a `gdw376` or `dial-in` line, where it is not as usual. */
  readonly terminal?: Partial<TerminalSpec>;
}

/** What is particular about one customer of an area, by number (from 1). */
export interface CustomerPlan extends Partial<Omit<AccountSpec, 'no' | 'address'>> {
  readonly meanWhPerDay?: number;
  readonly meter?: Partial<Pick<MeterSpec, 'model' | 'options' | 'clockOffsetS'>>;
}

export interface AreaPlan {
  readonly id: string;
  readonly name?: string;
  readonly feeder?: string;
  readonly kva?: number;
  /** CT ratio of the supply meter, which sits on the first line. */
  readonly ct?: number;
  readonly lines: readonly LinePlan[];
  readonly customers?: ReadonlyMap<number, CustomerPlan>;
  /** Every so manieth customer has panels; 0 = none. */
  readonly pvEvery?: number;
}

export interface DistrictPlan {
  readonly seed?: number;
  readonly feeders?: readonly FeederSpec[];
  readonly areas: readonly AreaPlan[];
}

/** Number of an area's supply meter; customers count from 1. */
const SUPPLY = 900_001;
/** Modbus unit of a supply meter. */
const SUPPLY_UNIT = 247;
/** Peak power of the panels on a roof, W. */
const PV_PEAK_W = 2_000;

const RS485: LineTiming = { baudRate: 9_600, replyDelayMs: [20, 60] };
const TCP: LineTiming = { baudRate: null, replyDelayMs: [20, 60] };

/** Meter number: 31, area (4 digits), place in the area (6 digits). `area` counts from 1. */
export function meterId(area: number, seq: number): string {
  return `31${String(area).padStart(4, '0')}${String(seq).padStart(6, '0')}`;
}

export function supplyMeterId(area: number): string {
  return meterId(area, SUPPLY);
}

/** Makes a district from a plan; the same plan always gives the same district. */
export function buildDistrict(plan: DistrictPlan): DistrictSpec {
  const seed = plan.seed ?? 1;
  const areas: AreaSpec[] = [];
  const lines: LineSpec[] = [];
  const meters: MeterSpec[] = [];
  const accounts: AccountSpec[] = [];
  const feeders = plan.feeders ?? [{ id: 'F1', name: '10kV 模拟线' }];
  plan.areas.forEach((area, index) => {
    const areaSeed = seedOf(area.id, seed);
    const spec = {
      id: area.id,
      name: area.name ?? `${area.id} 台区`,
      feeder: area.feeder ?? feeders[0]?.id ?? 'F1',
      kva: area.kva ?? 200,
      loss: 0.02 + 0.02 * unit(areaSeed, 1),
    };
    areas.push(spec);
    const its: MeterSpec[] = [];
    let seq = 0;
    area.lines.forEach((linePlan, n) => {
      const line = lineOf(linePlan, `L-${area.id}-${n + 1}`, lines.length + 1);
      lines.push(line);
      if (n === 0) its.push(supplyMeter(index + 1, area, line));
      for (let unitNo = 1; unitNo <= linePlan.customers; unitNo++) {
        seq += 1;
        const customer = customerOf({ seed, area: index + 1, areaPlan: area, spec, line, linePlan, seq, unitNo });
        its.push(customer.meter);
        accounts.push(customer.account);
      }
    });
    meters.push(...inBoxes(its));
  });
  return { seed, feeders, areas, lines, meters, accounts };
}

/** `nth`: the number of the line in its district, from 1 on; its terminal is called after it. */
function lineOf(plan: LinePlan, id: string, nth: number): LineSpec {
  const serial = plan.kind.endsWith('-pty');
  return {
    id: plan.id ?? id,
    kind: plan.kind,
    concentrator: plan.concentrator ?? null,
    timing: plan.timing ?? (serial ? RS485 : TCP),
    ...(hasTerminal(plan.kind) ? { terminal: { ...usualTerminal(plan.kind, nth), ...plan.terminal } } : {}),
  };
}

const hasTerminal = (kind: LineKind): boolean => kind.startsWith('gdw376-') || kind.endsWith('-dial-in');

/** Region 3101; heartbeat every minute; dials again after one second, later after up to a minute. */
function usualTerminal(kind: LineKind, nth: number): TerminalSpec {
  const gdw376 = kind.startsWith('gdw376-');
  return {
    address: gdw376 ? `3101${nth.toString(16).toUpperCase().padStart(4, '0')}` : `3101${String(nth).padStart(8, '0')}`,
    port: 31,
    heartbeatS: 60,
    confirmMs: 10_000,
    backOffMs: [1_000, 60_000],
    onSilence: 'deny',
    eventCounters: null,
  };
}

const is698 = (line: LineSpec): boolean => line.kind.startsWith('dlt698-');
const isModbus = (line: LineSpec): boolean => line.kind === 'modbus-tcp' || line.kind === 'modbus-rtu-pty';

function supplyMeter(area: number, plan: AreaPlan, line: LineSpec): MeterSpec {
  const id = supplyMeterId(area);
  return {
    id,
    model: isModbus(line) ? 'sdm630' : is698(line) ? 'dlt698-3ph' : 'dlt645-3ph',
    line: line.id,
    address: isModbus(line) ? String(SUPPLY_UNIT) : id,
    area: plan.id,
    role: 'supply',
    account: null,
    phase: null,
    ct: plan.ct ?? 60,
    load: null,
    clockOffsetS: 0,
  };
}

interface Place {
  readonly seed: number;
  readonly area: number;
  readonly areaPlan: AreaPlan;
  readonly spec: AreaSpec;
  readonly line: LineSpec;
  readonly linePlan: LinePlan;
  readonly seq: number;
  readonly unitNo: number;
}

/** Every tenth customer is a business with a three-phase meter. */
const isBusiness = (seq: number): boolean => seq % 10 === 0;

function hasPanels({ areaPlan, seq }: Place): boolean {
  const every = areaPlan.pvEvery ?? 25;
  return every > 0 && !isBusiness(seq) && seq % every === Math.min(23, every - 1);
}

/** Among Modbus meters every fourth has three phases, whoever the customer is. */
function modelOf({ line, linePlan: { models }, seq, unitNo }: Place): Model {
  const named = models?.[(unitNo - 1) % models.length];
  if (named) return named;
  if (is698(line)) return isBusiness(seq) ? 'dlt698-3ph' : 'dlt698-1ph';
  if (isModbus(line)) return isBusiness(seq) || seq % 4 === 0 ? 'sdm630' : 'sdm120';
  return isBusiness(seq) ? 'dlt645-3ph' : 'dlt645-1ph';
}

function customerOf(place: Place): { meter: MeterSpec; account: AccountSpec } {
  const { area, areaPlan, spec, line, seq } = place;
  const id = meterId(area, seq);
  const seed = seedOf(id, place.seed);
  const { meanWhPerDay, meter: own, ...particular } = areaPlan.customers?.get(seq) ?? {};
  const model = own?.model ?? modelOf(place);
  const options = own?.options ?? place.linePlan.options;
  const account: AccountSpec = {
    no: `31${String(area).padStart(4, '0')}${String(seq).padStart(4, '0')}`,
    name: isBusiness(seq) ? shopName(seed) : personName(seed),
    address: postalAddress(spec.name, seedOf(spec.id), seq),
    category: categoryOf(place),
    priority: 'normal',
    status: 'active',
    ...particular,
  };
  const meter: MeterSpec = {
    id,
    model,
    line: line.id,
    address: isModbus(line) ? String(place.unitNo) : id,
    area: spec.id,
    role: 'customer',
    account: account.no,
    phase: MODEL_FACTS[model].phases === 3 ? null : (PHASES[seq % 3] ?? 0),
    ct: 1,
    load: loadOf(place, seed, meanWhPerDay),
    clockOffsetS: own?.clockOffsetS ?? (hash32(seed, 2) % 9) - 4,
    ...(options ? { options } : {}),
  };
  return { meter, account };
}

const PHASES: readonly PhaseIndex[] = [0, 1, 2];

function categoryOf(place: Place): AccountSpec['category'] {
  if (hasPanels(place)) return 'generator';
  return isBusiness(place.seq) ? 'commercial' : 'resident';
}

function loadOf(place: Place, seed: number, meanWhPerDay: number | undefined): LoadSpec {
  const business = isBusiness(place.seq);
  const mean = business ? 15_000 + 25_000 * unit(seed, 1) : 5_000 + 5_000 * unit(seed, 1);
  return {
    kind: business ? 'commercial' : 'resident',
    meanWhPerDay: Math.round(meanWhPerDay ?? mean),
    pvPeakW: hasPanels(place) ? PV_PEAK_W : 0,
  };
}
