import { type Kysely, sql } from 'kysely';
import { required } from './table-builders.ts';
import type { StateTables } from './tables.ts';

export interface AnomalyTables {
  anomaly: {
    id: string;
    rule: string;
    meter: string;
    area: string;
    district: string | null;
    level: number;
    opened_at: number;
    closed_at: number | null;
    from_at: number;
    to_at: number;
    facts_json: string;
    score: number | null;
  };
  anomaly_verdict: { anomaly: string; position: number; verdict: string; at: number; by_whom: string; note: string };
}

/** Where an anomaly is and how urgent, and what the field found. */
export async function widenAnomalies(db: Kysely<StateTables>): Promise<void> {
  const { schema } = db;
  await schema
    .alterTable('anomaly')
    .addColumn('area', 'text', (c) => c.notNull().defaultTo(''))
    .execute();
  await schema
    .alterTable('anomaly')
    .addColumn('level', 'integer', (c) => c.notNull().defaultTo(1))
    .execute();
  await schema.alterTable('anomaly').addColumn('district', 'text').execute();
  await schema.alterTable('anomaly').addColumn('score', 'integer').execute();
  await sql`update anomaly set
      area = coalesce((select area from meter where meter.id = anomaly.meter), ''),
      district = (select feeder.district from meter join area on area.id = meter.area
        join feeder on feeder.id = area.feeder where meter.id = anomaly.meter)`.execute(db);
  await schema.createIndex('anomaly_area').on('anomaly').columns(['area', 'opened_at']).execute();
  await schema.createIndex('anomaly_rule').on('anomaly').columns(['rule', 'opened_at']).execute();
  await required(schema.createTable('anomaly_verdict'), {
    position: 'integer',
    verdict: 'text',
    at: 'bigint',
    by_whom: 'text',
    note: 'text',
  })
    .addColumn('anomaly', 'text', (c) => c.notNull().references('anomaly.id'))
    .addPrimaryKeyConstraint('anomaly_verdict_key', ['anomaly', 'position'])
    .execute();
}
