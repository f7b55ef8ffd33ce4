import type { Transaction } from 'kysely';
import type { RegistryPages, ShortLists } from '../state-store.ts';
import { type RegistryRows, registryOf } from './registry-rows.ts';
import type { StateTables } from './tables.ts';

/** Rows that are read at once: what waits between the threads stays small. */
const PAGE = 5000;
const METER_COLUMNS = [
  ...(['id', 'no', 'model', 'line', 'area', 'branch', 'box', 'role', 'phase'] as const),
  ...(['ct', 'pt', 'maker', 'collected_from'] as const),
];

type Db = Transaction<StateTables>;
type Site = Pick<StateTables['site'], 'name' | 'time_zone'>;

const NOTHING: RegistryRows = {
  ...{ district: [], feeder: [], area: [], collector: [], line: [] },
  ...{ account: [], meter: [], installation: [], task: [], profile: [] },
};

/** The registry with its long lists in pages; without texts, names and addresses of accounts and meters are empty. */
export async function pagedRegistry(db: Db, site: Site, into: RegistryPages, withTexts: boolean): Promise<ShortLists> {
  for await (const account of pagesOf((after?: StateTables['account']) => accountsAfter(db, withTexts, after))) {
    into.accounts(registryOf(site, { ...NOTHING, account }).accounts);
  }
  for await (const meter of pagesOf((after?: StateTables['meter']) => metersAfter(db, withTexts, after))) {
    into.meters(registryOf(site, { ...NOTHING, meter }).meters);
  }
  for await (const installation of pagesOf((after?: StateTables['installation']) => installationsAfter(db, after))) {
    into.installations(registryOf(site, { ...NOTHING, installation }).installations);
  }
  const {
    accounts: _accounts,
    meters: _meters,
    installations: _installations,
    ...rest
  } = registryOf(site, {
    ...NOTHING,
    ...(await shortRows(db)),
  });
  return rest;
}

async function shortRows(db: Db): Promise<Omit<RegistryRows, 'account' | 'meter' | 'installation'>> {
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

async function accountsAfter(
  db: Db,
  withTexts: boolean,
  after: StateTables['account'] | undefined,
): Promise<StateTables['account'][]> {
  const page = db.selectFrom('account').orderBy('no').limit(PAGE);
  const query = after ? page.where('no', '>', after.no) : page;
  if (withTexts) return query.selectAll().execute();
  const rows = await query.select(['no', 'category', 'priority', 'status', 'contract_kw']).execute();
  return rows.map((row) => ({ ...row, name: '', address: '' }));
}

async function metersAfter(
  db: Db,
  withTexts: boolean,
  after: StateTables['meter'] | undefined,
): Promise<StateTables['meter'][]> {
  const page = db.selectFrom('meter').orderBy('id').limit(PAGE);
  const query = after ? page.where('id', '>', after.id) : page;
  if (withTexts) return query.selectAll().execute();
  const rows = await query.select(METER_COLUMNS).execute();
  return rows.map((row) => ({ ...row, address: '' }));
}

function installationsAfter(
  db: Db,
  after: StateTables['installation'] | undefined,
): Promise<StateTables['installation'][]> {
  const query = db.selectFrom('installation').selectAll().orderBy('meter').orderBy('from_at').limit(PAGE);
  if (!after) return query.execute();
  const { meter, from_at: from } = after;
  return query.where(({ eb, refTuple, tuple }) => eb(refTuple('meter', 'from_at'), '>', tuple(meter, from))).execute();
}
