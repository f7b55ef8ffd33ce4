import type { Transaction } from 'kysely';
import type { Registry } from '#contract/registry.ts';
import { type RegistryRows, registryOf } from './registry-rows.ts';
import type { StateTables } from './tables.ts';

/** Rows that are read at once: what waits between the threads stays small. */
const PAGE = 10_000;

type Db = Transaction<StateTables>;
type Site = Pick<StateTables['site'], 'name' | 'time_zone'>;
type Accounts = Registry['accounts'][number][];
type Meters = Registry['meters'][number][];
type Installations = Registry['installations'][number][];

/** The registry without names and addresses of accounts and addresses of meters, read in pages, equal texts kept once. */
export async function leanRegistry(db: Db, site: Site): Promise<Registry> {
  const texts = new Texts();
  const accounts = await leanAccounts(db, site, texts);
  const meters = await leanMeters(db, site, texts);
  const installations = await leanInstallations(db, site, accounts, meters, texts);
  const rest = registryOf(site, { ...NOTHING, ...(await smallRows(db)) });
  return { ...rest, accounts, meters, installations };
}

const NOTHING: RegistryRows = {
  ...{ district: [], feeder: [], area: [], collector: [], line: [] },
  ...{ account: [], meter: [], installation: [], task: [], profile: [] },
};

/** Texts of which there are few. */
class Texts {
  readonly #seen = new Map<string, string>();

  /** The equal one that was seen first. */
  shared<T extends string | null | undefined>(text: T): T {
    if (typeof text !== 'string') return text;
    const known = this.#seen.get(text);
    if (known === undefined) this.#seen.set(text, text);
    return (known as T | undefined) ?? text;
  }
}

async function leanAccounts(db: Db, site: Site, texts: Texts): Promise<Accounts> {
  const accounts: Accounts = [];
  for await (const page of pagesOf((after?: StateTables['account']) => accountsAfter(db, after))) {
    for (const row of page) {
      row.name = '';
      row.address = '';
      for (const name of ['category', 'priority', 'status'] as const) row[name] = texts.shared(row[name]);
    }
    for (const account of registryOf(site, { ...NOTHING, account: page }).accounts) accounts.push(account);
  }
  return accounts;
}

async function leanMeters(db: Db, site: Site, texts: Texts): Promise<Meters> {
  const meters: Meters = [];
  for await (const page of pagesOf((after?: StateTables['meter']) => metersAfter(db, after))) {
    for (const row of page) {
      row.address = '';
      if (row.no === row.id) row.no = row.id;
      for (const name of ['model', 'line', 'area', 'role'] as const) row[name] = texts.shared(row[name]);
      row.phase = texts.shared(row.phase);
      if (row.maker) row.maker = texts.shared(row.maker);
    }
    for (const meter of registryOf(site, { ...NOTHING, meter: page }).meters) meters.push(meter);
  }
  return meters;
}

async function leanInstallations(
  db: Db,
  site: Site,
  accounts: Accounts,
  meters: Meters,
  texts: Texts,
): Promise<Installations> {
  const nos = new Map(accounts.map(({ no }) => [no, no]));
  const installations: Installations = [];
  for (let from = 0; from === 0 || from < meters.length; from += PAGE) {
    const ids = new Map(meters.slice(from, from + PAGE).map(({ id }) => [id, id]));
    const page = await installationsOf(db, meters[from - 1]?.id, meters[from + PAGE - 1]?.id);
    for (const row of page) {
      row.meter = ids.get(row.meter) ?? row.meter;
      if (row.account !== null) row.account = nos.get(row.account) ?? row.account;
      if (row.area) row.area = texts.shared(row.area);
    }
    for (const each of registryOf(site, { ...NOTHING, installation: page }).installations) installations.push(each);
  }
  return installations;
}

async function smallRows(db: Db): Promise<Omit<RegistryRows, 'account' | 'meter' | 'installation'>> {
  return {
    district: await db.selectFrom('district').selectAll().execute(),
    feeder: await db.selectFrom('feeder').selectAll().execute(),
    area: await db.selectFrom('area').selectAll().execute(),
    collector: await db.selectFrom('collector').selectAll().execute(),
    line: await db.selectFrom('line').selectAll().execute(),
    task: await db.selectFrom('task').selectAll().execute(),
    profile: await db.selectFrom('profile').selectAll().execute(),
  };
}

async function* pagesOf<R>(next: (after?: R) => Promise<R[]>): AsyncGenerator<R[]> {
  let page = await next(undefined);
  while (page.length > 0) {
    // Before the page is used: its order may be another one afterwards.
    const last = page.at(-1);
    const isLast = page.length < PAGE;
    yield page;
    page = isLast ? [] : await next(last);
  }
}

function accountsAfter(db: Db, after: StateTables['account'] | undefined): Promise<StateTables['account'][]> {
  const query = db.selectFrom('account').selectAll().orderBy('no').limit(PAGE);
  return (after ? query.where('no', '>', after.no) : query).execute();
}

function metersAfter(db: Db, after: StateTables['meter'] | undefined): Promise<StateTables['meter'][]> {
  const query = db.selectFrom('meter').selectAll().orderBy('id').limit(PAGE);
  return (after ? query.where('id', '>', after.id) : query).execute();
}

/** Of the meters after one and up to another; without one, from the first or to the last. */
function installationsOf(db: Db, after?: string, upTo?: string): Promise<StateTables['installation'][]> {
  let query = db.selectFrom('installation').selectAll();
  if (after !== undefined) query = query.where('meter', '>', after);
  if (upTo !== undefined) query = query.where('meter', '<=', upTo);
  return query.execute();
}
