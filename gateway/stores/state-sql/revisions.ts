import type { Kysely, Transaction } from 'kysely';
import type { FeedContent, ReadingName } from '../feed-store.ts';
import type { NewRevision, Revision, RevisionKind, RevisionStore } from '../revision-store.ts';
import type { StateAccess } from './access.ts';
import { tell } from './feed.ts';
import { inserts, lists } from './lists.ts';
import type { RevisionTables } from './revision-tables.ts';
import type { StateTables } from './tables.ts';

type Row = RevisionTables['reading_revision'];

export class SqlRevisions implements RevisionStore {
  readonly #access: StateAccess;

  constructor(access: StateAccess) {
    this.#access = access;
  }

  add(revision: NewRevision, expected: number): Promise<Revision | null> {
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        const newest = (await rowsOf(trx, revision)).at(-1)?.revision ?? 0;
        if (newest !== expected) return null;
        const added: Revision = { ...revision, revision: expected + 1 };
        // A writer that came in between has taken the number already, where the database lets two write at a time.
        const { numInsertedOrUpdatedRows } = await trx
          .insertInto('reading_revision')
          .values(rowOf(added))
          .onConflict((conflict) => conflict.columns(['task', 'slot', 'meter', 'revision']).doNothing())
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows === 0n) return null;
        await tell(trx, toldOf([added]));
        return added;
      }),
    );
  }

  addEstimates(estimates: readonly NewRevision[]): Promise<number> {
    if (estimates.length === 0) return Promise.resolve(0);
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        const added = news(estimates, await newestOf(trx, estimates));
        if (added.length === 0) return 0;
        for (const part of inserts(added.map(rowOf))) await trx.insertInto('reading_revision').values(part).execute();
        await tell(trx, toldOf(added));
        return added.length;
      }),
    );
  }

  history(reading: ReadingName): Promise<Revision[]> {
    return this.#access.read([], async (db) => (await rowsOf(db, reading)).map(revisionOf));
  }

  ofSlot(task: string, slot: number, meters: readonly string[]): Promise<Revision[]> {
    return this.#access.read([], async (db) => [...(await newestOfMeters(db, task, slot, meters)).values()]);
  }

  allOfSlot(task: string, slot: number): Promise<Revision[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('reading_revision')
        .selectAll()
        .where('task', '=', task)
        .where('slot', '=', slot)
        .orderBy('meter')
        .orderBy('revision')
        .execute();
      return [...newestBy(rows, (row) => row.meter).values()].map(revisionOf);
    });
  }

  ofMeter(task: string, meter: string, slots: readonly number[]): Promise<Revision[]> {
    return this.#access.read([], async (db) => {
      const found: Revision[] = [];
      for (const part of lists(slots)) {
        const rows = await db
          .selectFrom('reading_revision')
          .selectAll()
          .where('task', '=', task)
          .where('slot', 'in', part)
          .where('meter', '=', meter)
          .orderBy('slot')
          .orderBy('revision')
          .execute();
        for (const row of newestBy(rows, ({ slot }) => slot).values()) found.push(revisionOf(row));
      }
      return found.sort((a, b) => a.slot - b.slot);
    });
  }
}

/** Estimates that say something new, with their numbers, given the newest revisions by `keyOf`. */
function news(estimates: readonly NewRevision[], newest: Map<string, Revision>): Revision[] {
  const added: Revision[] = [];
  for (const estimate of estimates) {
    const key = keyOf(estimate);
    const known = newest.get(key) ?? null;
    if (!maySpeak(estimate, known) || repeats(estimate, known)) continue;
    const revision = { ...estimate, revision: (known?.revision ?? 0) + 1 };
    newest.set(key, revision);
    added.push(revision);
  }
  return added;
}

/** A person's newest word stands; only an estimate that counts can be withdrawn. */
function maySpeak(estimate: NewRevision, newest: Revision | null): boolean {
  if (newest?.kind === 'edited' || newest?.kind === 'manual') return false;
  return estimate.kind !== 'undone' || newest?.kind === 'estimated';
}

function repeats(estimate: NewRevision, newest: Revision | null): boolean {
  return (
    newest?.kind === estimate.kind &&
    newest.method === estimate.method &&
    valuesText(newest.values) === valuesText(estimate.values)
  );
}

/** Values as they are stored: the same values give the same text, whatever the order they were named in. */
function valuesText(values: NewRevision['values']): string | null {
  if (values === null) return null;
  return JSON.stringify(Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : Number(a > b)))));
}

function rowsOf(db: Kysely<StateTables>, { task, slot, meter }: ReadingName): Promise<Row[]> {
  return db
    .selectFrom('reading_revision')
    .selectAll()
    .where('task', '=', task)
    .where('slot', '=', slot)
    .where('meter', '=', meter)
    .orderBy('revision')
    .execute();
}

async function newestOfMeters(
  db: Kysely<StateTables>,
  task: string,
  slot: number,
  meters: readonly string[],
): Promise<Map<string, Revision>> {
  const found = new Map<string, Revision>();
  for (const part of lists(meters)) {
    const rows = await db
      .selectFrom('reading_revision')
      .selectAll()
      .where('task', '=', task)
      .where('slot', '=', slot)
      .where('meter', 'in', part)
      .orderBy('meter')
      .orderBy('revision')
      .execute();
    for (const [meter, row] of newestBy(rows, (each) => each.meter)) found.set(meter, revisionOf(row));
  }
  return found;
}

/** By `keyOf`. One question for each slot, however many meters. */
async function newestOf(trx: Transaction<StateTables>, names: readonly ReadingName[]): Promise<Map<string, Revision>> {
  const found = new Map<string, Revision>();
  const slots = Map.groupBy(names, ({ task, slot }) => `${slot} ${task}`);
  for (const same of slots.values()) {
    const [first] = same;
    if (!first) continue;
    const meters = same.map(({ meter }) => meter);
    for (const revision of (await newestOfMeters(trx, first.task, first.slot, meters)).values()) {
      found.set(keyOf(revision), revision);
    }
  }
  return found;
}

/** The last row of each key. */
function newestBy<K>(rows: readonly Row[], keyOfRow: (row: Row) => K): Map<K, Row> {
  return new Map(rows.map((row) => [keyOfRow(row), row]));
}

function keyOf({ task, slot, meter }: ReadingName): string {
  return `${slot} ${task} ${meter}`;
}

function toldOf(revisions: readonly Revision[]): FeedContent {
  const names = new Map(
    revisions.map(({ task, meter, slot }) => [keyOf({ task, meter, slot }), { task, meter, slot }]),
  );
  return { revised: [...names.values()] };
}

function rowOf({ values, by, ...rest }: Revision): Row {
  const { task, slot, meter, revision, kind, method, reason, at } = rest;
  return { task, slot, meter, revision, kind, method, values_json: valuesText(values), reason, by_whom: by, at };
}

function revisionOf({ values_json, by_whom, kind, ...rest }: Row): Revision {
  return {
    ...rest,
    kind: kind as RevisionKind,
    values: values_json === null ? null : (JSON.parse(values_json) as Revision['values']),
    by: by_whom,
  };
}
