import type { Settings } from '#platform/settings/schema.ts';
import type { Keeping } from '../reading-store.ts';

/** Where InfluxDB is, who asks, and how long it keeps what. */
export type InfluxSettings = Pick<
  Settings,
  | 'influxUrl'
  | 'influxVersion'
  | 'influxDatabase'
  | 'influxOrg'
  | 'influxUsername'
  | 'influxPassword'
  | 'influxToken'
  | 'keepCurveMonths'
  | 'keepFreezeMonths'
>;

export const KEEPINGS = ['freeze', 'curve'] as const satisfies readonly Keeping[];

/**
 * Two databases (buckets), because each has one retention in every version: retention policies are known to 1.x only.
 */
export function databaseOf({ influxDatabase }: Pick<InfluxSettings, 'influxDatabase'>, keeping: Keeping): string {
  return keeping === 'freeze' ? influxDatabase : `${influxDatabase}_curve`;
}

const LONGEST_MONTH_DAYS = 31;

/** Days for which a database keeps its points; 0 = for ever. */
export function keptDays(
  settings: Pick<InfluxSettings, 'keepCurveMonths' | 'keepFreezeMonths'>,
  keeping: Keeping,
): number {
  return (keeping === 'freeze' ? settings.keepFreezeMonths : settings.keepCurveMonths) * LONGEST_MONTH_DAYS;
}
