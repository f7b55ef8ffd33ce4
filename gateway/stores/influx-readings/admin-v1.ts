import type { InfluxConnection } from './connection.ts';
import { ask, type InfluxAdmin } from './manage.ts';

const HOURS_A_DAY = 24;

/** 1.x: statements. Names are ids, so they need no escape within their quotes. */
export function adminOfV1(connection: InfluxConnection): InfluxAdmin {
  const defaultPolicy = async (database: string): Promise<Record<string, unknown> | undefined> => {
    const policies = await ask(connection, `SHOW RETENTION POLICIES ON "${database}"`);
    return policies.find((policy) => policy['default'] === true);
  };
  return {
    look: async (database) => {
      const databases = await ask(connection, 'SHOW DATABASES');
      if (!databases.some((row) => row['name'] === database)) return null;
      const hours = Number.parseInt(String((await defaultPolicy(database))?.['duration'] ?? ''), 10);
      return { keptDays: Number.isNaN(hours) ? null : hours / HOURS_A_DAY, mapped: true };
    },
    create: async (database, keptDays) => {
      await ask(connection, `CREATE DATABASE "${database}" WITH ${durations(keptDays)} NAME "autogen"`);
    },
    setKept: async (database, keptDays) => {
      const name = String((await defaultPolicy(database))?.['name'] ?? 'autogen');
      await ask(
        connection,
        `ALTER RETENTION POLICY "${name.replace(/[\\"]/g, '\\$&')}" ON "${database}" ${durations(keptDays)}`,
      );
    },
    map: async () => {},
  };
}

/**
 * Points go by whole shards, so a shard is short against the time kept; and long enough that a year of freezes does not
 * lie in hundreds of them.
 */
function durations(keptDays: number): string {
  const shard = shardDays(keptDays);
  return `DURATION ${keptDays === 0 ? 'INF' : `${keptDays}d`} REPLICATION 1 SHARD DURATION ${shard}d`;
}

const SHORT_SHARD_DAYS = 7;
const LONG_SHARD_DAYS = 30;
const LONG_KEPT_DAYS = 730;

export function shardDays(keptDays: number): number {
  return keptDays === 0 || keptDays > LONG_KEPT_DAYS ? LONG_SHARD_DAYS : SHORT_SHARD_DAYS;
}
