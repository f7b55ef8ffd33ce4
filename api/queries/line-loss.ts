import type { Area } from '#contract/registry.ts';
import { addDays } from '#contract/zone.ts';
import type { AreaDay } from '#domain/line-loss/area-day.ts';
import { feederKey } from '#domain/line-loss/feeder-day.ts';
import { type Jump, jumpOf, type LossBands, type LossState, lossOf } from '#domain/line-loss/loss.ts';
import { checksOf, type LossCheck } from '#domain/line-loss/loss-checks.ts';
import { added, type LossSum, NO_LOSS, stateOfSum, sumOfDay, sumOfNothing } from '#domain/line-loss/loss-sum.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { FiguresStore } from '#stores/figures-store.ts';
import type { LossPeriod } from './line-loss-period.ts';

/** Loss of an area, or of a feeder by its head meters, over a period. */
export interface PeriodLoss {
  /** Id of the area, or `feeder:<id>`. */
  readonly key: string;
  readonly sum: LossSum;
  readonly state: LossState;
  readonly checks: readonly LossCheck[];
  /** The last kept day, for what is a state and not a sum; null when none is kept. */
  readonly last: AreaDay | null;
  /** Days on which the supply meters were read, whatever else was missing. */
  readonly suppliedDays: number;
  /** The supply meters counted nothing on any day of which they were read. */
  readonly isIdle: boolean;
  readonly rises: number;
  readonly falls: number;
  /** Of a single day, against the day before. */
  readonly jump: Jump | null;
}

export interface Losses {
  readonly byKey: ReadonlyMap<string, PeriodLoss>;
  /** Days of which nothing at all is kept. */
  readonly notKept: readonly string[];
}

/** Losses from the kept area days, folded day by day, so that a month of all areas is never in memory at once. */
export class LossQuery {
  readonly #figures: Pick<FiguresStore, 'areaDays'>;
  readonly bands: LossBands;

  constructor(figures: Pick<FiguresStore, 'areaDays'>, bands: LossBands) {
    this.#figures = figures;
    this.bands = bands;
  }

  /** Losses under these names over the days of a period that are over; what is `known` by date stands before the kept. */
  async of(keys: readonly string[], period: LossPeriod, known?: ReadonlyMap<string, AreaDay>): Promise<Losses> {
    const folds = new Map(keys.map((key) => [key, new LossFold(key, this.bands, period.kind === 'month')]));
    const notKept: string[] = [];
    const [first] = period.over;
    if (first !== undefined) {
      for (const day of await this.#day(addDays(first, -1), keys)) folds.get(day.area)?.before(day);
    }
    for (const date of period.over) {
      const days = new Map((await this.#day(date, keys)).map((day) => [day.area, day]));
      if (days.size === 0 && keys.length > 0) notKept.push(date);
      for (const [key, fold] of folds) fold.add(known?.get(date) ?? days.get(key) ?? null);
    }
    if (period.over.length === 0) for (const fold of folds.values()) fold.notOver();
    return { byKey: new Map([...folds].map(([key, fold]) => [key, fold.result(period.kind === 'day')])), notKept };
  }

  /** Kept days of one area, ascending. */
  async days(key: string, dates: readonly string[]): Promise<AreaDay[]> {
    const [from] = dates;
    const to = dates.at(-1);
    if (from === undefined || to === undefined) return [];
    return (await this.#figures.areaDays(from, to, [key])).map(({ content }) => content as unknown as AreaDay);
  }

  /** Naming many areas costs more than passing over what is not wanted. */
  async #day(date: string, keys: readonly string[]): Promise<AreaDay[]> {
    const named = keys.length <= 200 ? keys : undefined;
    return (await this.#figures.areaDays(date, date, named)).map(({ content }) => content as unknown as AreaDay);
  }
}

class LossFold {
  readonly #key: string;
  readonly #bands: LossBands;
  readonly #isMonth: boolean;
  #sum: LossSum = NO_LOSS;
  #last: AreaDay | null = null;
  #lostBefore: number | null = null;
  #jump: Jump | null = null;
  #rises = 0;
  #falls = 0;
  #suppliedDays = 0;
  #idleDays = 0;
  #stoppedSupplyWh = 0;
  #exporting = 0;

  constructor(key: string, bands: LossBands, isMonth: boolean) {
    this.#key = key;
    this.#bands = bands;
    this.#isMonth = isMonth;
  }

  before(day: AreaDay): void {
    this.#lostBefore = lossOf(day, this.#bands).lostWh;
  }

  add(day: AreaDay | null): void {
    this.#sum = added(this.#sum, day ? sumOfDay(day, this.#bands) : sumOfNothing('not_kept'));
    const lostWh = day ? lossOf(day, this.#bands).lostWh : null;
    this.#jump = jumpOf(lostWh, this.#lostBefore, this.#bands.lossJumpPercent);
    this.#lostBefore = lostWh;
    if (this.#jump?.kind === 'rise') this.#rises++;
    if (this.#jump?.kind === 'fall') this.#falls++;
    if (!day) return;
    this.#last = day;
    this.#exporting += day.exporting;
    if (day.gridWh !== null) this.#suppliedDays++;
    if (day.gridWh === 0) this.#idleDays++;
    if (day.why === 'area_stopped' || day.why === 'area_removed') this.#stoppedSupplyWh += day.suppliedWh ?? 0;
  }

  notOver(): void {
    this.#sum = added(this.#sum, sumOfNothing('not_over'));
  }

  result(isDay: boolean): PeriodLoss {
    const state = stateOfSum(this.#sum, this.#bands);
    const facts = { sum: this.#sum, state, stoppedSupplyWh: this.#stoppedSupplyWh, exporting: this.#exporting };
    return {
      key: this.#key,
      sum: this.#sum,
      state,
      checks: checksOf({ ...facts, isMonth: this.#isMonth }),
      last: this.#last,
      suppliedDays: this.#suppliedDays,
      isIdle: this.#suppliedDays > 0 && this.#idleDays === this.#suppliedDays,
      rises: this.#rises,
      falls: this.#falls,
      jump: isDay ? this.#jump : null,
    };
  }
}

/** Areas of a district, a feeder, both or all, ascending by id. */
export function areasIn(index: RegistryIndex, district: string | undefined, feeder: string | undefined): Area[] {
  return index.registry.areas
    .filter((area) => feeder === undefined || area.feeder === feeder)
    .filter((area) => district === undefined || index.feeder(area.feeder)?.district === district)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** Sum of the areas of a feeder, a district or the site. */
export function sumOf(areas: readonly Area[], losses: ReadonlyMap<string, PeriodLoss>): LossSum {
  return areas.reduce((sum, { id }) => added(sum, losses.get(id)?.sum ?? NO_LOSS), NO_LOSS);
}

/** The name of a feeder's head among the losses, or null where it has no meters. */
export function headKey(index: RegistryIndex, feeder: string): string | null {
  return index.feederSupplyMeters(feeder).length > 0 ? feederKey(feeder) : null;
}
