import type { LedgerCommit, StateStore } from '../state-store.ts';
import { StateAccess, type StateSource } from './access.ts';
import { SqlAnomalies } from './anomalies.ts';
import { SqlBatches } from './batches.ts';
import { SqlCases } from './cases.ts';
import { SqlDayReports } from './day-reports.ts';
import { SqlEvents } from './events.ts';
import { SqlExclusions } from './exclusions.ts';
import { SqlFeed } from './feed.ts';
import { SqlJobs } from './jobs.ts';
import { SqlKeys } from './keys.ts';
import { SqlLedger } from './ledger.ts';
import { SqlMeterRows } from './meter-rows.ts';
import { SqlOrders } from './orders.ts';
import { SqlOutages } from './outages.ts';
import { SqlRegistry } from './registry.ts';
import { SqlReplays } from './replays.ts';
import { SqlRevisions } from './revisions.ts';
import { SqlStatus } from './status.ts';
import { SqlWebhooks } from './webhooks.ts';

/** The state store over any SQL database; `commit` writes a group commit in one transaction. */
export function sqlStateStore(source: StateSource, commit: (changes: LedgerCommit) => Promise<void>): StateStore {
  const access = new StateAccess(source);
  return {
    registry: new SqlRegistry(access),
    ledger: new SqlLedger(access, commit),
    status: new SqlStatus(access),
    outages: new SqlOutages(access),
    orders: new SqlOrders(access),
    anomalies: new SqlAnomalies(access),
    keys: new SqlKeys(access),
    jobs: new SqlJobs(access),
    replays: new SqlReplays(access),
    feed: new SqlFeed(access),
    events: new SqlEvents(access),
    webhooks: new SqlWebhooks(access),
    meterRows: new SqlMeterRows(access),
    revisions: new SqlRevisions(access),
    exclusions: new SqlExclusions(access),
    cases: new SqlCases(access),
    dayReports: new SqlDayReports(access),
    batches: new SqlBatches(access),
    close: () => access.close(),
  };
}
