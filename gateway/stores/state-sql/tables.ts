import type { AnomalyTables } from './anomaly-tables.ts';
import type { BatchTables } from './batch-tables.ts';
import type { MeterBoxColumns } from './box-columns.ts';
import type { CollectionTables } from './collection-tables.ts';
import type { AccountContractColumns } from './contract-columns.ts';
import type { EventTables } from './event-tables.ts';
import type { FeedTables } from './feed-tables.ts';
import type { OutageTables } from './outage-tables.ts';
import type {
  AreaPlaceColumns,
  FeederPlaceColumns,
  InstallationPlaceColumns,
  MeterPlaceColumns,
} from './place-columns.ts';
import type { RetryColumns } from './retry-columns.ts';
import type { RevisionTables } from './revision-tables.ts';
import type { WebhookTables } from './webhook-tables.ts';

/**
 * Tables of the state store. Instants are UTC ms, flags 0 or 1, `json` columns hold JSON text. The same columns serve
 * SQLite and PostgreSQL, so only types that both have are used.
 */
export interface StateTables
  extends FeedTables,
    RevisionTables,
    CollectionTables,
    BatchTables,
    EventTables,
    OutageTables,
    AnomalyTables,
    WebhookTables {
  migration: { number: number; name: string };

  site: { id: number; name: string; time_zone: string; version: string };
  district: { id: string; name: string };
  feeder: { id: string; name: string; district: string } & FeederPlaceColumns;
  area: { id: string; name: string; feeder: string; kva: number } & AreaPlaceColumns;
  collector: { id: string; district: string };
  line: LineTable;
  account: AccountContractColumns & {
    no: string;
    name: string;
    address: string;
    category: string;
    priority: string;
    status: string;
  };
  meter: MeterTable;
  installation: InstallationTable;
  task: TaskTable;
  profile: { id: string; content_json: string };

  outcome: OutcomeTable;
  meter_event: { meter: string; kind: string; started_at: number; ended_at: number | null; read_at: number };
  quarantine: QuarantineTable;
  baseline: { meter: string; slot: number; import_wh: number };
  collector_mark: CollectorMarkTable;

  collector_status: { district: string; collector: string; status_json: string; received_at: number };
  api_key: { id: string; name: string; hash: string; created_at: number; revoked_at: number | null };

  job: JobTable;
  job_read: JobReadTable;
  replay: ReplayTable;
}

interface LineTable {
  id: string;
  collector: string;
  protocol: string;
  link_json: string;
  concentrator: string | null;
  reply_timeout_ms: number;
  byte_gap_ms: number;
  pause_ms: number;
  quiet_ms: number;
}

interface MeterTable extends MeterPlaceColumns, MeterBoxColumns {
  id: string;
  no: string;
  model: string;
  line: string;
  address: string;
  area: string;
  role: string;
  phase: string | null;
  ct: number;
  pt: number;
  collected_from: number;
}

interface InstallationTable extends InstallationPlaceColumns {
  meter: string;
  account: string | null;
  from_at: number;
  to_at: number | null;
  start_wh: number | null;
  end_wh: number | null;
}

interface TaskTable {
  id: string;
  kind: string;
  calendar_json: string;
  items_json: string;
  delay_s: number;
  backfill_days: number;
  repair_days: number;
  tolerance_s: number;
  retry_at_json: string;
  first_pass_until: string;
  /** NULL, and left out of a row that is written, where the task is for all meters. */
  for_json?: string | null | undefined;
}

interface OutcomeTable {
  task: string;
  slot: number;
  meter: string;
  at: number;
  reason: string;
  detail: string;
  attempts: number;
  last_bytes: string;
  final: number;
}

interface QuarantineTable {
  /** SHA-256 of what makes an entry the same entry: collector, epoch, seq, kind, content. */
  digest: string;
  at: number;
  collector: string;
  epoch: string;
  seq: number;
  kind: string;
  why: string;
  content: string;
}

interface CollectorMarkTable {
  collector: string;
  epoch: string;
  up_to: number;
  ranges_json: string;
  lost: number;
  /** Number of records that the mark covers; grows with every step forward. */
  covered: number;
}

interface JobTable extends RetryColumns {
  id: string;
  kind: string;
  items_json: string;
  slot: number | null;
  asked_by: string;
  idempotency_key: string | null;
  request_digest: string;
  created_at: number;
  timeout_s: number;
  state: string;
  closed_at: number | null;
}

interface JobReadTable {
  job: string;
  meter: string;
  /** Who told the ending; null while the read is open. */
  told_by: string | null;
  slot: number | null;
  meter_time: number | null;
  read_at: number | null;
  values_json: string | null;
  reason: string | null;
  detail: string;
}

interface ReplayTable {
  id: string;
  collector: string;
  since: number;
  requested_at: number;
  taken_at: number | null;
  result_rows: number | null;
}
