import { loadSettings } from '#platform/settings/load.ts';
import { ValidatedReadings } from '#stores/validated-readings.ts';
import { type FiguresParts, figuresParts } from '../../../gateway/figures/figures-parts.ts';
import { Keeper } from '../../../gateway/figures/keeper.ts';
import { membersOf, outageOf, saveOutages } from '../outages.ts';
import { quietLogger } from '../quiet-logger.ts';
import { GeneratedCentre, registersOf } from './centre.ts';
import { GeneratedDelivery } from './delivery.ts';
import { CUSTOMERS_AN_AREA, type GeneratedPlan, isExchange } from './plan.ts';
import type { AreaRegisters } from './registers.ts';
import { areaId, meterId, replacementId } from './site.ts';

const HOUR_MS = 3_600_000;

/** A generated district with its centre and figures, driven day by day. */
export class GeneratedRun {
  readonly plan: GeneratedPlan;
  readonly centre: GeneratedCentre;
  readonly keeper: Keeper;
  readonly areas: (area: number) => AreaRegisters;
  readonly #workers: FiguresParts['workers'];
  readonly #delivery: GeneratedDelivery;

  private constructor(
    plan: GeneratedPlan,
    centre: GeneratedCentre,
    areas: (area: number) => AreaRegisters,
    keeper: Keeper,
    workers: FiguresParts['workers'],
  ) {
    this.plan = plan;
    this.centre = centre;
    this.areas = areas;
    this.keeper = keeper;
    this.#workers = workers;
    this.#delivery = new GeneratedDelivery(plan, areas);
  }

  static async open(folder: string, plan: GeneratedPlan): Promise<GeneratedRun> {
    const areas = registersOf(plan);
    const centre = await GeneratedCentre.open(folder, plan, areas);
    const { state, readings, figures, clock } = centre;
    const logger = quietLogger();
    const settings = loadSettings({ METERWAY_DATA_DIR: folder });
    const made: Keeper[] = [];
    const keeperOf = (): Keeper => {
      const [keeper] = made;
      if (!keeper) throw new Error('BUG: the keeper is not there yet');
      return keeper;
    };
    const validated = new ValidatedReadings(readings, state.revisions);
    const stores = { state, readings, figures };
    const days = (): Keeper['days'] => keeperOf().days;
    const { followers, takers, workers } = figuresParts({
      ...stores,
      validated,
      clock,
      logger,
      settings,
      days,
      keeper: keeperOf,
    });
    made.push(new Keeper({ ...stores, settings, clock, logger, followers, takers }));
    const run = new GeneratedRun(plan, centre, areas, keeperOf(), workers);
    await run.#exclude();
    return run;
  }

  get rows(): number {
    return this.#delivery.rows;
  }

  /** One business date, from its midnight to ten past the next. */
  async day(day: number): Promise<void> {
    const { centre, plan } = this;
    const slot = plan.slots[day] ?? 0;
    centre.at(slot + 2.2 * HOUR_MS);
    await this.#outages(day);
    await centre.deliver(this.#delivery.firstPass(day));
    centre.at(slot + 23.5 * HOUR_MS);
    await centre.deliver(this.#delivery.afterFirstPass(day));
    await this.keeper.catchUp();
    centre.at(slot + 24 * HOUR_MS + 600_000);
    await this.work();
  }

  /** Lets the workers of the figures process do what there is to do. */
  async work(): Promise<void> {
    for (const { worker } of this.#workers) {
      await worker.tick();
      await this.keeper.catchUp();
    }
  }

  close(): Promise<void> {
    return this.centre.close();
  }

  async #exclude(): Promise<void> {
    const { plan, centre } = this;
    const [from = '', to = ''] = [plan.dates[5], plan.dates[8]];
    for (let area = 0; area < plan.areas; area++) {
      if (!plan.isExcluded(area, 5)) continue;
      const scope = { kind: 'area', id: areaId(area) } as const;
      await centre.state.exclusions.add({ id: `x${area}`, scope, from, to, reason: 'work', by: 'k', at: 0 });
    }
  }

  async #outages(day: number): Promise<void> {
    const { plan, centre } = this;
    const slot = plan.slots[day] ?? 0;
    for (let area = 0; area < plan.areas; area++) {
      if (!plan.isInOutage(area, day)) continue;
      const times = { startedAt: slot - HOUR_MS, restoredAt: slot + HOUR_MS };
      const members = membersOf(this.#metersBehind(area), times.startedAt, times.restoredAt);
      await saveOutages(centre.state, outageOf({ id: `o${area}-${day}`, area: areaId(area), ...times, members }));
    }
  }

  #metersBehind(area: number): string[] {
    const ids: string[] = [];
    for (let nth = 0; nth <= CUSTOMERS_AN_AREA; nth++) {
      ids.push(meterId(area, nth));
      if (isExchange(this.plan.defectOf(area, nth).defect)) ids.push(replacementId(area, nth));
    }
    return ids;
  }
}
