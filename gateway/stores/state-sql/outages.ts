import type { SelectQueryBuilder, Transaction } from 'kysely';
import type { NewCentreEvent } from '#contract/centre-event.ts';
import type { Outage, OutageHead, OutageMember, OutageNote } from '#contract/outage.ts';
import type { OutageCommit, OutageFilter, OutageStore, SupplyRow } from '../outage-store.ts';
import type { StateAccess } from './access.ts';
import { announce } from './events.ts';
import { inserts, lists } from './lists.ts';
import { headOf, memberOf, noteOf, noteRow, rowOf } from './outage-rows.ts';
import type { StateTables } from './tables.ts';

type OutageQuery = SelectQueryBuilder<StateTables, 'outage', object>;
type OutageRow = StateTables['outage'];
type MemberRow = StateTables['outage_meter'];

export class SqlOutages implements OutageStore {
  readonly #access: StateAccess;

  constructor(access: StateAccess) {
    this.#access = access;
  }

  commit({ outages, supply, forgotten, events, at }: OutageCommit): Promise<void> {
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        for (const outage of outages) await save(trx, outage);
        for (const part of inserts(supply.map(({ meter, text }) => ({ meter, content: text })))) {
          await trx
            .insertInto('supply_fact')
            .values(part)
            .onConflict((conflict) =>
              conflict.column('meter').doUpdateSet((eb) => ({ content: eb.ref('excluded.content') })),
            )
            .execute();
        }
        for (const meters of lists(forgotten)) {
          await trx.deleteFrom('supply_fact').where('meter', 'in', meters).execute();
        }
        await announce(trx, events, at);
      }),
    );
  }

  get(id: string): Promise<Outage | null> {
    return this.#access.snapshot(null, async (trx) => {
      const row = await trx.selectFrom('outage').selectAll().where('id', '=', id).executeTakeFirst();
      if (!row) return null;
      const [outage] = await whole(trx, [row]);
      return outage ?? null;
    });
  }

  head(id: string): Promise<OutageHead | null> {
    return this.#access.snapshot(null, async (trx) => {
      const row = await trx.selectFrom('outage').selectAll().where('id', '=', id).executeTakeFirst();
      return row ? headOf(row, (await areasOf(trx, [row])).get(id) ?? []) : null;
    });
  }

  list(filter: OutageFilter): Promise<Outage[]> {
    return this.#access.snapshot([], async (trx) => whole(trx, await rowsOf(trx, filter)));
  }

  heads(filter: OutageFilter): Promise<OutageHead[]> {
    return this.#access.snapshot([], async (trx) => {
      const rows = await rowsOf(trx, filter);
      const areas = await areasOf(trx, rows);
      return rows.map((row) => headOf(row, areas.get(row.id) ?? []));
    });
  }

  members(outage: string, limit: number, after: string): Promise<OutageMember[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('outage_meter')
        .selectAll()
        .where('outage', '=', outage)
        .where('meter', '>', after)
        .orderBy('meter')
        .limit(limit)
        .execute();
      return rows.map(memberOf);
    });
  }

  membership(meter: string, outages: readonly string[]): Promise<{ outage: string; member: OutageMember }[]> {
    return this.#access.read([], async (db) => {
      const found: { outage: string; member: OutageMember }[] = [];
      for (const ids of lists(outages)) {
        const rows = await db
          .selectFrom('outage_meter')
          .selectAll()
          .where('meter', '=', meter)
          .where('outage', 'in', ids)
          .execute();
        for (const row of rows) found.push({ outage: row.outage, member: memberOf(row) });
      }
      return found;
    });
  }

  supply(): Promise<SupplyRow[]> {
    return this.#access.read([], async (db) => {
      const rows = await db.selectFrom('supply_fact').selectAll().execute();
      return rows.map(({ meter, content }) => ({ meter, text: content }));
    });
  }

  addNote(note: OutageNote, event: NewCentreEvent): Promise<void> {
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        const { numInsertedOrUpdatedRows: added } = await trx
          .insertInto('outage_note')
          .values(noteRow(note))
          .onConflict((conflict) => conflict.column('id').doNothing())
          .executeTakeFirst();
        if (added) await announce(trx, [event], note.at);
      }),
    );
  }

  notes(outage: string): Promise<OutageNote[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('outage_note')
        .selectAll()
        .where('outage', '=', outage)
        .orderBy('at')
        .orderBy('id')
        .execute();
      return rows.map(noteOf);
    });
  }

  newestNotes(outages: readonly string[]): Promise<OutageNote[]> {
    return this.#access.read([], async (db) => {
      const newest = new Map<string, OutageNote>();
      for (const ids of lists(outages)) {
        const rows = await db
          .selectFrom('outage_note')
          .selectAll()
          .where('outage', 'in', ids)
          .orderBy('at')
          .orderBy('id')
          .execute();
        for (const row of rows) newest.set(`${row.outage} ${row.kind}`, noteOf(row));
      }
      return [...newest.values()];
    });
  }
}

async function save(trx: Transaction<StateTables>, outage: Outage): Promise<void> {
  const { id, ...row } = rowOf(outage);
  await trx
    .insertInto('outage')
    .values({ id, ...row })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
  await trx.deleteFrom('outage_area').where('outage', '=', id).execute();
  for (const part of inserts(outage.areas.map((area) => ({ outage: id, area })))) {
    await trx.insertInto('outage_area').values(part).execute();
  }
  await saveMembers(trx, outage);
}

