import { meterModel } from '#contract/models.ts';
import { CURVE_QUANTITIES, type CurveColumns, type CurveQuantity } from '#domain/anomalies/curve/columns.ts';
import type { JudgedMeter } from '#domain/anomalies/judged-meter.ts';

export const POINTS = 96;
const QUARTER_MS = 900_000;
/** Local midnight in China. */
export const DAY = Date.UTC(2026, 10, 19, 16);
/** One in so many: three-phase, supply meter, with a fault. */
const THREE_PHASE = 5;
const SUPPLY = 200;
const FAULTY = 97;
const MISSING = 0.02;

export interface MadeMeter {
  readonly meter: JudgedMeter;
  readonly curve: CurveColumns;
}

/** Numbers from 0 to 1 that are the same every time: Mulberry32. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * A district of meters with a day of quarter hours each: household curves with an evening peak, a register that keeps to
 * them, two of a hundred values missing, and one meter in a hundred with one of ten faults.
 */
export function madeDay(meters: number): MadeMeter[] {
  const slots = Float64Array.from({ length: POINTS }, (_, i) => DAY + i * QUARTER_MS);
  return Array.from({ length: meters }, (_, m) => made(m, slots));
}

function made(m: number, slots: Float64Array): MadeMeter {
  const isSupply = m % SUPPLY === 0;
  const isThree = isSupply || m % THREE_PHASE === 0;
  const model = meterModel(isThree ? 'dlt645-3ph' : 'dlt645-1ph');
  if (!model) throw new Error('BUG: the catalogue has no such model');
  const meter: JudgedMeter = {
    id: `m${m}`,
    model,
    baseCurrentA: model.maxCurrentA / 6,
    ratio: isSupply ? 80 : 1,
    role: isSupply ? 'supply' : 'customer',
    category: isSupply ? null : 'resident',
    status: isSupply ? null : 'active',
    isLarge: false,
    contractKw: isThree && !isSupply ? 20 : null,
    transformerKva: isSupply ? 400 : null,
    spans: [{ from: 0, to: Number.POSITIVE_INFINITY }],
  };
  const columns = columnsOf(m, isThree ? 3 : 1, isSupply ? 3000 : 400);
  if (m % FAULTY === 5) fault(columns, m);
  return { meter, curve: { length: POINTS, slots, columns } };
}

type Columns = Partial<Record<CurveQuantity, Float64Array>>;
const PHASES = ['a', 'b', 'c'] as const;

function columnsOf(m: number, phases: number, meanW: number): Columns {
  const next = random(m + 1);
  const given = CURVE_QUANTITIES.filter((name) => phases === 3 || !/_[bc]_/.test(name));
  const columns: Columns = Object.fromEntries(given.map((name) => [name, new Float64Array(POINTS)]));
  let importWh = 1_000_000 + m * 137;
  let before = 0;
  for (let i = 0; i < POINTS; i++) {
    const phaseW = meanW * (0.4 + 0.3 * next() + (i > 72 && i < 90 ? 1.2 : 0));
    const powerW = phaseW * phases;
    importWh += i === 0 ? 0 : (before + powerW) / 8;
    before = powerW;
    const put = (name: CurveQuantity, value: number): void => {
      const column = columns[name];
      if (column) column[i] = next() < MISSING ? Number.NaN : value;
    };
    put('energy_import_wh', Math.round(importWh / 10) * 10);
    put('power_active_total_w', powerW);
    put('power_reactive_total_var', powerW * 0.3);
    put('power_factor_total', 0.95);
    put('current_n_a', phases === 3 ? 0.1 : phaseW / 209);
    for (const phase of PHASES) {
      put(`voltage_${phase}_v`, 215 + 10 * next());
      put(`current_${phase}_a`, phaseW / 209);
      put(`power_active_${phase}_w`, phaseW);
    }
  }
  return columns;
}

function fault(columns: Columns, m: number): void {
  const fill = (name: CurveQuantity, value: number): void => {
    columns[name]?.fill(value, 20, 60);
  };
  const faults = [
    () => fill('voltage_a_v', 100),
    () => fill('voltage_a_v', 270),
    () => fill('voltage_b_v', 160),
    () => fill('current_a_a', 80),
    () => fill('current_n_a', 0),
    () => fill('power_active_total_w', -2000),
    () => fill('power_factor_total', 0.2),
    () => fill('energy_import_wh', 1_000_000),
    () => fill('power_active_total_w', 30_000),
    () => fill('power_active_total_w', 10),
  ];
  faults[Math.floor(m / FAULTY) % faults.length]?.();
}
