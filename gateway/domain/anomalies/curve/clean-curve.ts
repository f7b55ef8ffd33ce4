import { CURRENT_LIMIT, VOLTAGE_LIMIT } from '../../validation/gauges.ts';
import { at } from '../hold.ts';
import type { JudgedMeter } from '../judged-meter.ts';
import type { CurveColumns, CurveQuantity } from './columns.ts';
import { CURVE_BOUNDS } from './limits.ts';
import { orderOf } from './point-order.ts';
import { type CurveState, HEAD } from './state.ts';
import { trackRegisters } from './track-registers.ts';

const POWER_FACTOR_LIMIT = 1.01;

/** Of phase A, B and C. */
type Phases = readonly [Float64Array, Float64Array, Float64Array];

function phases(points: number): Phases {
  return [new Float64Array(points), new Float64Array(points), new Float64Array(points)];
}

/**
 * The points of one meter that may be judged, ascending, as the rules want them: voltages in shares of Un, currents
 * without sign in shares of Ib, powers in W and var as the meter shows them. NaN = missing. One object is used for many
 * meters; what it holds is good until the next `take`.
 */
export class CleanCurve {
  length = 0;
  slots = new Float64Array(0);
  u: Phases = phases(0);
  i: Phases = phases(0);
  neutral = new Float64Array(0);
  powerW = new Float64Array(0);
  phaseW: Phases = phases(0);
  reactiveVar = new Float64Array(0);
  powerFactor = new Float64Array(0);
  importWh = new Float64Array(0);
  /** Between this point's register and the good one before it: Wh counted, ∫P dt in Wh, ms. NaN = not known. */
  countedWh = new Float64Array(0);
  flowedWh = new Float64Array(0);
  gapMs = new Float64Array(0);
  /** Energy that flowed while the register stood still, Wh, and since when it stood. */
  stillWh = new Float64Array(0);
  stoodSince = new Float64Array(0);
  /** What a rule measured, and what it marks (1, 2, 3 = phase A, B, C; 0 = nothing). */
  out = new Float64Array(0);
  marks = new Uint8Array(0);
  /** 1 where something that the rule needs is missing: such a point can show what is wrong, not that all is well. */
  partial = new Uint8Array(0);
  /** For rules whose findings began before the point: since when. */
  begun = new Float64Array(0);
  /** Quantities that the meter gives. */
  readonly #given = new Set<CurveQuantity>();
  #order = new Int32Array(0);
  #hasValue = new Uint8Array(0);
  /** Of each slot: the first of its points in the order of slots, and the one after the last. */
  #starts = new Int32Array(0);
  #ends = new Int32Array(0);
  /** Null when the points stand in that order. */
  #sorted: Int32Array | null = null;

  has(quantity: CurveQuantity): boolean {
    return this.#given.has(quantity);
  }

  /**
   * Takes a curve and leaves out what must not be judged: points that are not newer than those judged before, later
   * than now, or from before the meter was put in or after it was taken out; values that cannot be, repeats that
   * contradict each other, loads beyond a multiple of the contract, energy beyond what the meter can carry.
   */
  take(curve: CurveColumns, meter: JudgedMeter, state: CurveState, now: number): void {
    this.#reserve(curve.length);
    const { model, ratio, contractKw, baseCurrentA } = meter;
    const kept = this.#keep(curve, meter, at(state, HEAD.last), now);
    const mostA = model.maxCurrentA * CURRENT_LIMIT;
    const mostW = mostA * model.ratedVoltageV * model.phases;
    const contractW = contractKw === null ? mostW : (contractKw * 1000 * CURVE_BOUNDS.contractMost) / ratio;
    const totalW = Math.min(mostW, contractW);
    const perV = model.ratedVoltageV;
    const perA = baseCurrentA;
    const { u, i, phaseW } = this;
    this.#given.clear();
    const copy = (q: CurveQuantity, to: Float64Array, least: number, most: number, unit: number): void =>
      this.#copy(curve, kept, q, to, { least, most, unit });
    copy('voltage_a_v', u[0], 0, model.ratedVoltageV * VOLTAGE_LIMIT, perV);
    copy('voltage_b_v', u[1], 0, model.ratedVoltageV * VOLTAGE_LIMIT, perV);
    copy('voltage_c_v', u[2], 0, model.ratedVoltageV * VOLTAGE_LIMIT, perV);
    copy('current_a_a', i[0], -mostA, mostA, perA);
    copy('current_b_a', i[1], -mostA, mostA, perA);
    copy('current_c_a', i[2], -mostA, mostA, perA);
    copy('current_n_a', this.neutral, -mostA, mostA, perA);
    copy('power_active_total_w', this.powerW, -totalW, totalW, 1);
    copy('power_active_a_w', phaseW[0], -mostW, mostW, 1);
    copy('power_active_b_w', phaseW[1], -mostW, mostW, 1);
    copy('power_active_c_w', phaseW[2], -mostW, mostW, 1);
    copy('power_reactive_total_var', this.reactiveVar, -mostW, mostW, 1);
    copy('power_factor_total', this.powerFactor, -POWER_FACTOR_LIMIT, POWER_FACTOR_LIMIT, 1);
    copy('energy_import_wh', this.importWh, 0, model.rolloverWh - 1, 1);
    for (const currents of [...i, this.neutral]) withoutSign(currents, kept);
    this.length = kept;
    this.#passTime(state);
    trackRegisters(this, meter, state);
  }

