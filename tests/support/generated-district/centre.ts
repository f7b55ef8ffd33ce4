import { join } from 'node:path';
import type { Ack } from '#contract/ack.ts';
import { topic } from '#contract/topics.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { type Clock, systemClock } from '#platform/clock.ts';
import type { FiguresStore } from '#stores/figures-store.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import { openSqliteFiguresStore } from '#stores/sqlite-figures/store.ts';
import { openSqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { Ingest } from '../../../gateway/ingest/ingest.ts';
import { Judge } from '../../../gateway/ingest/judge.ts';
import { quietLogger } from '../quiet-logger.ts';
import type { Sent } from './delivery.ts';
import type { GeneratedPlan } from './plan.ts';
import { AreaRegisters } from './registers.ts';
import { generatedSite } from './site.ts';

/** Envelopes on their way without an ack. */
const WINDOW = 24;

/** Registers of areas, worked out once each. */
export function registersOf(plan: GeneratedPlan): (area: number) => AreaRegisters {
  const made: AreaRegisters[] = [];
  return (area) => {
    const registers = made[area] ?? new AreaRegisters(plan, area);
    made[area] = registers;
    return registers;
  };
}

/** The centre of a generated district: the ingest over real stores, with a wall clock that is set by hand. */
export class GeneratedCentre {
  readonly state: StateStore;
  readonly readings: ReadingStore;
  readonly figures: FiguresStore;
  readonly index: RegistryIndex;
  readonly clock: Clock;
  readonly #ingest: Ingest;
  readonly #abort = new AbortController();
  readonly #running: Promise<void>;
  /** Last number of each envelope without an ack, by collector. */
  readonly #open = new Map<string, number[]>();
  #changed = Promise.withResolvers<void>();
  #failure: unknown = null;
  #now: number;

  private constructor(
    stores: { readonly state: StateStore; readonly readings: ReadingStore; readonly figures: FiguresStore },
    index: RegistryIndex,
    now: number,
  ) {
    this.state = stores.state;
    this.readings = stores.readings;
    this.figures = stores.figures;
    this.index = index;
    this.#now = now;
    this.clock = { ...systemClock(), now: () => this.#now };
    const nothing = (): void => {};
    this.#ingest = new Ingest(
      {
        readings: this.readings,
        ledger: this.state.ledger,
        judge: new Judge(index, []),
        watchers: [],
        sendAck: (_district, collector, ack) => this.#acknowledge(collector, ack),
        observer: { committed: nothing, quarantined: nothing, turnedAway: nothing, lost: nothing },
        clock: this.clock,
        logger: quietLogger(),
      },
      [],
    );
    this.#running = this.#ingest.run(this.#abort.signal).catch((error: unknown) => {
      this.#failure = error;
      this.#wake();
    });
  }

  static async open(folder: string, plan: GeneratedPlan, areas = registersOf(plan)): Promise<GeneratedCentre> {
    const stores = {
      state: await openSqliteStateStore(join(folder, 'state.sqlite')),
      readings: await openSqliteReadingStore(join(folder, 'readings')),
      figures: await openSqliteFiguresStore(join(folder, 'figures.sqlite')),
    };
    await stores.state.registry.replace(generatedSite(plan, areas));
    const registry = await stores.state.registry.load();
    if (!registry) throw new Error('BUG: no registry was stored');
    return new GeneratedCentre(stores, new RegistryIndex(registry), plan.slots[0] ?? 0);
  }

  /** Sets the wall clock, UTC ms. */
  at(now: number): void {
    this.#now = now;
  }

  /** Resolves when all that was sent is committed. */
  async deliver(messages: Iterable<Sent>): Promise<void> {
    for (const { district, collector, upTo, bytes } of messages) {
      await this.#until(() => this.#waiting < WINDOW);
      this.#open.set(collector, [...(this.#open.get(collector) ?? []), upTo]);
      await this.#ingest.receive(topic(district, collector, 'up/rows'), bytes);
    }
    await this.#until(() => this.#waiting === 0);
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#running;
    await this.figures.close();
    await this.readings.close();
    await this.state.close();
  }

  get #waiting(): number {
    let waiting = 0;
    for (const open of this.#open.values()) waiting += open.length;
    return waiting;
  }

  #acknowledge(collector: string, { upTo }: Ack): void {
    const open = this.#open.get(collector) ?? [];
    this.#open.set(
      collector,
      open.filter((last) => last > upTo),
    );
    this.#wake();
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#failure) throw this.#failure;
      await this.#changed.promise;
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
