import type { Kysely } from 'kysely';
import type { StateDialect } from './migrations.ts';
import { entity, required } from './table-builders.ts';
import type { StateTables } from './tables.ts';

/** The tables of the first release. */
export async function createFirstTables(db: Kysely<StateTables>, dialect: StateDialect): Promise<void> {
  await createRegistry(db);
  await createLedger(db, dialect);
  await createFindings(db, dialect);
}

async function createRegistry(db: Kysely<StateTables>): Promise<void> {
  const { schema } = db;
  await required(
    schema.createTable('site').addColumn('id', 'integer', (c) => c.primaryKey()),
    {
      name: 'text',
      time_zone: 'text',
      version: 'text',
    },
  ).execute();
  await required(entity(db, 'district'), { name: 'text' }).execute();
  await required(entity(db, 'feeder'), { name: 'text' })
    .addColumn('district', 'text', (c) => c.notNull().references('district.id'))
    .execute();
  await required(entity(db, 'area'), { name: 'text', kva: 'double precision' })
    .addColumn('feeder', 'text', (c) => c.notNull().references('feeder.id'))
    .execute();
  await entity(db, 'collector')
    .addColumn('district', 'text', (c) => c.notNull().references('district.id'))
    .execute();
  await required(entity(db, 'line'), {
    protocol: 'text',
    link_json: 'text',
    reply_timeout_ms: 'integer',
    byte_gap_ms: 'integer',
    pause_ms: 'integer',
    quiet_ms: 'integer',
  })
    .addColumn('concentrator', 'text')
    .addColumn('collector', 'text', (c) => c.notNull().references('collector.id'))
    .execute();
  await required(
    schema.createTable('account').addColumn('no', 'text', (c) => c.primaryKey().notNull()),
    {
      name: 'text',
      address: 'text',
      category: 'text',
      priority: 'text',
      status: 'text',
    },
  ).execute();
  await required(entity(db, 'meter'), {
    no: 'text',
    model: 'text',
    address: 'text',
    role: 'text',
    ct: 'double precision',
    pt: 'double precision',
    collected_from: 'bigint',
  })
    .addColumn('phase', 'text')
    .addColumn('line', 'text', (c) => c.notNull().references('line.id'))
    .addColumn('area', 'text', (c) => c.notNull().references('area.id'))
    .execute();
  await schema
    .createTable('installation')
    .addColumn('meter', 'text', (c) => c.notNull().references('meter.id'))
    .addColumn('account', 'text', (c) => c.references('account.no'))
    .addColumn('from_at', 'bigint', (c) => c.notNull())
    .addColumn('to_at', 'bigint')
    .addColumn('start_wh', 'bigint')
    .addColumn('end_wh', 'bigint')
    .addPrimaryKeyConstraint('installation_key', ['meter', 'from_at'])
    .execute();
  await required(entity(db, 'task'), {
    kind: 'text',
    calendar_json: 'text',
    items_json: 'text',
    delay_s: 'integer',
    backfill_days: 'integer',
    repair_days: 'integer',
    tolerance_s: 'integer',
    retry_at_json: 'text',
    first_pass_until: 'text',
  }).execute();
}

async function createLedger({ schema }: Kysely<StateTables>, dialect: StateDialect): Promise<void> {
  await dialect
    .clustered(
      required(schema.createTable('outcome'), {
        task: 'text',
        slot: 'bigint',
        meter: 'text',
        at: 'bigint',
        reason: 'text',
        detail: 'text',
        attempts: 'integer',
        last_bytes: 'text',
        final: 'integer',
      }).addPrimaryKeyConstraint('outcome_key', ['task', 'slot', 'meter']),
    )
    .execute();
  await dialect
    .clustered(
      required(schema.createTable('meter_event'), {
        meter: 'text',
        started_at: 'bigint',
        kind: 'text',
        read_at: 'bigint',
      })
        .addColumn('ended_at', 'bigint')
        .addPrimaryKeyConstraint('meter_event_key', ['meter', 'started_at', 'kind']),
    )
    .execute();
  await required(
    schema.createTable('quarantine').addColumn('digest', 'text', (c) => c.primaryKey().notNull()),
    {
      at: 'bigint',
      collector: 'text',
      epoch: 'text',
      seq: 'bigint',
      kind: 'text',
      why: 'text',
      content: 'text',
    },
  ).execute();
  await schema.createIndex('quarantine_newest').on('quarantine').columns(['at', 'digest']).execute();
  await schema.createIndex('quarantine_kind').on('quarantine').column('kind').execute();
  await dialect
    .clustered(
      required(
        schema.createTable('baseline').addColumn('meter', 'text', (c) => c.primaryKey().notNull()),
        {
          slot: 'bigint',
          import_wh: 'bigint',
        },
      ),
    )
    .execute();
  await required(schema.createTable('collector_mark'), {
    collector: 'text',
    epoch: 'text',
    up_to: 'bigint',
    ranges_json: 'text',
    lost: 'bigint',
    covered: 'bigint',
  })
    .addPrimaryKeyConstraint('collector_mark_key', ['collector', 'epoch'])
    .execute();
}

async function createFindings(db: Kysely<StateTables>, dialect: StateDialect): Promise<void> {
  const { schema } = db;
  await required(schema.createTable('collector_status'), {
    district: 'text',
    collector: 'text',
    status_json: 'text',
    received_at: 'bigint',
  })
    .addPrimaryKeyConstraint('collector_status_key', ['district', 'collector'])
    .execute();
  await required(entity(db, 'outage'), {
    kind: 'text',
    node: 'text',
    node_id: 'text',
    area: 'text',
    started_at: 'bigint',
    detected_at: 'bigint',
    confidence: 'text',
    evidence_json: 'text',
    revision: 'integer',
  })
    .addColumn('phase', 'text')
    .addColumn('restored_at', 'bigint')
    .execute();
  await schema.createIndex('outage_newest').on('outage').columns(['started_at', 'id']).execute();
  await schema.createIndex('outage_area').on('outage').columns(['area', 'started_at']).execute();
  await dialect
    .clustered(
      required(schema.createTable('outage_meter'), { meter: 'text', position: 'integer' })
        .addColumn('outage', 'text', (c) => c.notNull().references('outage.id'))
        .addPrimaryKeyConstraint('outage_meter_key', ['outage', 'position']),
    )
    .execute();
  await schema.createIndex('outage_meter_meter').on('outage_meter').columns(['meter', 'outage']).execute();
  await required(entity(db, 'anomaly'), {
    rule: 'text',
    meter: 'text',
    opened_at: 'bigint',
    from_at: 'bigint',
    to_at: 'bigint',
    facts_json: 'text',
  })
    .addColumn('closed_at', 'bigint')
    .execute();
  await schema.createIndex('anomaly_newest').on('anomaly').columns(['opened_at', 'id']).execute();
  await schema.createIndex('anomaly_meter').on('anomaly').columns(['meter', 'opened_at']).execute();
  await required(entity(db, 'api_key'), { name: 'text', created_at: 'bigint' })
    .addColumn('hash', 'text', (c) => c.notNull().unique())
    .addColumn('revoked_at', 'bigint')
    .execute();
}
