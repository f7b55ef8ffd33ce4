import type { JudgedMeter } from '#domain/anomalies/judged-meter.ts';
import { hash32, unit } from '../../../../../simulators/load/hash.ts';
import { DAY, singlePhase, supplyMeter, T0, threePhase } from '../kit/meters.ts';
import { EV, household, shop, villa, works } from './appliances.ts';
import { type FlowSpec, HISTORY_DAYS } from './flow.ts';
import type { MeterOf } from './metered.ts';

export const KINDS = ['flat', 'villa', 'shop', 'works', 'roof', 'area', 'away', 'buyer', 'exchanged'] as const;
export type Kind = (typeof KINDS)[number];

export interface Inhabitant extends MeterOf, FlowSpec {
  readonly kind: Kind;
  readonly meter: JudgedMeter;
  readonly isCarrier: boolean;
}

/** Base current of a 1.5(6) A meter on current transformers. */
export const CT_BASE_A = 1.5;

export function inhabitant(kind: Kind, number: number): Inhabitant {
  const seed = hash32(number, KINDS.indexOf(kind), 20_261_120);
  const common = {
    kind,
    seed,
    stepWh: number % 4 === 1 && kind !== 'works' && kind !== 'area' ? 1000 : 10,
    triplen: 0,
    hasReactive: number % 3 === 0,
    hasFactor: number % 3 !== 2,
    isCarrier: number % 2 === 0,
    pvPeakW: 0,
    jitter: 0.25,
    isNew: number % 5 === 0,
    baseFactor: 0.9,
  };
  return { ...common, ...OF_KIND[kind](number, seed) };
}

type Own = Pick<Inhabitant, 'meter' | 'phases' | 'shape' | 'baseWh' | 'uses'> & Partial<Inhabitant>;

const flat = (number: number, seed: number): Own => ({
  meter: singlePhase({ id: `flat-${number}` }),
  phases: 1,
  shape: 'resident',
  baseWh: 1200 + 3500 * unit(seed, 1),
  uses: household(number),
});

const OF_KIND: Readonly<Record<Kind, (number: number, seed: number) => Own>> = {
  flat,
  villa: (number, seed) => ({
    meter: threePhase({ id: `villa-${number}` }),
    phases: 3,
    shape: 'resident',
    baseWh: 2500 + 6000 * unit(seed, 1),
    uses: villa(number),
    triplen: 0.25,
    ...(number % 3 === 0 ? { basePhases: [number % 2] } : {}),
  }),
  shop: (number, seed) => ({
    meter: threePhase({ id: `shop-${number}`, category: 'commercial', contractKw: 40 }),
    phases: 3,
    shape: 'commercial',
    baseWh: 4000 + 20_000 * unit(seed, 1),
    uses: shop(number),
    triplen: 0.9,
    ...(number % 4 === 0 ? { basePhases: [2] } : {}),
  }),
  works: (number, seed) => ({
    meter: threePhase({
      id: `works-${number}`,
      category: 'dedicated',
      isLarge: true,
      ratio: 40,
      contractKw: 125,
      baseCurrentA: CT_BASE_A,
    }),
    phases: 3,
    shape: 'commercial',
    baseWh: 5000 + 6000 * unit(seed, 1),
    baseFactor: 0.91,
    uses: works(number),
    triplen: 0.2,
  }),
  roof: (number, seed) => ({
    ...(number % 2 === 0 ? flat(number, seed) : OF_KIND.villa(number, seed)),
    meter: (number % 2 === 0 ? singlePhase : threePhase)({ id: `roof-${number}`, category: 'generator' }),
    pvPeakW: 5000,
  }),
  /** Loaded to 30 to 75 % of its transformer at the peak of the day. */
  area: (number, seed) => ({
    meter: supplyMeter({ id: `area-${number}`, baseCurrentA: CT_BASE_A }),
    phases: 3,
    shape: number % 3 === 0 ? 'commercial' : 'resident',
    baseWh: 9000 + 5000 * unit(seed, 1),
    jitter: 0.03,
    baseFactor: 0.93,
    uses: [],
    triplen: 0.2,
  }),
  away: (number, seed) => ({
    ...flat(number, seed),
    life: (day: number) => (day >= HISTORY_DAYS + 5 && day < HISTORY_DAYS + 19 ? 0.05 : 1),
  }),
  buyer: (number, seed) => ({
    ...flat(number, seed),
    uses: [...household(number), { ...EV, since: HISTORY_DAYS + 8 }],
  }),
  /** The same meter, put back at another place with its register where it was. */
  exchanged: (number, seed) => ({
    ...flat(number, seed),
    meter: singlePhase({
      id: `exchanged-${number}`,
      spans: [
        { from: T0 - 365 * DAY, to: T0 + 9.4 * DAY },
        { from: T0 + 10.6 * DAY, to: Number.POSITIVE_INFINITY },
      ],
    }),
  }),
};
