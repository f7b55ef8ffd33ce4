/** One point of a meter's curve, face values; null = the meter gave none. */
export interface LoadPoint {
  /** UTC ms. */
  readonly slot: number;
  /** Import positive, W. */
  readonly powerW: number | null;
  readonly reactiveVar: number | null;
  readonly powerFactor: number | null;
  readonly voltagesV: readonly (number | null)[];
  readonly currentsA: readonly (number | null)[];
}

export interface LoadContext {
  /** CT × PT. */
  readonly ratio: number;
  readonly ratedVoltageV: number;
  readonly phases: 1 | 3;
  /** What the customer may draw, kVA; null when that is not on record. */
  readonly capacityKva: number | null;
  /** Contract capacity, kW: where it is known, active loads are held against it instead. */
  readonly contractKw?: number | null;
  /** Time for which a point stands, ms. */
  readonly stepMs: number;
}

/** A day of a customer's load. Null where nothing is known. */
export interface LoadHealth {
  readonly points: number;
  /** Loads in kW with the ratio. */
  readonly maxKw: number | null;
  readonly maxAt: number | null;
  readonly minKw: number | null;
  readonly meanKw: number | null;
  /** Largest load in shares of the contract capacity, else of the capacity. */
  readonly maxShare: number | null;
  readonly hoursOver80: number | null;
  readonly hoursOver100: number | null;
  /** Of the day: mean of the points, weighted with their load. */
  readonly powerFactor: number | null;
  /** Share of the voltages within 93 … 107 % of nominal. */
  readonly voltageGood: number | null;
  readonly lowestVoltageV: number | null;
  readonly highestVoltageV: number | null;
  /** (largest − smallest) ÷ largest phase current; where less than a twentieth of the day's largest flows it says nothing. */
  readonly maxUnbalance: number | null;
  readonly meanUnbalance: number | null;
}

const HOUR_MS = 3_600_000;
/** 电压合格: −7 … +7 % of nominal at 220 V and 380 V is the range that quality of voltage is counted in. */
const LEAST_VOLTAGE = 0.93;
const MOST_VOLTAGE = 1.07;
const HEAVY = 0.8;
const SMALL_SHARE = 0.05;

/** What a day's curve says of the load and its quality. Order of the points does not matter. */
export function loadHealth(points: readonly LoadPoint[], context: LoadContext): LoadHealth {
  const { ratio, capacityKva, contractKw = null, stepMs } = context;
  const loads = points.flatMap((point) => {
    if (point.powerW === null) return [];
    const kw = (point.powerW * ratio) / 1000;
    const share = shareOf(contractKw === null ? apparent(point, kw, ratio) : Math.abs(kw), contractKw ?? capacityKva);
    return [{ slot: point.slot, kw, share, powerFactor: factorOf(point) }];
  });
  const max = loads.reduce<(typeof loads)[number] | null>(
    (most, one) => (most && most.kw >= one.kw ? most : one),
    null,
  );
  const shares = loads.flatMap(({ share }) => share ?? []);
  const hoursOver = (limit: number): number | null =>
    shares.length === 0 ? null : (shares.filter((share) => share > limit).length * stepMs) / HOUR_MS;
  return {
    points: points.length,
    maxKw: max?.kw ?? null,
    maxAt: max?.slot ?? null,
    minKw: loads.length === 0 ? null : loads.reduce((least, { kw }) => Math.min(least, kw), Number.POSITIVE_INFINITY),
    meanKw: mean(loads.map(({ kw }) => kw)),
    maxShare: shares.length === 0 ? null : shares.reduce((most, share) => Math.max(most, share), 0),
    hoursOver80: hoursOver(HEAVY),
    hoursOver100: hoursOver(1),
    powerFactor: dayFactor(loads),
    ...voltagesOf(points, context),
    ...unbalanceOf(points, context),
  };
}

function shareOf(load: number, capacity: number | null): number | null {
  return capacity === null ? null : load / capacity;
}

/** Apparent power, kVA; the active power where nothing more is known. */
function apparent({ reactiveVar, powerFactor }: LoadPoint, kw: number, ratio: number): number {
  if (reactiveVar !== null) return Math.hypot(kw, (reactiveVar * ratio) / 1000);
  return powerFactor !== null && powerFactor !== 0 ? Math.abs(kw / powerFactor) : Math.abs(kw);
}

function factorOf({ powerW, reactiveVar, powerFactor }: LoadPoint): number | null {
  if (powerFactor !== null) return Math.abs(powerFactor);
  if (powerW === null || reactiveVar === null || (powerW === 0 && reactiveVar === 0)) return null;
  return Math.abs(powerW) / Math.hypot(powerW, reactiveVar);
}

function dayFactor(loads: readonly { readonly kw: number; readonly powerFactor: number | null }[]): number | null {
  let weighted = 0;
  let weights = 0;
  for (const { kw, powerFactor } of loads) {
    if (powerFactor === null) continue;
    weighted += Math.abs(kw) * powerFactor;
    weights += Math.abs(kw);
  }
  return weights === 0 ? null : weighted / weights;
}

function voltagesOf(
  points: readonly LoadPoint[],
  { ratedVoltageV, phases }: LoadContext,
): Pick<LoadHealth, 'voltageGood' | 'lowestVoltageV' | 'highestVoltageV'> {
  const all = points.flatMap(({ voltagesV }) => voltagesV.slice(0, phases).filter((volts) => volts !== null));
  if (all.length === 0) return { voltageGood: null, lowestVoltageV: null, highestVoltageV: null };
  const [least, most] = [ratedVoltageV * LEAST_VOLTAGE, ratedVoltageV * MOST_VOLTAGE];
  return {
    voltageGood: all.filter((volts) => volts >= least && volts <= most).length / all.length,
    lowestVoltageV: all.reduce((low, volts) => Math.min(low, volts), Number.POSITIVE_INFINITY),
    highestVoltageV: all.reduce((high, volts) => Math.max(high, volts), 0),
  };
}

function unbalanceOf(
  points: readonly LoadPoint[],
  { phases }: LoadContext,
): Pick<LoadHealth, 'maxUnbalance' | 'meanUnbalance'> {
  const known =
    phases === 1
      ? []
      : points.map(({ currentsA }) => currentsA.map((amps) => (amps === null ? Number.NaN : Math.abs(amps))));
  const whole = known.filter((amps) => amps.length === phases && amps.every((each) => !Number.isNaN(each)));
  const largest = whole.reduce((most, amps) => Math.max(most, ...amps), 0);
  const shares = whole
    .filter((amps) => Math.max(...amps) > largest * SMALL_SHARE)
    .map((amps) => 1 - Math.min(...amps) / Math.max(...amps));
  const most = shares.reduce((worst, share) => Math.max(worst, share), 0);
  return { maxUnbalance: shares.length === 0 ? null : most, meanUnbalance: mean(shares) };
}

function mean(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}
