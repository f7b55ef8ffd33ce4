import { createHash } from 'node:crypto';
import type { Column, ColumnsStatement, Statement } from '#platform/sqlite/protocol.ts';
import { feedText, MOST_FEED_BYTES } from '../state-sql/feed-text.ts';
import type { CollectorMark, LedgerCommit, QuarantineEntry, StoredOutcome } from '../state-store.ts';

/**
 * The statements of a group commit. Each decides by the content of the rows alone which one stays, so commits may be
 * repeated and overtake each other. Rows are compared column by column from the left: the first that differs decides.
 */
export function commitStatements(changes: LedgerCommit, mostFeedBytes = MOST_FEED_BYTES): Statement[] {
  const { outcomes, events, quarantine, baselines, marks, feed } = changes;
  const statements: Statement[] = [];
  if (outcomes.length > 0) statements.push(outcomeStatement(outcomes));
  if (events.length > 0) statements.push(eventStatement(events));
  if (baselines.length > 0) statements.push(baselineStatement(baselines));
  if (quarantine.length > 0) statements.push({ sql: INSERT_QUARANTINE, rows: quarantine.map(quarantineRow) });
  if (marks.length > 0) statements.push({ sql: UPSERT_MARK, rows: marks.map(markRow) });
  if (feed) {
    const text = feedText(feed);
    statements.push({ sql: INTO_FEED, rows: [[text, text.length]] }, { sql: TRIM_FEED, rows: [[mostFeedBytes]] });
  }
  return statements;
}

/** `total` counts the characters of the entry and of all before it that are still there. */
const INTO_FEED =
  'INSERT INTO feed (content_json, total) ' +
  'VALUES (?, ? + coalesce((SELECT total FROM feed ORDER BY position DESC LIMIT 1), 0))';
/**
 * Nobody reads the feed of a centre without a figures process, and it must not fill the disk. Every commit adds one
 * entry and looks at the oldest four, so it costs next to nothing and keeps up.
 */
const TRIM_FEED =
  'DELETE FROM feed WHERE position IN (SELECT position FROM feed ORDER BY position LIMIT 4) ' +
  'AND total < (SELECT total FROM feed ORDER BY position DESC LIMIT 1) - ?';

/** An upsert of as many rows as the columns have. */
function upsert(head: string, tail: string, columns: readonly Column[]): ColumnsStatement {
  const tuple = `(${columns.map(() => '?').join(', ')})`;
  return { sql: `${head} VALUES ${tuple} ${tail}`, tuple, columns, count: columns[0]?.length ?? 0 };
}

/** The last attempt counts; of one attempt, that nothing follows it is the newer word. */
const INTO_OUTCOME = 'INSERT INTO outcome (task, slot, meter, at, reason, detail, attempts, last_bytes, final)';
const OUTCOME_CONFLICT =
  'ON CONFLICT (task, slot, meter) DO UPDATE SET at = excluded.at, reason = excluded.reason, ' +
  'detail = excluded.detail, attempts = excluded.attempts, last_bytes = excluded.last_bytes, final = excluded.final ' +
  'WHERE (excluded.at, excluded.final, excluded.attempts, excluded.reason, excluded.detail, excluded.last_bytes) > ' +
  '(outcome.at, outcome.final, outcome.attempts, outcome.reason, outcome.detail, outcome.last_bytes)';

function outcomeStatement(rows: readonly StoredOutcome[]): Statement {
  return upsert(INTO_OUTCOME, OUTCOME_CONFLICT, [
    rows.map((row) => row.task),
    Float64Array.from(rows, (row) => row.slot),
    rows.map((row) => row.meter),
    Float64Array.from(rows, (row) => row.at),
    rows.map((row) => row.reason),
    rows.map((row) => row.detail),
    Float64Array.from(rows, (row) => row.attempts),
    rows.map((row) => row.lastBytes),
    Float64Array.from(rows, (row) => Number(row.final)),
  ]);
}

/** A record with an end says more than one without; of two ends the one read later counts. */
const INTO_EVENT = 'INSERT INTO meter_event (meter, kind, started_at, ended_at, read_at)';
const EVENT_CONFLICT =
  'ON CONFLICT (meter, started_at, kind) DO UPDATE SET ended_at = excluded.ended_at, read_at = excluded.read_at ' +
  'WHERE (excluded.ended_at IS NOT NULL, excluded.read_at, excluded.ended_at) > ' +
  '(meter_event.ended_at IS NOT NULL, meter_event.read_at, meter_event.ended_at)';

function eventStatement(rows: LedgerCommit['events']): Statement {
  return upsert(INTO_EVENT, EVENT_CONFLICT, [
    rows.map((row) => row.meter),
    rows.map((row) => row.kind),
    Float64Array.from(rows, (row) => row.start),
    Float64Array.from(rows, (row) => row.end ?? Number.NaN),
    Float64Array.from(rows, (row) => row.readAt),
  ]);
}

/** The newest slot counts. Whether a register is plausible is known to whoever commits it, not here. */
const INTO_BASELINE = 'INSERT INTO baseline (meter, slot, import_wh)';
const BASELINE_CONFLICT =
  'ON CONFLICT (meter) DO UPDATE SET slot = excluded.slot, import_wh = excluded.import_wh ' +
  'WHERE (excluded.slot, excluded.import_wh) > (baseline.slot, baseline.import_wh)';

function baselineStatement(rows: LedgerCommit['baselines']): Statement {
  return upsert(INTO_BASELINE, BASELINE_CONFLICT, [
    rows.map((row) => row.meter),
    Float64Array.from(rows, (row) => row.slot),
    Float64Array.from(rows, (row) => row.importWh),
  ]);
}

const INSERT_QUARANTINE =
  'INSERT INTO quarantine (digest, at, collector, epoch, seq, kind, why, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ' +
  'ON CONFLICT (digest) DO NOTHING';

function quarantineRow({ at, collector, epoch, seq, kind, why, content }: QuarantineEntry): (string | number)[] {
  const key = JSON.stringify([collector, epoch, seq, kind, content]);
  return [createHash('sha256').update(key).digest('hex'), at, collector, epoch, seq, kind, why, content];
}

/** Marks of one stream contain each other, so the one that covers more is the later one. */
const UPSERT_MARK =
  'INSERT INTO collector_mark (collector, epoch, up_to, ranges_json, lost, covered) VALUES (?, ?, ?, ?, ?, ?) ' +
  'ON CONFLICT (collector, epoch) DO UPDATE SET up_to = excluded.up_to, ranges_json = excluded.ranges_json, ' +
  'lost = excluded.lost, covered = excluded.covered WHERE excluded.up_to >= collector_mark.up_to AND ' +
  '(excluded.covered, excluded.lost) > (collector_mark.covered, collector_mark.lost)';

function markRow({ collector, epoch, upTo, ranges, lost }: CollectorMark): (string | number)[] {
  const covered = ranges.reduce((sum, [from, to]) => sum + to - from + 1, upTo);
  return [collector, epoch, upTo, JSON.stringify(ranges), lost, covered];
}
