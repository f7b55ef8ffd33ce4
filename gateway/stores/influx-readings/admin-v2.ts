import { MeterwayError } from '#platform/errors.ts';
import { shardDays } from './admin-v1.ts';
import type { InfluxConnection } from './connection.ts';
import { type InfluxAdmin, manage } from './manage.ts';

const DAY_S = 86_400;
const JSON_TYPE = 'application/json; charset=utf-8';

interface Bucket {
  readonly id: string;
  readonly name: string;
  readonly retentionRules?: readonly { readonly type?: string; readonly everySeconds?: number }[];
}

interface Mapping {
  readonly database: string;
  readonly default?: boolean;
}

/** 2.x: buckets with retention rules, and for each the DBRP mapping by which InfluxQL finds it. */
export function adminOfV2(connection: InfluxConnection): InfluxAdmin {
  const get = async <T>(path: string): Promise<T> => {
    const { text } = await manage(connection, 'set up', { method: 'GET', path });
    return JSON.parse(text) as T;
  };
  const orgId = async (): Promise<string> => {
    const { influxOrg } = connection.settings;
    const { orgs } = await get<{ orgs?: { id: string }[] }>(`/api/v2/orgs?org=${encodeURIComponent(influxOrg)}`);
    const id = orgs?.[0]?.id;
    if (id !== undefined) return id;
    throw new MeterwayError(
      `cannot set up InfluxDB at ${connection.where}: the token sees no organisation ${influxOrg}; check the settings influxOrg and influxToken`,
      { code: 'store_missing', next: 'retry' },
    );
  };
  const bucketOf = async (org: string, name: string): Promise<Bucket | undefined> => {
    const path = `/api/v2/buckets?orgID=${encodeURIComponent(org)}&name=${encodeURIComponent(name)}`;
    // Asked for a name that it does not have, 2.x says 404 or an empty list, as its age may be.
    const answer = await manage(connection, 'set up', { method: 'GET', path }, [200, 404]);
    if (answer.status === 404) return undefined;
    const { buckets } = JSON.parse(answer.text) as { buckets?: Bucket[] };
    return buckets?.find((bucket) => bucket.name === name);
  };
  const found = async (org: string, name: string): Promise<Bucket> => {
    const bucket = await bucketOf(org, name);
    if (bucket) return bucket;
    throw new MeterwayError(`cannot set up InfluxDB at ${connection.where}: bucket ${name} has vanished`, {
      code: 'store_missing',
      next: 'retry',
    });
  };
  return {
    look: async (database) => {
      const org = await orgId();
      const bucket = await bucketOf(org, database);
      if (!bucket) return null;
      const rule = bucket.retentionRules?.find(({ everySeconds }) => everySeconds !== undefined);
      const path = `/api/v2/dbrps?orgID=${encodeURIComponent(org)}&db=${encodeURIComponent(database)}`;
      const { content } = await get<{ content?: Mapping[] }>(path);
      return {
        keptDays: (rule?.everySeconds ?? 0) / DAY_S,
        mapped: (content ?? []).some((mapping) => mapping.database === database && mapping.default === true),
      };
    },
    create: async (database, keptDays) => {
      const body = { orgID: await orgId(), name: database, retentionRules: rules(keptDays) };
      await manage(connection, 'set up', { method: 'POST', path: '/api/v2/buckets', contentType: JSON_TYPE, body });
    },
    setKept: async (database, keptDays) => {
      const { id } = await found(await orgId(), database);
      const path = `/api/v2/buckets/${encodeURIComponent(id)}`;
      const body = { retentionRules: rules(keptDays) };
      await manage(connection, 'set up', { method: 'PATCH', path, contentType: JSON_TYPE, body });
    },
    map: async (database) => {
      const org = await orgId();
      const { id } = await found(org, database);
      const body = { orgID: org, bucketID: id, database, retention_policy: 'autogen', default: true };
      await manage(connection, 'set up', { method: 'POST', path: '/api/v2/dbrps', contentType: JSON_TYPE, body });
    },
  };
}

function rules(keptDays: number): object[] {
  if (keptDays === 0) return [];
  return [{ type: 'expire', everySeconds: keptDays * DAY_S, shardGroupDurationSeconds: shardDays(keptDays) * DAY_S }];
}
