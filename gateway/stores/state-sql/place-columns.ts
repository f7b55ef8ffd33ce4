import type { ColumnDataType, Kysely } from 'kysely';
import type { StateTables } from './tables.ts';

/** NULL, and left out of a row that is written, where the registry does not say. */
export interface FeederPlaceColumns {
  supply_meters_json?: string | null | undefined;
}

export interface AreaPlaceColumns {
  status?: string | null | undefined;
  status_since?: number | null | undefined;
}

export interface MeterPlaceColumns {
  maker?: string | null | undefined;
}

export interface InstallationPlaceColumns {
  area?: string | null | undefined;
  ct?: number | null | undefined;
  pt?: number | null | undefined;
}

const COLUMNS: readonly (readonly [table: keyof StateTables, column: string, type: ColumnDataType])[] = [
  ['feeder', 'supply_meters_json', 'text'],
  ['area', 'status', 'text'],
  ['area', 'status_since', 'bigint'],
  ['meter', 'maker', 'text'],
  ['installation', 'area', 'text'],
  ['installation', 'ct', 'double precision'],
  ['installation', 'pt', 'double precision'],
];

/** Area and ratios of an installation, maker of a meter, status of an area, meters at the head of a feeder. */
export async function addPlaceColumns(db: Kysely<StateTables>): Promise<void> {
  for (const [table, column, type] of COLUMNS) await db.schema.alterTable(table).addColumn(column, type).execute();
}
