import { setImmediate } from 'node:timers/promises';
import type { Outage } from '#contract/outage.ts';
import type { Kept } from '#domain/outages/engine-types.ts';
import type { Evidence } from '#domain/outages/evidence-types.ts';
import type { OutageSettings } from '#domain/outages/settings.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import type { JobStore } from '#stores/job-store.ts';
import type { OrderStore, OutageStore } from '#stores/outage-store.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { StoredStatus } from '#stores/state-store.ts';
import type { Watcher } from '../ingest/ingest.ts';
import type { Judged } from '../ingest/judge.ts';
import { Arrivals } from './arrivals.ts';
import type { Engine, EngineOverRegistry } from './engine-port.ts';
import { JudgedEvidence } from './judged-evidence.ts';
import { OperatorLog } from './operator-log.ts';
import { OrderWatch } from './order-watch.ts';
import type { OutageObserver } from './outage-metrics.ts';
import { OutageWriter } from './outage-writer.ts';
import { type ProbeLimits, Prober } from './prober.ts';
import { recallSupply } from './recall-supply.ts';
import { StoredHeads } from './stored-heads.ts';
import { TopologyTimes } from './topology-times.ts';
import { Ways } from './ways.ts';

/** Stored incidents that a starting process takes up again: open ones, and those of the last days that are over. */
const MAX_OPEN = 100_000;
const MAX_PAST = 5000;
const PAST_MS = 7 * 86_400_000;
/** The longest that the engine works in one go, ms: other work waits for it. */
const SLICE_MS = 8;
/** Facts that are taken in one go. */
const SLICE_ITEMS = 500;

export interface OutageWatchParts {
  readonly store: OutageStore;
  readonly orders: OrderStore;
  readonly jobs: JobStore;
  readonly readings: Pick<ReadingStore, 'ofSlot'>;
  readonly settings: OutageSettings;
  /** Null: no reads are made to confirm or close an incident. */
  readonly probes: ProbeLimits | null;
  readonly registry: RegistryIndex;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Make = (kept: Kept, at: number) => EngineOverRegistry;
type Observe = (engine: Engine) => OutageObserver;

/**
 * Runs the outage engine over what is committed. What is out of the ordinary is worked out and stored, with the events
 * that tell of it, before the evidence is acked: whatever ends the process before that, the evidence comes again and
 * leads to the same. Ordinary supply costs no write. All work is done in short slices, one piece after the other.
 */
export class OutageWatch implements Watcher {
  readonly #parts: OutageWatchParts;
  readonly #engine: Engine;
  readonly #renew: (at: number) => void;
  readonly #observer: OutageObserver;
  readonly #evidence: JudgedEvidence;
  readonly #orders: OrderWatch;
  readonly #prober: Prober | null;
  readonly #writer: OutageWriter;
  readonly #log: OperatorLog;
  readonly #topology: TopologyTimes;
  readonly #ways: Ways;
  readonly #arrivals = new Arrivals();
  #turn: Promise<void> = Promise.resolve();

