import { slotAt } from '#contract/calendar.ts';
import type { EventKind } from '#contract/envelope.ts';
import type { ArrearsOrder } from '#contract/outage.ts';
import { type JudgedMeter, judgedMeter } from '#domain/anomalies/judged-meter.ts';
import type { StateFact } from '#domain/anomalies/states/facts.ts';
import { siteTask } from '#domain/task-choice.ts';
import type { Clock } from '#platform/clock.ts';
import type { FeedContent } from '#stores/feed-store.ts';
import type { JudgeStateStore } from '#stores/judge-state-store.ts';
import type { OrderStore } from '#stores/outage-store.ts';
import type { ReadingStore, StoredReading } from '#stores/reading-store.ts';
import type { Site } from '../figures/site.ts';
import type { AnomalyBook } from './anomaly-book.ts';
import { FoundAnomalies } from './found-anomalies.ts';
import type { StateRules } from './judges.ts';

const PAGE = 2000;
/** Present values of a slot have come in by then, ms. */
const ROOM_MS = 60_000;
/** Meters whose facts are judged in one step. */
const METERS_AT_ONCE = 2000;
/** A clock so near says nothing that would have to be remembered, s. */
const NEAR_S = 60;
/** Under which the present states are kept: they are those of no day. */
const NOW_DAY = 0;
const EVENTS: ReadonlySet<EventKind> = new Set<EventKind>(['cover_open', 'terminal_cover_open', 'magnetic_field']);

interface StateWatchParts {
  readonly site: Site;
  readonly readings: Pick<ReadingStore, 'ofSlot'>;
  readonly states: JudgeStateStore;
  readonly orders: Pick<OrderStore, 'arrearsIn' | 'version'>;
  readonly book: AnomalyBook;
  readonly rules: StateRules;
  readonly clock: Clock;
  /** How often present values are looked at, ms. */
  readonly everyMs: number;
}

/**
 * Judges what meters recorded, their relays, clocks and credit, and what orders want of the relay. Only of meters with
 * something out of the ordinary anything is remembered. Meters tell their last events with every read, so what was told
 * while this process did not run comes again.
 */
export class StateWatch {
  readonly #parts: StateWatchParts;
  readonly #facts = new Map<string, StateFact[]>();
  #states: Map<string, Float64Array> | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #slot = 0;
  #ordersVersion = '';

  constructor(parts: StateWatchParts) {
    this.#parts = parts;
  }

  /** Meters of which something is remembered. */
  get remembered(): number {
    return this.#states?.size ?? 0;
  }

  take({ events }: FeedContent): void {
    for (const [i, meter] of (events?.meters ?? []).entries()) {
      const event = events?.kinds[i];
      const start = events?.starts[i];
      const at = events?.readAts[i];
      if (event === undefined || start === undefined || at === undefined || !EVENTS.has(event)) continue;
      this.#tell(meter, { kind: 'event', event, start, at });
    }
  }

  /** Does a piece of what there is to do; false when there is nothing. One that rejects may be tried again. */
  async tick(): Promise<boolean> {
    const { clock, everyMs } = this.#parts;
    const states = await this.#remembered();
    if (this.#facts.size === 0 && clock.mono() - this.#lookedAt >= everyMs) {
      await this.#lookAtOrders();
      await this.#lookAtValues(states);
      this.#lookedAt = clock.mono();
    }
    return this.#judge(states);
  }

  async #remembered(): Promise<Map<string, Float64Array>> {
    if (this.#states) return this.#states;
    const states = new Map<string, Float64Array>();
    for (let after = ''; ; ) {
      const page = await this.#parts.states.after('states', NOW_DAY, after, PAGE);
      for (const { meter, state } of page) states.set(meter, state);
      const last = page.at(-1);
      if (!last || page.length < PAGE) break;
      after = last.meter;
    }
    this.#states = states;
    return states;
  }

