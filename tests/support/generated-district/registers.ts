import { mix } from './mix.ts';
import { CUSTOMERS_AN_AREA, type GeneratedPlan, SUPPLY_RATIO } from './plan.ts';

/** Registers count in steps of 0.01 kWh, Wh. */
const STEP_WH = 10;
const ROLLOVER_WH = 1_000_000_000;
/** What a household with solar panels feeds in, and what flows back through a meter that is wired the wrong way, Wh a day. */
export const FED_IN_WH = 5000;
const REVERSED_WH = 3000;

function steps(wh: number): number {
  return Math.floor(wh / STEP_WH) * STEP_WH;
}

/** What the meters of one area count, as it truly is, before any fault of reading. */
export class AreaRegisters {
  readonly area: number;
  readonly #plan: GeneratedPlan;
  readonly #days: number;
  /** Register of each customer at each freeze, one more than days, Wh. */
  readonly #customers: Float64Array;
  readonly #supply: Float64Array;

  constructor(plan: GeneratedPlan, area: number) {
    this.#plan = plan;
    this.area = area;
    this.#days = plan.size.days;
    this.#customers = new Float64Array((CUSTOMERS_AN_AREA + 1) * (this.#days + 1));
    this.#supply = new Float64Array(this.#days + 1);
    this.#count();
  }

  /** Energy of a customer on a business date, Wh. */
  useOf(nth: number, day: number): number {
    const { seed } = this.#plan.size;
    const { defect, day: from } = this.#plan.defectOf(this.area, nth);
    const base = 3000 + (mix(seed, 20, this.area, nth) % 9000);
    const swing = mix(seed, 21, this.area, nth, day) % 1000;
    const wave = this.isLively(nth) ? 0.2 + (swing * swing) / 400_000 : 0.8 + swing / 2500;
    const use = steps(base * wave);
    if (defect === 'no_use' && day >= from - 12) return 0;
    return defect === 'high_use' && day === from - 1 ? steps(base * 12) : use;
  }

  /** Register of a customer at the freeze of a day, Wh. */
  registerOf(nth: number, day: number): number {
    return nth === 0 ? (this.#supply[day] ?? 0) : (this.#customers[nth * (this.#days + 1) + day] ?? 0) % ROLLOVER_WH;
  }

  /** Register at noon of a day. */
  noonOf(nth: number, day: number): number {
    return this.registerOf(nth, day) + steps(this.useOf(nth, day) / 2);
  }

  /** Register at the freeze of a day of the meter that was put in at noon of the day of the exchange. */
  replacementOf(nth: number, day: number): number {
    const { day: from } = this.#plan.defectOf(this.area, nth);
    let wh = REPLACEMENT_START_WH + this.useOf(nth, from) - steps(this.useOf(nth, from) / 2);
    for (let d = from + 1; d < day; d++) wh += this.useOf(nth, d);
    return wh;
  }

  exportOf(nth: number, day: number): number {
    if (nth > 0 && this.isGenerator(nth)) return 100_000 + FED_IN_WH * day;
    const { defect, day: from } = this.#plan.defectOf(this.area, nth);
    return defect === 'reverse_energy' ? REVERSED_WH * Math.max(0, day - from + 1) : 0;
  }

  /** One household in ten uses a fifth of the usual on some days and more than twice as much on others. */
  isLively(nth: number): boolean {
    const { defect } = this.#plan.defectOf(this.area, nth);
    return defect === 'none' && mix(this.#plan.size.seed, 26, this.area, nth) % 10 === 0;
  }

  isGenerator(nth: number): boolean {
    const { defect } = this.#plan.defectOf(this.area, nth);
    return nth > 0 && defect === 'none' && mix(this.#plan.size.seed, 22, this.area, nth) % 100 === 0;
  }

  #count(): void {
    const { seed } = this.#plan.size;
    const width = this.#days + 1;
    const lossShare = 0.01 + (mix(seed, 23, this.area) % 300) / 10_000;
    let supplied = 0;
    this.#supply[0] = steps(mix(seed, 24, this.area) % 40_000_000);
    for (let nth = 1; nth <= CUSTOMERS_AN_AREA; nth++) {
      this.#customers[nth * width] = this.#startOf(nth);
    }
    for (let day = 0; day < this.#days; day++) {
      for (let nth = 1; nth <= CUSTOMERS_AN_AREA; nth++) {
        const use = this.useOf(nth, day);
        this.#customers[nth * width + day + 1] = (this.#customers[nth * width + day] ?? 0) + use;
        supplied += use - (this.isGenerator(nth) ? FED_IN_WH : 0);
      }
      this.#supply[day + 1] = (this.#supply[0] ?? 0) + steps((supplied * (1 + lossShare)) / SUPPLY_RATIO);
    }
  }

  #startOf(nth: number): number {
    const { defect, day: from } = this.#plan.defectOf(this.area, nth);
    if (defect !== 'rollover') return steps(1_000_000 + (mix(this.#plan.size.seed, 25, this.area, nth) % 800_000_000));
    let before = 0;
    for (let day = 0; day < from; day++) before += this.useOf(nth, day);
    return ROLLOVER_WH - before + STEP_WH;
  }
}

/** Register of a meter that comes from the store. */
export const REPLACEMENT_START_WH = 20;