  private constructor(parts: OutageWatchParts, make: EngineOverRegistry, known: readonly Outage[], observe: Observe) {
    const { store, orders, jobs, settings, probes, registry, clock, logger } = parts;
    const { engine, renew } = make;
    this.#parts = parts;
    this.#engine = engine;
    this.#renew = renew;
    this.#observer = observe(engine);
    this.#evidence = new JudgedEvidence(registry, settings, jobs);
    this.#orders = new OrderWatch(orders, registry);
    this.#prober = probes && new Prober({ jobs, engine, limits: probes, observer: this.#observer, clock });
    this.#log = new OperatorLog(logger);
    this.#writer = new OutageWriter({
      store,
      heads: new StoredHeads(store, known),
      log: this.#log,
      clock,
      onNew: (outage) => this.#observeNew(outage),
    });
    this.#topology = new TopologyTimes(registry, clock.now(), clock.mono());
    this.#ways = new Ways(registry, clock.mono());
  }

  /** Takes up where the stored incidents, the memory of meters and the open reads left off. Rejects as the stores do. */
  static async open(parts: OutageWatchParts, make: Make, observe: Observe): Promise<OutageWatch> {
    const { store, readings, registry, settings, clock } = parts;
    const open = await store.list({ states: ['unconfirmed', 'open'], limit: MAX_OPEN });
    const lately = { from: clock.now() - PAST_MS, to: clock.now() };
    const past = await store.list({ states: ['restored', 'dismissed'], during: lately, limit: MAX_PAST });
    const outages = [...open, ...past];
    const made = make({ supply: await store.supply(), outages }, clock.now());
    // Oldest first: of those that are over, the newest are remembered longest.
    const watch = new OutageWatch(parts, made, outages.toReversed(), observe);
    await recallSupply({ readings, registry, settings, engine: made.engine }, outages, clock.now());
    await watch.#orders.look(made.engine, clock.now());
    await watch.#prober?.adopt();
    return watch;
  }

  watch(judged: Judged): Promise<void> {
    return this.#inTurn(async () => {
      const evidence = await this.#evidence.of(judged, this.#engine);
      this.#prober?.heard(judged.jobResults);
      await this.#take(evidence);
      await this.#settle();
      await this.#writer.write(this.#engine.storm);
    });
  }

  /** Takes what a collector says of itself and its lines; worked out with the next tick. */
  heard(status: StoredStatus): void {
    this.#takeWays(this.#ways.heard(status, this.#parts.clock.mono()));
  }

  /** What time alone brings about, and what others have announced; to be called every second. */
  async tick(): Promise<void> {
    try {
      await this.#inTurn(async () => {
        await this.#lookAround();
        await this.#settle();
        await this.#writer.write(this.#engine.storm);
        this.#log.tick(this.#engine.storm, this.#parts.clock.mono());
      });
      await this.#prober?.tick();
    } catch (err) {
      if (!(err instanceof MeterwayError) || err.next !== 'retry') throw err;
      this.#parts.logger.warn({ err }, 'the stores are busy; outages are written and probed a little later');
    }
  }

  /** Writes what was held back; nothing may be watched any more. Rejects as the store does. */
  stop(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#settle();
      await this.#writer.write(this.#engine.storm, true);
      this.#log.tick(false, this.#parts.clock.mono());
    });
  }

  async #lookAround(): Promise<void> {
    const { clock } = this.#parts;
    await this.#orders.look(this.#engine, clock.now());
    this.#takeWays(this.#ways.overdue(clock.now(), clock.mono()));
    if (this.#topology.isDue(clock.now(), clock.mono())) this.#renew(clock.now());
  }

  #takeWays(evidence: readonly Evidence[]): void {
    if (evidence.length === 0) return;
    this.#note(evidence);
    this.#engine.take(evidence);
  }

  #note(evidence: readonly Evidence[]): void {
    this.#observer.took(evidence);
    this.#arrivals.note(evidence, this.#parts.clock.mono());
  }

  async #take(evidence: readonly Evidence[]): Promise<void> {
    const { clock } = this.#parts;
    this.#note(evidence);
    let begun = clock.mono();
    for (let from = 0; from < evidence.length; from += SLICE_ITEMS) {
      this.#engine.take(evidence.slice(from, from + SLICE_ITEMS));
      if (clock.mono() - begun < SLICE_MS) continue;
      await setImmediate();
      begun = clock.mono();
    }
  }

  async #settle(): Promise<void> {
    const { clock } = this.#parts;
    let workedMs = 0;
    for (let more = true; more; ) {
      const begun = clock.mono();
      do {
        const settled = this.#engine.settle(clock.now(), 1);
        this.#writer.add(settled);
        more = settled.more;
      } while (more && clock.mono() - begun < SLICE_MS);
      workedMs += clock.mono() - begun;
      if (more) await setImmediate();
    }
    this.#observer.settled(workedMs);
  }

  #observeNew({ kind, firstEvidenceAt }: Outage): void {
    const { clock } = this.#parts;
    const arrived = this.#arrivals.of(firstEvidenceAt);
    const sinceArrivalMs = arrived === null ? null : clock.mono() - arrived;
    this.#observer.committed(kind, clock.now() - firstEvidenceAt, sinceArrivalMs);
  }

  /** One after the other: what is written must be what was worked out last. */
  #inTurn(run: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(run);
    this.#turn = mine.catch(() => {});
    return mine;
  }
}
