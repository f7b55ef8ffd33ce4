import { randomUUID } from 'node:crypto';
import { type SelectQueryBuilder, sql, type Transaction } from 'kysely';
import type { CentreEvent, CentreEventType, NewCentreEvent } from '#contract/centre-event.ts';
import type { EventFilter, EventStore } from '../event-store.ts';
import type { StateAccess } from './access.ts';
import { inserts, lists } from './lists.ts';
import type { StateTables } from './tables.ts';

/** Events that are deleted at once: while they are, nobody else can write. */
const MOST_FORGOTTEN = 5000;

type EventQuery = SelectQueryBuilder<StateTables, 'centre_event', object>;

export class SqlEvents implements EventStore {
  readonly #access: StateAccess;

  constructor(access: StateAccess) {
    this.#access = access;
  }

  after(position: number, limit: number, filter: EventFilter = {}): Promise<CentreEvent[]> {
    return this.#access.read([], async (db) => {
      const rows = await filtered(db.selectFrom('centre_event'), filter)
        .selectAll()
        .where('position', '>', position)
        .orderBy('position')
        .limit(limit)
        .execute();
      return rows.map(eventOf);
    });
  }

  at(positions: readonly number[]): Promise<CentreEvent[]> {
    return this.#access.read([], async (db) => {
      const found: CentreEvent[] = [];
      for (const part of lists(positions)) {
        const rows = await db.selectFrom('centre_event').selectAll().where('position', 'in', part).execute();
        found.push(...rows.map(eventOf));
      }
      return found.sort((a, b) => a.position - b.position);
    });
  }

  lastBefore(committedAt: number): Promise<number> {
    return this.#access.read(0, async (db) => {
      const { rows } = await sql<{ first: number | null; newest: number | null }>`
        select (select min(position) from centre_event where committed_at >= ${committedAt}) as first,
          (select max(position) from centre_event) as newest`.execute(db);
      const { first, newest } = rows[0] ?? {};
      return typeof first === 'number' ? first - 1 : (newest ?? 0);
    });
  }

  range(): Promise<{ oldest: number; newest: number }> {
    return this.#access.read({ oldest: 0, newest: 0 }, async (db) => {
      const { rows } = await sql<{ oldest: number | null; newest: number | null }>`
        select (select min(position) from centre_event) as oldest,
          (select seq from sqlite_sequence where name = 'centre_event') as newest`.execute(db);
      return { oldest: rows[0]?.oldest ?? 0, newest: rows[0]?.newest ?? 0 };
    });
  }

  tell(events: readonly NewCentreEvent[], committedAt: number): Promise<void> {
    return this.#access.write((db) => db.transaction().execute((trx) => announce(trx, events, committedAt)));
  }

  positionOf(reader: string): Promise<number | null> {
    return this.#access.read(null, async (db) => {
      const row = await db
        .selectFrom('event_reader')
        .select('position')
        .where('reader', '=', reader)
        .executeTakeFirst();
      return row?.position ?? null;
    });
  }

  reached(reader: string, position: number): Promise<void> {
    return this.#access.write(async (db) => {
      await db
        .insertInto('event_reader')
        .values({ reader, position })
        .onConflict((conflict) => conflict.column('reader').doUpdateSet({ position }))
        .execute();
    });
  }

  async forgetBefore(committedAt: number): Promise<void> {
    // Events go in the order of their positions: those who follow them are told of a gap before the oldest, of no other.
    const last = await this.lastBefore(committedAt);
    for (let isMore = true; isMore; ) {
      isMore = await this.#access.write(async (db) => {
        const old = db.selectFrom('centre_event').select('position').where('position', '<=', last);
        const { numDeletedRows } = await db
          .deleteFrom('centre_event')
          .where('position', 'in', old.orderBy('position').limit(MOST_FORGOTTEN))
          .executeTakeFirst();
        return Number(numDeletedRows) === MOST_FORGOTTEN;
      });
    }
  }
}

/**
 * Adds events to the table, in the transaction of the change that they tell. Those who follow the table rely on lower
 * positions being seen first: SQLite has one writer at a time; a database that has several needs a lock here.
 */
export async function announce(
  trx: Transaction<StateTables>,
  events: readonly NewCentreEvent[],
  committedAt: number,
): Promise<void> {
  const rows = events.map(({ type, at, district, subject, evidenceAt, data }) => ({
    id: randomUUID(),
    type,
    at,
    committed_at: committedAt,
    evidence_at: evidenceAt,
    district,
    subject,
    data_json: JSON.stringify(data),
  }));
  for (const part of inserts(rows)) await trx.insertInto('centre_event').values(part).execute();
}

function filtered(query: EventQuery, { types, districts, subject }: EventFilter): EventQuery {
  let found = query;
  if (types) found = found.where('type', 'in', [...types]);
  if (districts) {
    found = found.where((eb) => eb.or([eb('district', 'in', [...districts]), eb('district', 'is', null)]));
  }
  if (subject !== undefined) found = found.where('subject', '=', subject);
  return found;
}

function eventOf(row: {
  readonly position: number;
  readonly id: string;
  readonly type: string;
  readonly at: number;
  readonly committed_at: number;
  readonly evidence_at: number | null;
  readonly district: string | null;
  readonly subject: string;
  readonly data_json: string;
}): CentreEvent {
  return {
    position: row.position,
    id: row.id,
    type: row.type as CentreEventType,
    at: row.at,
    committedAt: row.committed_at,
    evidenceAt: row.evidence_at,
    district: row.district,
    subject: row.subject,
    data: JSON.parse(row.data_json) as CentreEvent['data'],
  };
}
