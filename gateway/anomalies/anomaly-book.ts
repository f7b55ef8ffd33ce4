import { isDeepStrictEqual } from 'node:util';
import type { Anomaly } from '#contract/anomaly.ts';
import type { NewCentreEvent } from '#contract/centre-event.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { AnomalyFilter, AnomalyStore } from '#stores/anomaly-store.ts';

const PAGE = 1000;

interface BookParts {
  readonly store: AnomalyStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What became of judging: anomalies as they are now, and ids of those that later data have shown to be none. */
export interface BookChanges {
  readonly anomalies: readonly Anomaly[];
  readonly withdrawn?: readonly string[];
}

/**
 * The anomalies of single meters as they are stored, with the open ones in memory; suspicions of theft are kept by
 * whoever works them out. What is handed in a second time changes nothing and
 * tells nothing: every judgement may be repeated.
 */
export class AnomalyBook {
  readonly #parts: BookParts;
  readonly #open = new Map<string, Map<string, Anomaly>>();
  #openCount = 0;

  private constructor(parts: BookParts) {
    this.#parts = parts;
  }

  static async open(parts: BookParts): Promise<AnomalyBook> {
    const book = new AnomalyBook(parts);
    for await (const anomaly of book.all({ state: 'open' }))
      if (anomaly.rule !== 'theft_suspected') book.#note(anomaly);
    return book;
  }

  get openCount(): number {
    return this.#openCount;
  }

  /** All that are open, in no particular order. */
  *open(): Generator<Anomaly> {
    for (const ofMeter of this.#open.values()) yield* ofMeter.values();
  }

  /** The anomaly as it is stored, open or not. */
  async get(meter: string, id: string): Promise<Anomaly | null> {
    return this.#open.get(meter)?.get(id) ?? (await this.#parts.store.get(id));
  }

  /** Those that are stored, newest opened first. */
  async *all(filter: Omit<AnomalyFilter, 'limit' | 'after'>): AsyncGenerator<Anomaly> {
    let after: { openedAt: number; id: string } | null = null;
    for (;;) {
      const page: Anomaly[] = await this.#parts.store.list({ ...filter, limit: PAGE, ...(after && { after }) });
      yield* page;
      const last = page.at(-1);
      if (!last || page.length < PAGE) return;
      after = { openedAt: last.openedAt, id: last.id };
    }
  }

  /** Stores what is new, with its events, in one transaction. Of several states of an anomaly the last counts. */
  async keep({ anomalies, withdrawn = [] }: BookChanges): Promise<void> {
    const { store, clock } = this.#parts;
    const latest = new Map(anomalies.map((anomaly) => [anomaly.id, anomaly]));
    const changed: Anomaly[] = [];
    const gone: Anomaly[] = [];
    const events: NewCentreEvent[] = [];
    for (const anomaly of latest.values()) {
      const before = await this.get(anomaly.meter, anomaly.id);
      if (isDeepStrictEqual(before, anomaly)) continue;
      changed.push(anomaly);
      events.push(...changesOf(before, anomaly));
    }
    for (const id of withdrawn) {
      const before = await store.get(id);
      if (!before) continue;
      gone.push(before);
      if (before.closedAt === null) events.push(eventOf('anomaly.closed.v1', before, clock.now(), true));
    }
    if (changed.length === 0 && gone.length === 0) return;
    await store.commit({ anomalies: changed, withdrawn: gone.map(({ id }) => id), events, at: clock.now() });
    for (const anomaly of gone) this.#forget(anomaly);
    for (const anomaly of changed) this.#note(anomaly);
    this.#tell(changed, gone);
  }

  #note(anomaly: Anomaly): void {
    if (anomaly.closedAt !== null) {
      this.#forget(anomaly);
      return;
    }
    const ofMeter = this.#open.get(anomaly.meter) ?? new Map<string, Anomaly>();
    if (!ofMeter.has(anomaly.id)) this.#openCount++;
    ofMeter.set(anomaly.id, anomaly);
    this.#open.set(anomaly.meter, ofMeter);
  }

  #forget({ meter, id }: Anomaly): void {
    const ofMeter = this.#open.get(meter);
    if (!ofMeter?.delete(id)) return;
    this.#openCount--;
    if (ofMeter.size === 0) this.#open.delete(meter);
  }

  #tell(changed: readonly Anomaly[], gone: readonly Anomaly[]): void {
    const { logger } = this.#parts;
    for (const { meter, rule, closedAt, facts } of changed) {
      const said = Object.entries(facts).map(([name, fact]) => `${name} ${fact}`);
      const text = closedAt === null ? 'abnormal use found' : 'abnormal use ended';
      logger.info({ meter, rule, facts: said.join(', ') }, text);
    }
    for (const { meter, rule } of gone) logger.info({ meter, rule }, 'what looked like abnormal use was none');
  }
}

/** What is to be told of it: that it opened, that it closed, or both; nothing when only its facts grew. */
function changesOf(before: Anomaly | null, now: Anomaly): NewCentreEvent[] {
  const events: NewCentreEvent[] = [];
  const wasOpen = before !== null && before.closedAt === null;
  if (before === null || (!wasOpen && now.closedAt === null)) {
    events.push(eventOf('anomaly.opened.v1', now, now.openedAt, false));
  }
  if (now.closedAt !== null && (wasOpen || before === null)) {
    events.push(eventOf('anomaly.closed.v1', now, now.closedAt, false));
  }
  return events;
}

function eventOf(
  type: 'anomaly.opened.v1' | 'anomaly.closed.v1',
  { id, rule, meter, area, district, level, score, openedAt }: Anomaly,
  at: number,
  isWithdrawn: boolean,
): NewCentreEvent {
  return {
    type,
    at,
    district,
    subject: id,
    evidenceAt: type === 'anomaly.opened.v1' ? openedAt : null,
    data: { rule, meter, area, level, score, ...(isWithdrawn && { withdrawn: true }) },
  };
}
