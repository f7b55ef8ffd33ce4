import { dateOf, instantOf } from '#contract/zone.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { Settings } from '#platform/settings/schema.ts';
import type { FeedContent } from '#stores/feed-store.ts';
import type { FiguresStore } from '#stores/figures-store.ts';
import type { JudgeStateStore } from '#stores/judge-state-store.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { Site } from '../figures/site.ts';
import type { AnomalyCounts } from './anomalies-metrics.ts';
import { AnomalyBook } from './anomaly-book.ts';
import { CurveWatch } from './curve-watch.ts';
import { DayWatch } from './day-watch.ts';
import { FeedWatch } from './feed-watch.ts';
import { closeGoneMeters } from './gone-meters.ts';
import { curveRules, dayRules, levelOf, limitsOf, stateRules } from './rules.ts';
import { StateWatch } from './state-watch.ts';
import { TheftRound } from './theft/theft-round.ts';

/** How often a changed registry is looked for. */
const REGISTRY_MS = 2000;
/** How often it is looked whether meters with open anomalies still hang somewhere. */
const GONE_MS = 3_600_000;

export interface AnomaliesParts {
  readonly state: Pick<StateStore, 'registry' | 'meterRows' | 'feed' | 'anomalies' | 'orders'>;
  readonly readings: Pick<ReadingStore, 'ofMeter' | 'ofSlot'>;
  readonly figures: Pick<FiguresStore, 'days' | 'chunks' | 'areaDays'>;
  readonly states: JudgeStateStore;
  readonly settings: Pick<Settings, 'anomalyWaitS' | 'anomalyStatesS' | 'stoppedMinWh' | 'lossMinSuccessPercent'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Watches {
  readonly book: AnomalyBook;
  readonly curves: CurveWatch;
  readonly days: DayWatch;
  readonly states: StateWatch;
  readonly theft: TheftRound | null;
}

/**
 * Everything that judges readings, over the stores: what follows the feed, and what looks at curves, days, events and
 * areas. Every piece of work may be broken off and is done again with the same result.
 */
export class Anomalies {
  readonly #parts: AnomaliesParts;
  readonly #site: Site;
  readonly #feed: FeedWatch;
  /** Null before there is a registry. */
  #watches: Watches | null = null;
  #refreshAt = Number.NEGATIVE_INFINITY;
  #goneAt = Number.NEGATIVE_INFINITY;

  constructor(parts: AnomaliesParts) {
    this.#parts = parts;
    this.#site = new Site(parts.state);
    this.#feed = new FeedWatch({
      feed: parts.state.feed,
      take: (content) => this.#take(content),
      begin: () => this.#watches?.curves.begin(),
    });
  }

  get counts(): AnomalyCounts {
    const { points = 0, waitingSlots = 0, waitingMeters = 0 } = this.#watches?.curves.counts ?? {};
    const { position, gaps } = this.#feed;
    return { position, gaps, open: this.#watches?.book.openCount ?? 0, points, waitingSlots, waitingMeters };
  }

  /** Takes what the feed tells; false when that was nothing new, or there is no registry yet. */
  async follow(): Promise<boolean> {
    const { clock } = this.#parts;
    if (clock.mono() - this.#refreshAt >= REGISTRY_MS) {
      await this.#site.refresh();
      this.#refreshAt = clock.mono();
    }
    if (this.#site.version === null) return false;
    this.#watches ??= await this.#open();
    return this.#feed.step();
  }

  /** Judges some curves; false when there is nothing to do. So do the others. */
  async judgeCurves(): Promise<boolean> {
    return (await this.#watches?.curves.tick()) ?? false;
  }

  async judgeDays(): Promise<boolean> {
    return (await this.#watches?.days.tick()) ?? false;
  }

  async judgeStates(): Promise<boolean> {
    const { clock } = this.#parts;
    if (!this.#watches) return false;
    if (clock.mono() - this.#goneAt >= GONE_MS) {
      await closeGoneMeters(this.#watches.book, this.#site.index, clock.now());
      this.#goneAt = clock.mono();
    }
    return this.#watches.states.tick();
  }

  async judgeTheft(): Promise<boolean> {
    return (await this.#watches?.theft?.tick(this.#site.index)) ?? false;
  }

  async #open(): Promise<Watches> {
    const { state, readings, figures, states, settings, clock, logger } = this.#parts;
    const site = this.#site;
    const { registry } = site.index;
    const book = await AnomalyBook.open({ store: state.anomalies, clock, logger });
    const limits = limitsOf(settings);
    const zoneOffsetMs = offsetOf(registry.timeZone, clock.now());
    const freeze = registry.tasks.find(({ kind }) => kind === 'freeze-day');
    const common = { site, readings, states, book, clock };
    const { anomalies, meterRows, orders } = state;
    return {
      book,
      curves: new CurveWatch({
        ...common,
        rules: curveRules({ zoneOffsetMs, limits }, levelOf),
        waitMs: settings.anomalyWaitS * 1000,
        isIdle: () => this.#feed.isIdle,
      }),
      days: new DayWatch({ ...common, figures, rules: dayRules(limits, levelOf) }),
      states: new StateWatch({
        ...common,
        orders,
        rules: stateRules(limits, levelOf),
        everyMs: settings.anomalyStatesS * 1000,
      }),
      theft: freeze
        ? new TheftRound({ figures, anomalies, meterRows, task: freeze.id, bands: settings, clock, logger })
        : null,
    };
  }

  #take(content: FeedContent): void {
    this.#watches?.curves.take(content);
    this.#watches?.states.take(content);
  }
}

/** Local time minus UTC at the beginning of the local day, ms. */
function offsetOf(zone: string, now: number): number {
  const date = dateOf(zone, now);
  return Date.parse(`${date}T00:00:00Z`) - instantOf(zone, date);
}
