import { toScaled } from '#contract/quantities.ts';
import type { Clock } from '#platform/clock.ts';
import type {
  NewReadings,
  Places,
  ReadingConflict,
  RejectedReading,
  StoredReading,
  WriteResult,
} from '../reading-store.ts';
import type { InfluxConnection } from './connection.ts';
import { KnownKeys, MeterSet } from './known-keys.ts';
import { asStored, linesOf, type Outgoing } from './lines.ts';
import type { InfluxReader } from './reader.ts';
import { type Rejected, sendLines } from './send.ts';
import { databaseOf } from './settings.ts';

/** The second round is for rows whose forerunner under the same key was rejected, or is stored no longer. */
const ROUNDS = 2;

/** By task and slot. */
type Sets = ReadonlyMap<string, ReadonlyMap<number, MeterSet>>;

interface Sent {
  readonly stored: number;
  readonly again: readonly Outgoing[];
  readonly rejected: readonly Rejected[];
}

/**
 * Writes so that the first reading of a key stays. InfluxDB itself would overwrite it, so the writer knows which keys
 * are stored: there is one writer, and it takes one write after the other. Keys it does not know are written without a
 * read; the others are read back and compared.
 *
 * All batches are checked before anything is sent, but they are several requests: after a failure some may be stored,
 * and the same batches must be written again. What a failed write has stored is not known, so its sets are asked for
 * anew.
 */
