import { vi } from 'vitest';
import type { Ack } from '#contract/ack.ts';
import type { Batch, Envelope, EventRow, OutcomeRow } from '#contract/envelope.ts';
import { encodeEnvelope } from '#contract/envelope-codec.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Registry } from '#contract/registry.ts';
import { topic } from '#contract/topics.ts';
import { DEFAULT_OUTAGE_SETTINGS } from '#domain/outages/settings.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { Metrics } from '#platform/metrics.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { LedgerStore, StateStore } from '#stores/state-store.ts';
import { Ingest, type IngestObserver, type Watcher } from '../../gateway/ingest/ingest.ts';
import { Judge } from '../../gateway/ingest/judge.ts';
import { engineOver } from '../../gateway/outages/engine-over.ts';
import { observeOutages } from '../../gateway/outages/outage-metrics.ts';
import { OutageWatch } from '../../gateway/outages/outage-watch.ts';
import { ManualClock } from './manual-clock.ts';
import { at } from './plan.ts';
import { quietLogger } from './quiet-logger.ts';

export const SLOT = at('2026-11-20', '10:15:00');
/** Later than every row of a test: what is ahead of the centre's clock is set aside. */
export const NOW = at('2026-11-22', '10:20:00');
export const QUARTER_MS = 900_000;

export interface Stores {
  readonly readings: ReadingStore;
  readonly state: StateStore;
}

export interface CentreOptions extends Stores {
  readonly registry: Registry;
  readonly now?: number;
  /** Instead of the outage watch. */
  readonly watchers?: readonly Watcher[];
  /** Puts something between the ingest and a store. */
  readonly throughReadings?: (store: ReadingStore) => ReadingStore;
  readonly throughLedger?: (store: LedgerStore) => LedgerStore;
}

/** The gateway from the broker's messages to the acks, over real stores and without a broker. */
export class Centre {
  readonly readings: ReadingStore;
  readonly state: StateStore;
  readonly clock: ManualClock;
  readonly logger = quietLogger();
  readonly acks: { readonly to: string; readonly ack: Ack }[] = [];
  readonly counted = { committed: 0, repeated: 0, quarantined: 0, turnedAway: 0, lost: 0 };
  /** What ended the ingest by itself. */
  failure: unknown = null;
  #ingest: Ingest | null = null;
  #outages: OutageWatch | null = null;
  #running: Promise<void> = Promise.resolve();
  readonly #abort = new AbortController();

  private constructor(readings: ReadingStore, state: StateStore, now: number) {
    this.readings = readings;
    this.state = state;
    this.clock = new ManualClock(now);
  }

