import type { Kysely, SelectQueryBuilder } from 'kysely';
import type { EventKind } from '#contract/envelope.ts';
import type { Reason } from '#contract/reasons.ts';
import type {
  Baseline,
  CollectorMark,
  LedgerCommit,
  LedgerStore,
  QuarantineEntry,
  StoredEvent,
  StoredOutcome,
} from '../state-store.ts';
import type { StateAccess } from './access.ts';
import { lists } from './lists.ts';
import type { StateTables } from './tables.ts';

type OutcomeQuery = SelectQueryBuilder<StateTables, 'outcome', StateTables['outcome']>;

/** The reads of the ledger; how a commit reaches the disk in one round trip is each database's own affair. */
export class SqlLedger implements LedgerStore {
  readonly #access: StateAccess;
  readonly #commit: (changes: LedgerCommit) => Promise<void>;

  constructor(access: StateAccess, commit: (changes: LedgerCommit) => Promise<void>) {
    this.#access = access;
    this.#commit = commit;
  }

  commit(changes: LedgerCommit): Promise<void> {
    return this.#access.write(() => this.#commit(changes));
  }

  marks(): Promise<CollectorMark[]> {
    return this.#access.read([], async (db) => {
      const rows = await db.selectFrom('collector_mark').selectAll().orderBy('collector').orderBy('epoch').execute();
      return rows.map(({ collector, epoch, up_to, ranges_json, lost }) => ({
        collector,
        epoch,
        upTo: up_to,
        ranges: JSON.parse(ranges_json) as CollectorMark['ranges'],
        lost,
      }));
    });
  }

  baselines(): Promise<Baseline[]> {
    return this.#access.read([], async (db) => {
      const rows = await db.selectFrom('baseline').selectAll().execute();
      return rows.map(({ meter, slot, import_wh }) => ({ meter, slot, importWh: import_wh }));
    });
  }

  outcomes(task: string, slots: readonly number[]): Promise<StoredOutcome[]> {
    return this.#access.read([], (db) => outcomesAt(db, slots, (query) => query.where('task', '=', task)));
  }

  /** Ascending by slot. */
  outcomesOfMeter(task: string, meter: string, slots: readonly number[]): Promise<StoredOutcome[]> {
    return this.#access.read([], async (db) => {
      const of = (query: OutcomeQuery): OutcomeQuery => query.where('task', '=', task).where('meter', '=', meter);
      return (await outcomesAt(db, slots, of)).sort((a, b) => a.slot - b.slot);
    });
  }

  outcomesOfSlot(task: string, slot: number, meters: readonly string[]): Promise<StoredOutcome[]> {
    return this.#access.read([], async (db) => {
      const found: StoredOutcome[] = [];
      for (const part of lists(meters)) {
        const of = (query: OutcomeQuery): OutcomeQuery => query.where('task', '=', task).where('meter', 'in', part);
        found.push(...(await outcomesAt(db, [slot], of)));
      }
      return found;
    });
  }

  outcomesAfter(task: string, slot: number, meter: string, limit: number): Promise<StoredOutcome[]> {
    return this.#access.read([], (db) =>
      outcomesAt(db, [slot], (query) =>
        query.where('task', '=', task).where('meter', '>', meter).orderBy('meter').limit(limit),
      ),
    );
  }

  eventsOfMeter(meter: string, from: number, to: number): Promise<StoredEvent[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('meter_event')
        .selectAll()
        .where('meter', '=', meter)
        .where('started_at', '>=', from)
        .where('started_at', '<', to)
        .orderBy('started_at', 'desc')
        .orderBy('kind')
        .execute();
      return rows.map((row) => ({
        meter,
        kind: row.kind as EventKind,
        start: row.started_at,
        end: row.ended_at,
        readAt: row.read_at,
      }));
    });
  }

  quarantineCounts(): Promise<{ kind: string; count: number }[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('quarantine')
        .select((eb) => ['kind', eb.fn.countAll().as('count')])
        .groupBy('kind')
        .orderBy('kind')
        .execute();
      return rows.map(({ kind, count }) => ({ kind, count: Number(count) }));
    });
  }

  /** Newest first. */
  quarantine(limit: number): Promise<QuarantineEntry[]> {
    return this.#access.read([], (db) =>
      db
        .selectFrom('quarantine')
        .select(['at', 'collector', 'epoch', 'seq', 'kind', 'why', 'content'])
        .orderBy('at', 'desc')
        .orderBy('digest')
        .limit(limit)
        .execute(),
    );
  }
}

async function outcomesAt(
  db: Kysely<StateTables>,
  slots: readonly number[],
  narrowed: (query: OutcomeQuery) => OutcomeQuery,
): Promise<StoredOutcome[]> {
  const found: StoredOutcome[] = [];
  for (const part of lists(slots)) {
    const rows = await narrowed(db.selectFrom('outcome').selectAll()).where('slot', 'in', part).execute();
    for (const { last_bytes, final, reason, ...row } of rows) {
      found.push({ ...row, reason: reason as Reason, lastBytes: last_bytes, final: final === 1 });
    }
  }
  return found;
}
