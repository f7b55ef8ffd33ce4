import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { Settings } from '#platform/settings/schema.ts';
import type { FiguresStore } from '#stores/figures-store.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { ValidatedReadings } from '#stores/validated-readings.ts';
import { AreaDays } from './area-days.ts';
import { billingOf } from './billing.ts';
import { DayClose, type DayCloseParts } from './day-close.ts';
import { Estimator } from './estimator.ts';
import type { FeedTaker, Follower, KeptDays } from './follower.ts';
import { KeptPoints, pointDays } from './kept-points.ts';
import { VeeFollower } from './vee-follower.ts';
import { VeeSums } from './vee-sums.ts';

export interface PartsSources {
  readonly state: StateStore;
  readonly readings: ReadingStore;
  readonly validated: ValidatedReadings;
  readonly figures: FiguresStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: Settings;
  /** Not to be asked before the first call: the keeper is made after its followers. */
  readonly days: () => KeptDays;
  readonly keeper: DayCloseParts['keeper'];
}

/** Something that is done besides, every second or so; the next time comes when this one is over. */
export interface Worker {
  tick(): Promise<void>;
}

export interface FiguresParts {
  /** Work findings and areas out of the kept days. */
  readonly followers: readonly Follower[];
  /** Keep columns of their own from the feed. */
  readonly takers: readonly FeedTaker[];
  readonly workers: readonly { readonly name: string; readonly worker: Worker }[];
  readonly dayClose: Pick<DayClose, 'notClosed'>;
}

/** Everything that works beside the keeper: in the figures process, and in a rebuild without it. */
export function figuresParts({
  days,
  keeper,
  validated,
  state,
  clock,
  logger,
  settings,
  readings,
  figures,
}: PartsSources): FiguresParts {
  const estimator = new Estimator({ days, readings: validated, revisions: state.revisions, clock, logger, settings });
  const billing = billingOf({ state, validated, clock, logger, days, settings });
  const followers: Follower[] = [estimator, new AreaDays()];
  const points = new KeptPoints({ days, readings, figures, clock, keepDays: pointDays(settings.keepFiguresDays) });
  const takers: FeedTaker[] = [points];
  const dayClose = new DayClose({ keeper, state, settings, clock, logger });
  const workers: { readonly name: string; readonly worker: Worker }[] = [
    { name: 'estimation', worker: estimator },
    { name: 'day close', worker: dayClose },
  ];
  const sums = new VeeSums({ days, readings, figures, points, clock });
  followers.push(billing.corrections, new VeeFollower({ figures, readings }), sums);
  takers.push(sums);
  workers.push({ name: 'billing', worker: billing.builder }, { name: 'sum check', worker: sums });
  return { followers, takers, workers, dayClose };
}

/** Readings as they count, over the stores: one for all parts. */
export function validatedOf({ readings, state }: Pick<PartsSources, 'readings' | 'state'>): ValidatedReadings {
  return new ValidatedReadings(readings, state.revisions);
}
