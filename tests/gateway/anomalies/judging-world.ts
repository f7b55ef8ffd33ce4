import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Anomaly } from '#contract/anomaly.ts';
import type { Quality } from '#contract/quality.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Registry } from '#contract/registry.ts';
import type { FeedContent } from '#stores/feed-store.ts';
import type { JudgeStateStore } from '#stores/judge-state-store.ts';
import type { NewReadings, ReadingStore } from '#stores/reading-store.ts';
import { openSqliteJudgeStates } from '#stores/sqlite-judge-states/store.ts';
import { openSqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { AnomalyBook } from '../../../gateway/anomalies/anomaly-book.ts';
import { CurveWatch } from '../../../gateway/anomalies/curve-watch.ts';
import { FeedWatch } from '../../../gateway/anomalies/feed-watch.ts';
import { curveRules } from '../../../gateway/anomalies/rules.ts';
import { Site } from '../../../gateway/figures/site.ts';
import { toldOf } from '../../../gateway/ingest/told-rows.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { commit } from '../stores/state-samples.ts';

export const QUARTER_MS = 900_000;
export const WAIT_MS = 180_000;

/** Values of one point by quantity; null = the meter gave none. */
export type Values = Readonly<Partial<Record<QuantityName, number | null>>>;
export interface Point {
  readonly meter: string;
  readonly slot: number;
  readonly values: Values;
  readonly quality?: Quality;
}

/** What judges curves, from its start on. */
export interface Judging {
  readonly feed: FeedWatch;
  readonly curves: CurveWatch;
  /** Until nothing is left to do. */
  settle(): Promise<void>;
}

/** Real embedded stores, written as the ingest writes them, and what judges beside them. */
export class JudgingWorld {
  readonly state: StateStore;
  readonly readings: ReadingStore;
  readonly states: JudgeStateStore;
  readonly clock: ManualClock;
  readonly logger = quietLogger();

  private constructor(stores: [StateStore, ReadingStore, JudgeStateStore], now: number) {
    [this.state, this.readings, this.states] = stores;
    this.clock = new ManualClock(now);
  }

  static async open(folder: string, registry: Registry, now: number): Promise<JudgingWorld> {
    mkdirSync(folder, { recursive: true });
    const state = await openSqliteStateStore(join(folder, 'state.sqlite'));
    const readings = await openSqliteReadingStore(join(folder, 'readings'));
    const states = await openSqliteJudgeStates(join(folder, 'anomalies.sqlite'));
    await state.registry.replace(registry);
    return new JudgingWorld([state, readings, states], now);
  }

  async close(): Promise<void> {
    await this.states.close();
    await this.readings.close();
    await this.state.close();
  }

  /** A process that begins now, with what is remembered. */
  async start(states = this.states): Promise<Judging> {
    const { state, readings, clock, logger } = this;
    const site = new Site(state);
    await site.refresh();
    const book = await AnomalyBook.open({ store: state.anomalies, clock, logger });
    let feed: FeedWatch | null = null;
    const curves = new CurveWatch({
      ...{ site, readings, states, book, clock, waitMs: WAIT_MS },
      rules: curveRules({ zoneOffsetMs: 8 * 3_600_000 }, () => 1),
      isIdle: () => feed?.isIdle ?? false,
    });
    const made = new FeedWatch({
      feed: state.feed,
      take: (content) => curves.take(content),
      begin: () => curves.begin(),
    });
    feed = made;
    const settle = async (): Promise<void> => {
      for (let busy = true; busy; ) {
        busy = false;
        while (await made.step()) busy = true;
        while (await curves.tick()) busy = true;
      }
    };
    return { feed: made, curves, settle };
  }

  /** Points come in: stored, then told. */
  async tell(points: readonly Point[], over: { readonly task?: string; readonly times?: number } = {}): Promise<void> {
    const { task = 'profile', times = 1 } = over;
    for (const batch of batchesOf(task, points)) {
      for (let i = 0; i < times; i++) {
        const written = await this.readings.write([batch]);
        const feed = toldOf([{ judged: { readings: [batch], ledger: { outcomes: [] } }, written }], () => 'profile');
        await this.commit(feed ?? {});
      }
    }
  }

  commit(feed: FeedContent): Promise<void> {
    return this.state.ledger.commit({ ...commit({}), feed });
  }

  anomalies(): Promise<Anomaly[]> {
    return this.state.anomalies.list({ limit: 1000 });
  }

  /** Types of events by subject, in their order. */
  async events(): Promise<string[]> {
    return (await this.state.events.after(0, 1000)).map(({ type }) => type.replace(/^anomaly\.|\.v1$/g, ''));
  }
}

function batchesOf(task: string, points: readonly Point[]): NewReadings[] {
  const groups = Map.groupBy(points, ({ values }) => Object.keys(values).join());
  return [...groups.values()].map((group) => {
    const quantities = Object.keys(group[0]?.values ?? {}) as QuantityName[];
    const rows = group.map(({ meter, slot, values, quality = 'valid' }) => ({
      ...{ meter, slot, meterTime: slot, readAt: slot + 20_000, quality, rules: [] },
      values: quantities.map((name) => values[name] ?? null),
    }));
    return { task, quantities, rows };
  });
}