export class InfluxWriter {
  readonly #connection: InfluxConnection;
  readonly #reader: InfluxReader;
  readonly #places: Places;
  readonly #clock: Clock;
  readonly #known = new KnownKeys();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(connection: InfluxConnection, reader: InfluxReader, places: Places, clock: Clock) {
    this.#connection = connection;
    this.#reader = reader;
    this.#places = places;
    this.#clock = clock;
  }

  async write(batches: readonly NewReadings[]): Promise<WriteResult> {
    const mine = this.#turn.then(() => this.#write(batches));
    this.#turn = mine.catch(() => {});
    return mine;
  }

  async #write(batches: readonly NewReadings[]): Promise<WriteResult> {
    const outgoing = batches.flatMap((batch) => (batch.rows.length === 0 ? [] : linesOf(batch, this.#places)));
    const conflicts: ReadingConflict[] = [];
    const rejected: Rejected[] = [];
    let stored = 0;
    let open: readonly Outgoing[] = outgoing;
    for (let round = 0; round < ROUNDS && open.length > 0; round++) {
      const sent = await this.#store(open);
      const compared = await this.#compare(sent.again);
      stored += sent.stored;
      rejected.push(...sent.rejected);
      conflicts.push(...compared.conflicts);
      open = compared.missing;
    }
    for (const each of open) rejected.push({ outgoing: each, why: 'the server holds nothing under this key' });
    const repeated = outgoing.length - stored - conflicts.length - rejected.length;
    return { stored, repeated, conflicts, ...(rejected.length > 0 ? { rejected: rejected.map(asRejected) } : {}) };
  }

  /** Sends what is not known to be stored; `again` is the rest. */
  async #store(open: readonly Outgoing[]): Promise<Sent> {
    this.#known.trim();
    const sets = await this.#setsOf(open);
    const again: Outgoing[] = [];
    const fresh: Outgoing[] = [];
    for (const each of open) {
      const set = setOf(sets, each);
      const ref = this.#known.ref(each.row.meter);
      (set.has(ref) ? again : fresh).push(each);
      set.add(ref);
    }
    try {
      const rejected = await this.#send(fresh);
      for (const { outgoing } of rejected) setOf(sets, outgoing).delete(this.#known.ref(outgoing.row.meter));
      return { stored: fresh.length - rejected.length, again, rejected };
    } catch (error) {
      for (const [task, slots] of sets) for (const slot of slots.keys()) this.#known.forget(task, slot);
      throw error;
    }
  }

  /** What is stored at the slots of the rows. Slots later than any that was ever written need no question. */
  async #setsOf(rows: readonly Outgoing[]): Promise<Sets> {
    const sets = new Map<string, Map<number, MeterSet>>();
    for (const [task, ofTask] of Map.groupBy(rows, ({ batch }) => batch.task)) {
      const newest = this.#known.newest(task) ?? (await this.#reader.newest(task)) ?? Number.NEGATIVE_INFINITY;
      const slots = new Map<number, MeterSet>();
      const asked = new Map<number, MeterSet>();
      for (const slot of new Set(ofTask.map(({ row }) => row.slot))) {
        const known = this.#known.use(task, slot);
        const set = known ?? new MeterSet();
        slots.set(slot, set);
        if (!known && slot <= newest) asked.set(slot, set);
      }
      await this.#reader.eachMark(task, [...asked.keys()], ({ slot, meter }) => {
        asked.get(slot)?.add(this.#known.ref(meter));
      });
      // Only now: a set that was asked for in vain must not count as known.
      for (const [slot, set] of slots) this.#known.put(task, slot, set);
      this.#known.raiseNewest(task, Math.max(newest, ...slots.keys()));
      sets.set(task, slots);
    }
    return sets;
  }

  async #send(fresh: readonly Outgoing[]): Promise<Rejected[]> {
    const rejected: Rejected[] = [];
    const byKeeping = Map.groupBy(fresh, ({ batch }) => this.#places.keepingOf(batch.task));
    for (const [keeping, lines] of byKeeping) {
      const database = databaseOf(this.#connection.settings, keeping);
      rejected.push(...(await sendLines(this.#connection, () => this.#clock.now(), database, lines)));
    }
    return rejected;
  }

  /**
   * Compares rows with what is stored under their key, what this write has just brought included. `missing` is what is
   * stored no longer, or was rejected a moment ago: it may be sent.
   */
  async #compare(again: readonly Outgoing[]): Promise<{ conflicts: ReadingConflict[]; missing: Outgoing[] }> {
    const conflicts: ReadingConflict[] = [];
    const missing: Outgoing[] = [];
    for (const [task, rows] of Map.groupBy(again, ({ batch }) => batch.task)) {
      const stored = await this.#storedFor(task, rows);
      for (const each of rows) {
        const there = stored.get(keyOf(each.row));
        if (!there) {
          missing.push(each);
          this.#known.use(task, each.row.slot)?.delete(this.#known.ref(each.row.meter));
        } else if (!same(each, there)) conflicts.push({ task, stored: there, refused: asStored(each) });
      }
    }
    return { conflicts, missing };
  }

  /** The stored readings of the rows' keys, asked for by slot or by meter, whichever needs fewer questions. */
  async #storedFor(task: string, rows: readonly Outgoing[]): Promise<Map<string, StoredReading>> {
    const bySlot = Map.groupBy(rows, ({ row }) => row.slot);
    const byMeter = Map.groupBy(rows, ({ row }) => row.meter);
    const stored = new Map<string, StoredReading>();
    const keep = (readings: readonly StoredReading[]): void => {
      for (const reading of readings) stored.set(keyOf(reading), reading);
    };
    if (bySlot.size <= byMeter.size) {
      for (const [slot, at] of bySlot) {
        keep(await this.#reader.ofSlot(task, slot, [...new Set(at.map(({ row }) => row.meter))]));
      }
    } else {
      for (const [meter, of] of byMeter) {
        keep(await this.#reader.ofMeter(task, meter, [...new Set(of.map(({ row }) => row.slot))]));
      }
    }
    return stored;
  }
}

function setOf(sets: Sets, { batch, row }: Outgoing): MeterSet {
  const set = sets.get(batch.task)?.get(row.slot);
  if (!set) throw new RangeError(`BUG: the keys of ${batch.task} at ${row.slot} were not asked for`);
  return set;
}

function keyOf({ meter, slot }: { readonly meter: string; readonly slot: number }): string {
  return `${slot} ${meter}`;
}

/** A quantity that the row does not have counts as one that the meter did not give. */
function same({ batch, row }: Outgoing, { values }: StoredReading): boolean {
  let count = 0;
  for (const [c, name] of batch.quantities.entries()) {
    const sent = row.values[c] ?? null;
    const stored = values[name];
    if (sent === null ? stored !== undefined : stored === undefined) return false;
    if (sent === null || stored === undefined) continue;
    if (toScaled(name, sent) !== toScaled(name, stored)) return false;
    count++;
  }
  return count === Object.keys(values).length;
}

function asRejected({ outgoing, why }: Rejected): RejectedReading {
  return { task: outgoing.batch.task, reading: asStored(outgoing), why };
}