/** Writes only members that are new or otherwise than they are stored: of thousands, a few change at a time. */
async function saveMembers(trx: Transaction<StateTables>, { id, members }: Outage): Promise<void> {
  const rows = await trx.selectFrom('outage_meter').selectAll().where('outage', '=', id).execute();
  const positions = positionsOf(members, new Map(rows.map(({ meter, position }) => [meter, position])));
  const stored = new Map(rows.map((row) => [row.position, row]));
  const changed: MemberRow[] = [];
  for (const [place, { meter, from, to, told }] of members.entries()) {
    const position = positions[place] ?? place;
    const row: MemberRow = { outage: id, meter, position, from_at: from, to_at: to, told };
    const known = stored.get(position);
    stored.delete(position);
    if (!known || !isSameMember(known, row)) changed.push(row);
  }
  for (const gone of lists([...stored.keys()])) {
    await trx.deleteFrom('outage_meter').where('outage', '=', id).where('position', 'in', gone).execute();
  }
  for (const part of inserts(changed)) {
    await trx
      .insertInto('outage_meter')
      .values(part)
      .onConflict((conflict) =>
        conflict.columns(['outage', 'position']).doUpdateSet((eb) => ({
          meter: eb.ref('excluded.meter'),
          from_at: eb.ref('excluded.from_at'),
          to_at: eb.ref('excluded.to_at'),
          told: eb.ref('excluded.told'),
        })),
      )
      .execute();
  }
}

/** The stored positions, gaps and all, as long as they give the same order; else new ones. */
function positionsOf(members: readonly OutageMember[], stored: ReadonlyMap<string, number>): number[] {
  const known = members.map(({ meter }) => stored.get(meter) ?? Number.NaN);
  const areAscending = known.every((position, place) => position > (place === 0 ? -1 : (known[place - 1] ?? 0)));
  return areAscending ? known : [...members.keys()];
}

function isSameMember(a: MemberRow, b: MemberRow): boolean {
  return a.meter === b.meter && a.from_at === b.from_at && a.to_at === b.to_at && a.told === b.told;
}

function rowsOf(trx: Transaction<StateTables>, filter: OutageFilter): Promise<OutageRow[]> {
  return filtered(trx.selectFrom('outage'), filter)
    .selectAll()
    .orderBy('started_at', 'desc')
    .orderBy('id')
    .limit(filter.limit)
    .execute();
}

function filtered(query: OutageQuery, filter: OutageFilter): OutageQuery {
  const { states, kinds, area, feeder, district, meter, minCustomers, parent, during, after } = filter;
  let found = query;
  if (states) found = found.where('state', 'in', [...states]);
  if (kinds) found = found.where('kind', 'in', [...kinds]);
  if (feeder !== undefined) found = found.where('feeder', '=', feeder);
  if (district !== undefined) found = found.where('district', '=', district);
  if (minCustomers !== undefined) found = found.where('customers', '>=', minCustomers);
  if (parent !== undefined) found = found.where('parent', '=', parent);
  if (area !== undefined) {
    found = found.where('id', 'in', (eb) => eb.selectFrom('outage_area').select('outage').where('area', '=', area));
  }
  if (meter !== undefined) {
    found = found.where('id', 'in', (eb) => eb.selectFrom('outage_meter').select('outage').where('meter', '=', meter));
  }
  if (during) {
    found = found
      .where('started_at', '<=', during.to)
      .where((eb) => eb.or([eb('restored_at', 'is', null), eb('restored_at', '>', during.from)]));
  }
  if (after) {
    found = found.where((eb) =>
      eb.or([
        eb('started_at', '<', after.startedAt),
        eb.and([eb('started_at', '=', after.startedAt), eb('id', '>', after.id)]),
      ]),
    );
  }
  return found;
}

async function areasOf(
  trx: Transaction<StateTables>,
  rows: readonly OutageRow[],
): Promise<ReadonlyMap<string, string[]>> {
  const areas = new Map<string, string[]>(rows.map((row) => [row.id, []]));
  for (const ids of lists([...areas.keys()])) {
    const found = await trx.selectFrom('outage_area').selectAll().where('outage', 'in', ids).orderBy('area').execute();
    for (const { outage, area } of found) areas.get(outage)?.push(area);
  }
  return areas;
}

async function whole(trx: Transaction<StateTables>, rows: readonly OutageRow[]): Promise<Outage[]> {
  const areas = await areasOf(trx, rows);
  const members = new Map<string, OutageMember[]>(rows.map((row) => [row.id, []]));
  for (const ids of lists([...members.keys()])) {
    const found = await trx
      .selectFrom('outage_meter')
      .selectAll()
      .where('outage', 'in', ids)
      .orderBy('outage')
      .orderBy('position')
      .execute();
    for (const row of found) members.get(row.outage)?.push(memberOf(row));
  }
  return rows.map((row) => ({
    ...headOf(row, areas.get(row.id) ?? []),
    members: members.get(row.id) ?? [],
    evidence: JSON.parse(row.evidence_json) as Outage['evidence'],
  }));
}
