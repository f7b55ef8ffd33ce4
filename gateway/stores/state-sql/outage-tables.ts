import { type Kysely, sql } from 'kysely';
import type { StateDialect } from './migrations.ts';
import { entity, required } from './table-builders.ts';
import type { StateTables } from './tables.ts';

export interface OutageTables {
  outage: {
    id: string;
    kind: string;
    state: string;
    node: string;
    node_id: string;
    district: string | null;
    feeder: string | null;
    /** '' above areas. */
    area: string;
    phase: string | null;
    started_at: number;
    restored_at: number | null;
    first_evidence_at: number;
    detected_at: number;
    confirmed_at: number | null;
    confidence: string;
    customers: number;
    dark: number;
    parent: string | null;
    planned: string | null;
    overrun: number;
    evidence_json: string;
    revision: number;
  };
  outage_area: { outage: string; area: string };
  outage_meter: {
    outage: string;
    meter: string;
    position: number;
    from_at: number;
    to_at: number | null;
    told: string;
  };
  outage_note: {
    id: string;
    outage: string;
    at: number;
    by_whom: string;
    kind: string;
    text: string;
    expected_at: number | null;
  };
  supply_fact: { meter: string; content: string };
  planned_outage: { external_id: string; seq: number; state: string; from_at: number; to_at: number; content: string };
  arrears_order: {
    external_id: string;
    seq: number;
    account: string;
    state: string;
    updated_at: number;
    content: string;
  };
}

/** Incidents of any place with their areas, members and notes; what is remembered of meters; plans and orders. */
export async function createOutageTables(db: Kysely<StateTables>, dialect: StateDialect): Promise<void> {
  await widenOutages(db);
  const { schema } = db;
  // The areas of an outage have a table of their own now, and a table may not be called as an index is.
  await schema.dropIndex('outage_area').execute();
  await dialect
    .clustered(
      required(schema.createTable('outage_area'), { area: 'text' })
        .addColumn('outage', 'text', (c) => c.notNull().references('outage.id'))
        .addPrimaryKeyConstraint('outage_area_key', ['outage', 'area']),
    )
    .execute();
  await schema.createIndex('outage_area_area').on('outage_area').columns(['area', 'outage']).execute();
  await sql`insert into outage_area (outage, area) select id, area from outage`.execute(db);
  await required(entity(db, 'outage_note'), { at: 'bigint', by_whom: 'text', kind: 'text', text: 'text' })
    .addColumn('outage', 'text', (c) => c.notNull().references('outage.id'))
    .addColumn('expected_at', 'bigint')
    .execute();
  await schema.createIndex('outage_note_outage').on('outage_note').columns(['outage', 'at']).execute();
  await dialect
    .clustered(
      required(
        schema.createTable('supply_fact').addColumn('meter', 'text', (c) => c.primaryKey().notNull()),
        { content: 'text' },
      ),
    )
    .execute();
  await required(
    schema.createTable('planned_outage').addColumn('external_id', 'text', (c) => c.primaryKey().notNull()),
    { seq: 'bigint', state: 'text', from_at: 'bigint', to_at: 'bigint', content: 'text' },
  ).execute();
  await schema.createIndex('planned_outage_time').on('planned_outage').columns(['to_at', 'from_at']).execute();
  await required(
    schema.createTable('arrears_order').addColumn('external_id', 'text', (c) => c.primaryKey().notNull()),
    { seq: 'bigint', account: 'text', state: 'text', updated_at: 'bigint', content: 'text' },
  ).execute();
  await schema.createIndex('arrears_order_account').on('arrears_order').columns(['account', 'updated_at']).execute();
  await schema.createIndex('arrears_order_state').on('arrears_order').column('state').execute();
}

/** What was stored before was confirmed, and took whole meters from its beginning to its end. */
async function widenOutages(db: Kysely<StateTables>): Promise<void> {
  const { schema } = db;
  const number = ['first_evidence_at', 'customers', 'dark', 'overrun'] as const;
  await schema
    .alterTable('outage')
    .addColumn('state', 'text', (c) => c.notNull().defaultTo('open'))
    .execute();
  for (const name of number) {
    await schema
      .alterTable('outage')
      .addColumn(name, 'bigint', (c) => c.notNull().defaultTo(0))
      .execute();
  }
  for (const name of ['district', 'feeder', 'parent', 'planned'] as const) {
    await schema.alterTable('outage').addColumn(name, 'text').execute();
  }
  await schema.alterTable('outage').addColumn('confirmed_at', 'bigint').execute();
  await schema
    .alterTable('outage_meter')
    .addColumn('from_at', 'bigint', (c) => c.notNull().defaultTo(0))
    .execute();
  await schema.alterTable('outage_meter').addColumn('to_at', 'bigint').execute();
  await schema
    .alterTable('outage_meter')
    .addColumn('told', 'text', (c) => c.notNull().defaultTo('itself'))
    .execute();
  await schema.createIndex('outage_state').on('outage').columns(['state', 'started_at']).execute();
  await sql`update outage set
      state = case when restored_at is null then 'open' else 'restored' end,
      first_evidence_at = detected_at, confirmed_at = detected_at,
      feeder = (select feeder from area where area.id = outage.area),
      district = (select feeder.district from area join feeder on feeder.id = area.feeder where area.id = outage.area),
      customers = (select count(*) from outage_meter where outage_meter.outage = outage.id),
      dark = (select count(*) from outage_meter where outage_meter.outage = outage.id)`.execute(db);
  await sql`update outage_meter set
      from_at = (select started_at from outage where outage.id = outage_meter.outage),
      to_at = (select restored_at from outage where outage.id = outage_meter.outage)`.execute(db);
}
