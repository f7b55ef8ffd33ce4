import { createHash } from 'node:crypto';
import type { Outage } from '#contract/outage.ts';
import type { Task } from '#contract/tasks.ts';
import { COLUMN_BIT, type DayColumns } from '#domain/collection/day-columns.ts';
import { type DueOptions, dueClassifier, type OutagePredicate } from '#domain/collection/due-class.ts';
import { type ExclusionBook, exclusionBook } from '#domain/collection/exclusions.ts';
import { outagePredicate, tookSupply } from '#domain/collection/outage-slots.ts';
import { CLASS_CODES, hasValue, OPEN } from '#domain/collection/slot-state.ts';
import { allOutages } from '#stores/all-outages.ts';
import type { StateStore } from '#stores/state-store.ts';
import type { ExpectedDay } from './expected-days.ts';
import type { HeldDay } from './held-day.ts';
import type { Site } from './site.ts';

/** Meters that are classified before others get a turn. */
const TURN = 16_384;

/** What the classes of a day are worked out of, beside the registry. */
interface DayGrounds {
  readonly inOutage: OutagePredicate | null;
  /** Digest of all grounds. */
  readonly basis: string;
}

/**
 * Says what is owed on a day: `dueClassifier` over all meters of the registry. What depends on the collector being
 * offline now is not part of it. The grounds of a day have a digest, so that it is seen when a day must be worked out
 * anew, also after a restart.
 */
export class DueClasses {
  readonly #state: Pick<StateStore, 'outages' | 'exclusions'>;
  readonly #site: Site;
  #book: ExclusionBook | undefined;
  #bookDigest = '';
  /** By slot, as last read. */
  readonly #grounds = new Map<number, DayGrounds>();

  constructor(state: Pick<StateStore, 'outages' | 'exclusions'>, site: Site) {
    this.#state = state;
    this.#site = site;
  }

  /** Reads exclusions again, and forgets what was read of outages. */
  async refresh(): Promise<void> {
    const all = await this.#state.exclusions.list();
    const valid = all.filter(({ endedAt }) => endedAt === null);
    this.#book = exclusionBook(all, this.#site.index.registry.timeZone);
    this.#bookDigest = digestOf(valid.map(({ id }) => id).toSorted());
    this.#grounds.clear();
  }

  /** Digest of what the classes of a day would be worked out of now. */
  async basisOf({ slot, task }: ExpectedDay): Promise<string> {
    return digestOf([JSON.stringify(task), (await this.#of(slot)).basis]);
  }

  /** Works the classes of a day out for all its meters. */
  async classify(held: HeldDay, { task, slot }: ExpectedDay): Promise<void> {
    const { day } = held;
    const options = await this.#options(day, slot);
    const { index } = this.#site;
    const zone = index.registry.timeZone;
    const left = new Uint8Array(day.rows).fill(1);
    let turn = 0;
    for (const meter of index.meters()) {
      const row = this.#site.rowOf(meter.id);
      if (row === undefined) continue;
      left[row] = 0;
      put(held, row, CLASS_CODES[dueClassifier(index, meter, task, zone, options)(slot)]);
      if (++turn % TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    // Who left the registry owes nothing any more.
    for (const [row, hasLeft] of left.entries()) if (hasLeft === 1) put(held, row, CLASS_CODES.not_due);
  }

  /** Works the class of one meter out, after a value came for it. */
  async classifyRow(held: HeldDay, task: Task, row: number): Promise<void> {
    const { index, meters } = this.#site;
    const meter = index.meter(meters[row] ?? '');
    if (!meter) return;
    const { day } = held;
    const options = await this.#options(day, day.slot);
    put(held, row, CLASS_CODES[dueClassifier(index, meter, task, index.registry.timeZone, options)(day.slot)]);
  }

  async #options(day: DayColumns, slot: number): Promise<DueOptions> {
    const { inOutage } = await this.#of(slot);
    const isValued = (id: string): boolean => hasValue(day.fact[this.#site.rowOf(id) ?? -1] ?? OPEN);
    return {
      exclusions: this.#book,
      inOutage: inOutage ? (id, at) => inOutage(id, at) && !isValued(id) : undefined,
    };
  }

  async #of(slot: number): Promise<DayGrounds> {
    const known = this.#grounds.get(slot);
    if (known) return known;
    const outages = await this.#outagesAt(slot);
    const predicate = outagePredicate(outages, () => false);
    const named = new Set(outages.flatMap(({ members }) => members.map(({ meter }) => meter)));
    const meters = [...named].filter((meter) => predicate(meter, slot)).toSorted();
    const grounds = {
      inOutage: meters.length === 0 ? null : predicate,
      basis: digestOf([this.#site.version ?? '', this.#bookDigest, ...meters]),
    };
    this.#grounds.set(slot, grounds);
    return grounds;
  }

  async #outagesAt(slot: number): Promise<Outage[]> {
    const found = await allOutages(this.#state.outages, { during: { from: slot, to: slot } });
    return found.filter(tookSupply);
  }
}

function put(held: HeldDay, row: number, code: number): void {
  const { day } = held;
  if (day.class[row] === code) return;
  day.class[row] = code;
  held.touch(row, COLUMN_BIT.class);
}

export function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);
}
