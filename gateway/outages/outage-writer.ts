import type { NewCentreEvent } from '#contract/centre-event.ts';
import type { Outage, OutageHead } from '#contract/outage.ts';
import type { Settled } from '#domain/outages/engine-types.ts';
import type { Clock } from '#platform/clock.ts';
import type { OutageStore } from '#stores/outage-store.ts';
import type { OperatorLog } from './operator-log.ts';
import { eventOf } from './outage-events.ts';
import { type StoredHeads, writable } from './stored-heads.ts';
import { type Portion, Unwritten } from './unwritten.ts';

interface WriterParts {
  readonly store: Pick<OutageStore, 'commit'>;
  readonly heads: StoredHeads;
  readonly log: OperatorLog;
  readonly clock: Clock;
  /** Called when an incident is in the store for the first time. */
  readonly onNew: (outage: Outage) => void;
}

interface Change {
  readonly outage: Outage;
  readonly before: OutageHead | null;
  readonly event: NewCentreEvent | null;
}

/**
 * Brings what the engine finds into the store, each incident in one transaction with the event that tells of it. What a
 * store that is busy does not take is kept for the next time; one writes at a time.
 */
export class OutageWriter {
  readonly #parts: WriterParts;
  readonly #unwritten = new Unwritten();

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  add(settled: Omit<Settled, 'more'>): void {
    this.#unwritten.add(settled);
  }

  /** Writes what is due, or all. Rejects as the store does, and nothing is lost by that. */
  async write(storm: boolean, all = false): Promise<void> {
    const { clock, heads } = this.#parts;
    const portions = this.#unwritten.due((id) => heads.known(id), clock.mono(), all);
    for (const portion of portions) await this.#commit(portion, storm);
  }

  async #commit(portion: Portion, storm: boolean): Promise<void> {
    const { clock, store, heads } = this.#parts;
    const at = clock.now();
    const changes: Change[] = [];
    for (const derived of portion.outages) {
      const before = await heads.find(derived.id);
      const outage = writable(derived, before);
      if (outage) changes.push({ outage, before, event: eventOf(outage, before, at) });
    }
    const { supply, forgotten } = portion;
    const outages = changes.map(({ outage }) => outage);
    if (outages.length + supply.length + forgotten.length > 0) {
      try {
        await store.commit({ outages, supply, forgotten, events: changes.flatMap(({ event }) => event ?? []), at });
      } catch (err) {
        for (const { id } of outages) heads.forget(id);
        throw err;
      }
    }
    this.#unwritten.wrote(portion, clock.mono());
    for (const change of changes) this.#written(change, storm);
  }

  #written({ outage, before }: Change, storm: boolean): void {
    const { heads, log, onNew } = this.#parts;
    heads.set(outage);
    log.tell(outage, before, storm);
    if (before === null && outage.state !== 'dismissed') onNew(outage);
  }
}
