import { QUARTERS, type Season } from '../clock/local-time.ts';
import { RATE_OF_QUARTER, RATES } from './rates.ts';

export type LoadKind = 'resident' | 'commercial';

/** Hourly mean ÷ daily mean of the BDEW standard load profile H0 (household). */
const H0_WINTER_WORKDAY = [
  0.55, 0.41, 0.37, 0.36, 0.37, 0.44, 0.85, 1.22, 1.25, 1.16, 1.09, 1.11, 1.23, 1.22, 1.08, 0.98, 0.99, 1.21, 1.56,
  1.76, 1.58, 1.32, 1.1, 0.81,
];
const H0_SUMMER_WORKDAY = [
  0.63, 0.47, 0.42, 0.4, 0.42, 0.51, 0.83, 1.11, 1.21, 1.23, 1.19, 1.21, 1.35, 1.3, 1.12, 1.01, 0.98, 1.04, 1.21, 1.41,
  1.42, 1.34, 1.23, 0.96,
];
const H0_SUMMER_SUNDAY = [
  0.75, 0.56, 0.46, 0.43, 0.42, 0.41, 0.43, 0.58, 0.95, 1.35, 1.57, 1.73, 1.76, 1.47, 1.21, 1.05, 0.91, 0.92, 1.07,
  1.28, 1.34, 1.27, 1.18, 0.91,
];
/** Shops and small works: a base load at night, open from nine to nine. */
const COMMERCIAL = [
  0.35, 0.33, 0.32, 0.32, 0.33, 0.35, 0.42, 0.62, 1.1, 1.55, 1.65, 1.6, 1.5, 1.6, 1.65, 1.6, 1.55, 1.5, 1.45, 1.4, 1.25,
  0.85, 0.52, 0.4,
];

/** Weight of each quarter hour (mean 1) and the share of the day that falls to each rate. */
export interface Shape {
  readonly weights: Float64Array;
  readonly rateShares: Float64Array;
}

const each = (f: (hour: number) => number): number[] => Array.from({ length: 24 }, (_, hour) => f(hour));
const at = (table: readonly number[], hour: number): number => table[(hour + 24) % 24] ?? 1;

/** Chinese homes cool in the evening of July and August and cook less at noon than the German profile says. */
function cooled(hour: number): number {
  if (hour >= 19 && hour <= 23) return 1.4;
  return hour >= 11 && hour <= 13 ? 0.82 : 1;
}

function hourly(kind: LoadKind, season: Season, weekend: boolean): number[] {
  if (kind === 'commercial') return COMMERCIAL;
  const sunday = (hour: number): number => (weekend ? at(H0_SUMMER_SUNDAY, hour) / at(H0_SUMMER_WORKDAY, hour) : 1);
  if (season === 'winter') return each((hour) => at(H0_WINTER_WORKDAY, hour) * sunday(hour));
  if (season === 'transition') {
    return each((hour) => ((at(H0_WINTER_WORKDAY, hour) + at(H0_SUMMER_WORKDAY, hour)) / 2) * sunday(hour));
  }
  return each((hour) => at(H0_SUMMER_WORKDAY, hour) * sunday(hour) * (season === 'cooling' ? cooled(hour) : 1));
}

function shape(hours: readonly number[]): Shape {
  const weights = Float64Array.from({ length: QUARTERS }, (_, quarter) => {
    const place = (quarter + 0.5) / 4 - 0.5;
    const hour = Math.floor(place);
    return at(hours, hour) * (1 - place + hour) + at(hours, hour + 1) * (place - hour);
  });
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / QUARTERS;
  const rateShares = new Float64Array(RATES);
  weights.forEach((weight, quarter) => {
    weights[quarter] = weight / mean;
    const rate = RATE_OF_QUARTER[quarter] ?? 0;
    rateShares[rate] = (rateShares[rate] ?? 0) + weight / mean / QUARTERS;
  });
  return { weights, rateShares };
}

type Table = Readonly<Record<Season, { readonly workday: Shape; readonly weekend: Shape }>>;

function table(kind: LoadKind): Table {
  const season = (name: Season): Table[Season] => ({
    workday: shape(hourly(kind, name, false)),
    weekend: shape(hourly(kind, name, true)),
  });
  return {
    winter: season('winter'),
    transition: season('transition'),
    summer: season('summer'),
    cooling: season('cooling'),
  };
}

const SHAPES: Readonly<Record<LoadKind, Table>> = { resident: table('resident'), commercial: table('commercial') };

export function loadShape(kind: LoadKind, season: Season, weekend: boolean): Shape {
  const { workday, weekend: free } = SHAPES[kind][season];
  return weekend ? free : workday;
}

/** Daily mean of a day ÷ yearly mean: the dynamic factor of H0, and the cooling of a Chinese summer on top of it. */
export const YEAR_FACTOR = Float64Array.from({ length: 367 }, (_, t) => {
  const h0 = -3.92e-10 * t ** 4 + 3.2e-7 * t ** 3 - 7.02e-5 * t ** 2 + 2.1e-3 * t + 1.24;
  return h0 + 0.45 * Math.exp(-(((t - 212) / 28) ** 2));
});
