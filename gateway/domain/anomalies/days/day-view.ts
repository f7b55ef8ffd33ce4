import { mostWh } from '../../validation/register.ts';
import { plausibleWh } from '../../vee/history.ts';
import { at } from '../hold.ts';
import type { JudgedMeter } from '../judged-meter.ts';
import { spanAt } from '../spans.ts';
import type { DayColumns } from './freezes.ts';
import { DAY_HEAD, type DayState } from './state.ts';

const NO_COLUMN: ArrayLike<number> = [];

/** One freeze, as the rules look at it, with the days before it. One object is used for many meters. */
export class DayView {
  place = 0;
  slot = 0;
  /** Energy from the freeze before, Wh at the meter; NaN when either is missing or the meter cannot have counted so. */
  usedWh = Number.NaN;
  exportedWh = Number.NaN;
  /** Wh by which a new good register lies below the former, 0 otherwise; NaN while that is open. */
  reversedWh = Number.NaN;
  /** Energy since the last good register in shares of the most that the meter can carry; NaN while that is open. */
  flown = Number.NaN;
  stoodSince = 0;
  /** Where the numbers of the present rule stand in `state`. */
  rulePlace = 0;
  meter: JudgedMeter;
  days: DayColumns;
  state: DayState;

  constructor(meter: JudgedMeter, days: DayColumns, state: DayState) {
    this.meter = meter;
    this.days = days;
    this.state = state;
  }

  /** Goes on to a freeze: false when it was taken before, or the meter was not in the field. */
  goTo(place: number): boolean {
    const slot = at(this.days.slots, place);
    if (slot <= at(this.state, DAY_HEAD.last) || spanAt(this.meter, slot) === -1) return false;
    this.place = place;
    this.slot = slot;
    this.usedWh = this.usedAt(place);
    this.exportedWh = this.#difference(this.days.exportWh ?? NO_COLUMN, place);
    this.#track(this.days.importWh[place] ?? Number.NaN);
    this.stoodSince = at(this.state, DAY_HEAD.stoodSince);
    return true;
  }

  /** Energy of the day that ends at a freeze, Wh at the meter. */
  usedAt(place: number): number {
    return this.#difference(this.days.importWh, place);
  }

  /** Kind of the day that ends at a freeze. */
  restAt(place: number): number {
    return at(this.days.restDays, place - 1);
  }

  #difference(registers: ArrayLike<number>, place: number): number {
    const start = at(this.days.slots, place - 1);
    const end = at(this.days.slots, place);
    if (place === 0 || spanAt(this.meter, start) === -1 || spanAt(this.meter, start) !== spanAt(this.meter, end)) {
      return Number.NaN;
    }
    const startWh = registers[place - 1] ?? Number.NaN;
    const endWh = registers[place] ?? Number.NaN;
    return Number.isNaN(startWh + endWh) ? Number.NaN : plausibleWh(this.meter.model, startWh, endWh, end - start);
  }

  /**
   * Holds a register against the last good one. One that does not fit says nothing until the next one fits it: a lone
   * wrong register is none of the meter's doing.
   */
  #track(wh: number): void {
    const { state, slot } = this;
    this.reversedWh = Number.NaN;
    this.flown = Number.NaN;
    if (!(wh >= 0 && wh < this.meter.model.rolloverWh)) return;
    state[DAY_HEAD.last] = slot;
    const before = at(state, DAY_HEAD.slot);
    if (before === 0 || spanAt(this.meter, before) !== spanAt(this.meter, slot)) {
      state[DAY_HEAD.stoodSince] = 0;
      this.#keep(wh);
      return;
    }
    const counted = this.#counted(DAY_HEAD.slot, DAY_HEAD.wh, wh);
    const isOdd = Number.isNaN(counted);
    if ((isOdd || at(state, DAY_HEAD.oddWh) > at(state, DAY_HEAD.wh)) && this.#fitsOdd(wh)) this.#takeOdd(wh);
    else if (isOdd) {
      state[DAY_HEAD.oddSlot] = slot;
      state[DAY_HEAD.oddWh] = wh;
    } else {
      this.reversedWh = 0;
      this.flown = counted / mostWh(this.meter.model, slot - before);
      if (counted > 0) state[DAY_HEAD.stoodSince] = slot;
      this.#keep(wh);
    }
  }

  /** A jump is asked of before the register from which it jumped: given time enough, it would fit that. */
  #fitsOdd(wh: number): boolean {
    return this.state[DAY_HEAD.oddSlot] !== 0 && !Number.isNaN(this.#counted(DAY_HEAD.oddSlot, DAY_HEAD.oddWh, wh));
  }

  /** The one that did not fit is confirmed: the register did jump, or fall. */
  #takeOdd(wh: number): void {
    const { state } = this;
    const change = at(state, DAY_HEAD.oddWh) - at(state, DAY_HEAD.wh);
    const ms = at(state, DAY_HEAD.oddSlot) - at(state, DAY_HEAD.slot);
    this.reversedWh = Math.max(0, -change);
    this.flown = Math.max(0, change) / mostWh(this.meter.model, ms);
    state[DAY_HEAD.stoodSince] = 0;
    this.#keep(wh);
  }

  #counted(slotPlace: number, whPlace: number, wh: number): number {
    return plausibleWh(this.meter.model, at(this.state, whPlace), wh, this.slot - at(this.state, slotPlace));
  }

  #keep(wh: number): void {
    this.state[DAY_HEAD.slot] = this.slot;
    this.state[DAY_HEAD.wh] = wh;
    this.state[DAY_HEAD.oddSlot] = 0;
    this.state[DAY_HEAD.oddWh] = 0;
  }
}