  /** Merges what stands at one slot; fills slots and order. Returns the number of slots. */
  #keep(curve: CurveColumns, { spans }: JudgedMeter, last: number, now: number): number {
    const order = orderOf(curve, this.#order);
    let kept = 0;
    let span = 0;
    for (let k = 0; k < curve.length; k++) {
      const slot = at(curve.slots, order ? at(order, k) : k);
      while (span < spans.length - 1 && slot >= (spans[span]?.to ?? 0)) span += 1;
      const { from = 0, to = 0 } = spans[span] ?? {};
      if (slot <= last || slot > now || slot < from || slot >= to) continue;
      if (kept === 0 || this.slots[kept - 1] !== slot) {
        this.slots[kept] = slot;
        this.#starts[kept] = k;
        kept += 1;
      }
      this.#ends[kept - 1] = k + 1;
    }
    this.#sorted = order;
    this.#hasValue.fill(0, 0, kept);
    return kept;
  }

  #copy(
    { columns }: CurveColumns,
    kept: number,
    quantity: CurveQuantity,
    to: Float64Array,
    { least, most, unit }: { readonly least: number; readonly most: number; readonly unit: number },
  ): void {
    const column = columns[quantity];
    if (!column) {
      to.fill(Number.NaN, 0, kept);
      return;
    }
    this.#given.add(quantity);
    for (let i = 0; i < kept; i++) {
      const value = this.#valueAt(column, i);
      if (value >= least && value <= most) {
        to[i] = value / unit;
        this.#hasValue[i] = 1;
      } else to[i] = Number.NaN;
    }
  }

  /** The value of a slot: NaN when it stands there twice and differs. */
  #valueAt(column: Float64Array, i: number): number {
    const start = at(this.#starts, i);
    const end = at(this.#ends, i);
    const order = this.#sorted;
    let value = at(column, order ? at(order, start) : start);
    for (let k = start + 1; k < end; k++) {
      const other = at(column, order ? at(order, k) : k);
      if (Number.isNaN(other) || other === value) continue;
      if (!Number.isNaN(value)) return Number.NaN;
      value = other;
    }
    return value;
  }

  /** Before a rule measures: it marks what it finds, and says where it is not sure. */
  clearMarks(): void {
    this.marks.fill(0, 0, this.length);
    this.partial.fill(0, 0, this.length);
  }

  #passTime(state: CurveState): void {
    for (let i = this.length - 1; i >= 0; i--) {
      if (this.#hasValue[i] !== 1) continue;
      state[HEAD.last] = at(this.slots, i);
      return;
    }
  }

  #reserve(points: number): void {
    if (this.slots.length >= points) return;
    const size = Math.max(96, points);
    this.u = phases(size);
    this.i = phases(size);
    this.phaseW = phases(size);
    this.slots = new Float64Array(size);
    this.neutral = new Float64Array(size);
    this.powerW = new Float64Array(size);
    this.reactiveVar = new Float64Array(size);
    this.powerFactor = new Float64Array(size);
    this.importWh = new Float64Array(size);
    this.countedWh = new Float64Array(size);
    this.flowedWh = new Float64Array(size);
    this.gapMs = new Float64Array(size);
    this.stillWh = new Float64Array(size);
    this.stoodSince = new Float64Array(size);
    this.out = new Float64Array(size);
    this.marks = new Uint8Array(size);
    this.partial = new Uint8Array(size);
    this.begun = new Float64Array(size);
    this.#order = new Int32Array(size);
    this.#hasValue = new Uint8Array(size);
    this.#starts = new Int32Array(size);
    this.#ends = new Int32Array(size);
  }
}

/** Meters sign a current by its direction; how much flows is what counts here. */
function withoutSign(values: Float64Array, length: number): void {
  for (let i = 0; i < length; i++) values[i] = Math.abs(values[i] ?? Number.NaN);
}
