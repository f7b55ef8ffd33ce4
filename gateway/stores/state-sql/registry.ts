import { createHash } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import type { Registry } from '#contract/registry.ts';
import type { RegistryPages, RegistryStore, ShortLists } from '../state-store.ts';
import type { StateAccess } from './access.ts';
import { inserts } from './lists.ts';
import { pagedRegistry } from './paged-registry.ts';
import { ENTITIES, type Entity, type RegistryRows, registryOf, rowsOf } from './registry-rows.ts';
import type { StateTables } from './tables.ts';

const SITE = 1;

/** The registry as tables. Every list of a loaded registry is in the order of its keys. */
export class SqlRegistry implements RegistryStore {
  readonly #access: StateAccess;

  constructor(access: StateAccess) {
    this.#access = access;
  }

  replace(registry: Registry): Promise<string> {
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        const known = await trx.selectFrom('meter').select(['id', 'collected_from']).execute();
        const since = new Map(known.map((row) => [row.id, row.collected_from]));
        const rows = rowsOf(registry);
        for (const meter of rows.meter) meter.collected_from = since.get(meter.id) ?? meter.collected_from;
        const site = { name: registry.name, time_zone: registry.timeZone };
        const version = digestOf(site, rows);
        if (version !== (await storedVersion(trx))) await rewrite(trx, { ...site, version }, rows);
        return version;
      }),
    );
  }

  load(): Promise<Registry | null> {
    return this.#access.snapshot(null, async (trx) => {
      const site = await trx.selectFrom('site').selectAll().where('id', '=', SITE).executeTakeFirst();
      if (!site) return null;
      return registryOf(site, await allRows(trx));
    });
  }

  lean(into: RegistryPages): Promise<ShortLists | null> {
    return this.#access.snapshot(null, (trx) => paged(trx, into, false));
  }

  pages(into: RegistryPages): Promise<ShortLists | null> {
    return this.#access.longSnapshot(null, (trx) => paged(trx, into, true));
  }

  version(): Promise<string | null> {
    return this.#access.read(null, storedVersion);
  }
}

async function paged(
  trx: Transaction<StateTables>,
  into: RegistryPages,
  withTexts: boolean,
): Promise<ShortLists | null> {
  const site = await trx.selectFrom('site').selectAll().where('id', '=', SITE).executeTakeFirst();
  return site ? pagedRegistry(trx, site, into, withTexts) : null;
}

/** SHA-256 of the whole content, hexadecimal. */
function digestOf(site: object, rows: RegistryRows): string {
  const hash = createHash('sha256').update(JSON.stringify(site));
  for (const table of ENTITIES) hash.update(JSON.stringify(rows[table]));
  return hash.digest('hex');
}

async function storedVersion(db: Kysely<StateTables>): Promise<string | null> {
  const site = await db.selectFrom('site').select('version').where('id', '=', SITE).executeTakeFirst();
  return site?.version ?? null;
}

async function rewrite(
  trx: Transaction<StateTables>,
  site: Omit<StateTables['site'], 'id'>,
  rows: RegistryRows,
): Promise<void> {
  for (const table of [...ENTITIES].reverse()) await trx.deleteFrom(table).execute();
  for (const table of ENTITIES) {
    for (const part of inserts<StateTables[Entity]>(rows[table])) await trx.insertInto(table).values(part).execute();
  }
  await trx
    .insertInto('site')
    .values({ id: SITE, ...site })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(site))
    .execute();
}

async function allRows(trx: Transaction<StateTables>): Promise<RegistryRows> {
  return {
    district: await trx.selectFrom('district').selectAll().execute(),
    feeder: await trx.selectFrom('feeder').selectAll().execute(),
    area: await trx.selectFrom('area').selectAll().execute(),
    collector: await trx.selectFrom('collector').selectAll().execute(),
    line: await trx.selectFrom('line').selectAll().execute(),
    account: await trx.selectFrom('account').selectAll().execute(),
    meter: await trx.selectFrom('meter').selectAll().execute(),
    installation: await trx.selectFrom('installation').selectAll().execute(),
    task: await trx.selectFrom('task').selectAll().execute(),
    profile: await trx.selectFrom('profile').selectAll().execute(),
  };
}