  async #lookAtValues(states: ReadonlyMap<string, Float64Array>): Promise<void> {
    const { site, readings, clock } = this.#parts;
    const { index } = site;
    const task = siteTask(index.registry.tasks, 'instant');
    if (!task) return;
    const slot = slotAt(task.calendar, index.registry.timeZone, clock.now() - ROOM_MS);
    if (slot === this.#slot) return;
    for (let from = 0; from < site.meters.length; from += PAGE) {
      for (const reading of await readings.ofSlot(task.id, slot, site.meters.slice(from, from + PAGE))) {
        const facts = factsOf(reading);
        const isKnown = states.has(reading.meter) || this.#facts.has(reading.meter);
        if (!isKnown && isOrdinary(facts) && this.#statusOf(reading.meter, slot) === 'active') continue;
        for (const fact of facts) this.#tell(reading.meter, fact);
      }
    }
    this.#slot = slot;
  }

  async #lookAtOrders(): Promise<void> {
    const { orders, site, clock } = this.#parts;
    const version = await orders.version();
    if (version === this.#ordersVersion) return;
    const newest = new Map<string, ArrearsOrder>();
    for (const order of await orders.arrearsIn(['disconnected', 'paid', 'reconnected', 'cancelled'])) {
      const known = newest.get(order.account);
      if (!known || order.updatedAt > known.updatedAt) newest.set(order.account, order);
    }
    for (const order of newest.values()) {
      const command = commandOf(order);
      for (const { id } of site.index.metersOfAccount(order.account, clock.now())) this.#tell(id, command);
    }
    this.#ordersVersion = version;
  }

  async #judge(states: Map<string, Float64Array>): Promise<boolean> {
    const { site, states: store, book, rules, clock } = this.#parts;
    const some = [...this.#facts].slice(0, METERS_AT_ONCE);
    if (some.length === 0) return false;
    const found = new FoundAnomalies(
      (meter, id) => book.get(meter, id),
      (rule) => rules.levelOf(rule),
    );
    const judged: { meter: string; state: Float64Array }[] = [];
    for (const [id, facts] of some) {
      const meter = this.#judgedMeter(id, clock.now());
      if (!meter) continue;
      const { transitions, state } = rules.judge(meter, facts, states.get(id) ?? null, clock.now());
      judged.push({ meter: id, state });
      await found.add(site.index, id, transitions);
    }
    await book.keep({ anomalies: found.anomalies });
    await store.put('states', NOW_DAY, judged);
    for (const { meter, state } of judged) states.set(meter, state);
    // What came meanwhile stays.
    for (const [id, facts] of some) this.#done(id, facts.length);
    return true;
  }

  #done(meter: string, count: number): void {
    const left = this.#facts.get(meter)?.slice(count) ?? [];
    if (left.length > 0) this.#facts.set(meter, left);
    else this.#facts.delete(meter);
  }

  #tell(meter: string, fact: StateFact): void {
    const facts = this.#facts.get(meter);
    if (facts) facts.push(fact);
    else this.#facts.set(meter, [fact]);
  }

  #judgedMeter(id: string, at: number): JudgedMeter | null {
    const { index } = this.#parts.site;
    const meter = index.meter(id);
    return meter ? judgedMeter(index, meter, at) : null;
  }

  #statusOf(meter: string, at: number): string {
    return this.#parts.site.index.accountAt(meter, at)?.status ?? 'active';
  }
}

function factsOf({ readAt: at, values, quality }: StoredReading): StateFact[] {
  if (quality === 'suspect') return [];
  const { clock_offset_s: offsetS, relay_open: open, credit_remaining: amountCny } = values;
  return [
    ...(offsetS === undefined ? [] : [{ kind: 'clock' as const, at, offsetS }]),
    ...(open === undefined ? [] : [{ kind: 'relay' as const, at, open: open !== 0 }]),
    ...(amountCny === undefined ? [] : [{ kind: 'credit' as const, at, amountCny }]),
  ];
}

function isOrdinary(facts: readonly StateFact[]): boolean {
  return facts.every(
    (fact) =>
      (fact.kind === 'clock' && Math.abs(fact.offsetS) <= NEAR_S) ||
      (fact.kind === 'relay' && !fact.open) ||
      (fact.kind === 'credit' && fact.amountCny > 0),
  );
}

/** What an order wants of the relay. Between payment and reconnection either position is right. */
function commandOf({ state, disconnectedAt, reconnectedAt, updatedAt }: ArrearsOrder): StateFact {
  if (state === 'disconnected') return { kind: 'command', at: disconnectedAt ?? updatedAt, relay: 'open' };
  if (state === 'reconnected') return { kind: 'command', at: reconnectedAt ?? updatedAt, relay: 'closed' };
  return { kind: 'command', at: updatedAt, relay: null };
}