  /** Starts as the gateway does, but takes nothing from the inbox before `run`. */
  static async open(options: CentreOptions): Promise<Centre> {
    const { registry, state, now = NOW } = options;
    const readings = ownFace(options.throughReadings?.(options.readings) ?? options.readings);
    const centre = new Centre(readings, state, now);
    const { clock, logger } = centre;
    const index = new RegistryIndex(registry);
    const common = { registry: index, clock, logger };
    const outages = await OutageWatch.open(
      {
        ...common,
        store: state.outages,
        orders: state.orders,
        jobs: state.jobs,
        readings,
        settings: DEFAULT_OUTAGE_SETTINGS,
        probes: null,
      },
      engineOver(index, DEFAULT_OUTAGE_SETTINGS),
      (engine) => observeOutages(new Metrics({ process: 'test', runtime: false }), engine),
    );
    centre.#outages = outages;
    centre.#ingest = new Ingest(
      {
        readings,
        ledger: options.throughLedger?.(state.ledger) ?? state.ledger,
        judge: new Judge(index, await state.ledger.baselines()),
        watchers: options.watchers ?? [outages],
        sendAck: (district, collector, ack) => void centre.acks.push({ to: `${district}/${collector}`, ack }),
        observer: centre.#observer(),
        clock,
        logger,
      },
      await state.ledger.marks(),
    );
    return centre;
  }

  get ingest(): Ingest {
    if (!this.#ingest) throw new Error('the centre is not open');
    return this.#ingest;
  }

  get outages(): OutageWatch {
    if (!this.#outages) throw new Error('the centre is not open');
    return this.#outages;
  }

  run(): void {
    this.#running = this.ingest.run(this.#abort.signal).catch((error: unknown) => {
      if (!this.#abort.signal.aborted) this.failure = error;
    });
  }

  /** A message on `up/rows` of district d1; resolves when the broker may forget it. */
  receive(collector: string, message: string | Uint8Array): Promise<void> {
    return this.ingest.receive(topic('d1', collector, 'up/rows'), Buffer.from(message));
  }

  /** Hands over a message and waits for its ack. */
  async commit(collector: string, message: string): Promise<Ack> {
    const before = this.acks.length;
    await this.receive(collector, message);
    await eventually(() => this.acks.length > before || this.failure !== null);
    if (this.failure !== null) throw this.failure;
    const last = this.acks.at(-1);
    if (!last) throw new Error('no ack');
    return last.ack;
  }

  /** Ends as after SIGTERM; what is stored stays. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
    await this.#outages?.stop();
  }

  #observer(): IngestObserver {
    const { counted } = this;
    return {
      committed: ({ readings, repeated, outcomes, events }) => {
        counted.committed += readings + outcomes + events;
        counted.repeated += repeated;
      },
      quarantined: (_kind, count) => {
        counted.quarantined += count;
      },
      turnedAway: () => {
        counted.turnedAway += 1;
      },
      lost: (records) => {
        counted.lost += records;
      },
    };
  }
}

/** The same store, of which a test may replace a method without changing it for others. */
function ownFace(store: ReadingStore): ReadingStore {
  return {
    write: (batches) => store.write(batches),
    ofMeter: (task, meter, slots) => store.ofMeter(task, meter, slots),
    ofSlot: (task, slot, meters) => store.ofSlot(task, slot, meters),
    marks: (task, slots) => store.marks(task, slots),
    close: () => store.close(),
  };
}

/** Waits for what the stores' threads bring about. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  const check = async (): Promise<void> => {
    if (!(await condition())) throw new Error(`the condition did not come true: ${condition}`);
  };
  await vi.waitFor(check, { timeout: 5000, interval: 2 });
}

/** An envelope that accounts for one record a row, unless told otherwise. */
export function envelope(seq: number, batches: readonly Batch[], over: Partial<Envelope> = {}): string {
  const count = batches.reduce((sum, batch) => sum + batch.rows.length, 0);
  return encodeEnvelope({ epoch: 'e1', seq, count, oldest: 1, sentAt: NOW, batches, ...over });
}

/** Readings of one task, as [meter, slot, …values]; each was read 20 s after its slot. */
export function readingBatch(
  task: string,
  quantities: readonly QuantityName[],
  rows: readonly (readonly [meter: string, slot: number, ...values: (number | null)[]])[],
): Batch {
  const all = rows.map(([meter, slot, ...values]) => ({
    meter,
    slot,
    meterTime: null,
    readAt: slot + 20_000,
    values,
  }));
  return { stream: 'reading', task, quantities, rows: all };
}

/** Registers of the profile task. */
export function registers(...rows: readonly (readonly [meter: string, slot: number, importWh: number])[]): Batch {
  return readingBatch('profile', ['energy_import_wh'], rows);
}

export function powerDowns(...rows: readonly (readonly [meter: string, start: number, end: number | null])[]): Batch {
  const all: EventRow[] = rows.map(([meter, start, end]) => ({
    meter,
    kind: 'power_down',
    start,
    end,
    readAt: (end ?? start) + 60_000,
  }));
  return { stream: 'event', task: 'event', rows: all };
}

export function outcomeBatch(task: string, ...rows: readonly (Partial<OutcomeRow> & { meter: string })[]): Batch {
  const base = { slot: SLOT, at: SLOT + 60_000, detail: '', attempts: 3, lastBytes: '', final: true };
  const all = rows.map((row): OutcomeRow => ({ ...base, reason: 'no_answer', ...row }));
  return { stream: 'outcome', task, rows: all };
}

/** The same store with another `name`, which is given the one it replaces. */
export function instead<S extends object, K extends keyof S>(store: S, name: K, replace: (original: S[K]) => S[K]): S {
  return new Proxy(store, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target);
      const bound = typeof value === 'function' ? value.bind(target) : value;
      return key === name ? replace(bound as S[K]) : bound;
    },
  });
}
