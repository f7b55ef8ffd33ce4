import { randomBytes } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import type { Cancel, Clock } from '#platform/clock.ts';
import { MeterwayError, messageOf } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import { SqliteClient } from '#platform/sqlite/client.ts';
import type { Param, Statement } from '#platform/sqlite/protocol.ts';
import type { DayProgress } from '../schedule/progress.ts';
import type { SpoolRecord, StoredRecord } from './record.ts';

const SCHEMA: readonly string[] = [
  'CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID',
  'CREATE TABLE IF NOT EXISTS record (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, stream TEXT NOT NULL, ' +
    'task TEXT NOT NULL, columns TEXT NOT NULL, cells TEXT NOT NULL)',
  'CREATE TABLE IF NOT EXISTS progress (task TEXT, meter TEXT, date TEXT, bits BLOB NOT NULL, ' +
    'PRIMARY KEY (task, meter, date)) WITHOUT ROWID',
];

const INSERT = 'INSERT INTO record (seq, at, stream, task, columns, cells) VALUES (?, ?, ?, ?, ?, ?)';
const SETTLE =
  'INSERT INTO progress (task, meter, date, bits) VALUES (?, ?, ?, ?) ' +
  'ON CONFLICT (task, meter, date) DO UPDATE SET bits = excluded.bits';
const KEEP_SEQ =
  "INSERT INTO meta (key, value) VALUES ('lastSeq', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value";

/** Results waiting to be written together; beyond this the lines wait for the disk. */
const MAX_PENDING = 5000;

interface Pending {
  readonly records: readonly SpoolRecord[];
  readonly settled: readonly DayProgress[];
  resolve(): void;
  reject(error: unknown): void;
}

export interface SpoolSize {
  readonly rows: number;
  readonly bytes: number;
  /** When the oldest record was written, UTC ms, or null when there is none. */
  readonly oldestAt: number | null;
}

/**
 * What the collector has found out and the centre has not yet committed, on disk. A result counts as collected when
 * `append` resolves: it is then written and synced, together with the mark that its slot is settled. Sequence numbers
 * are never used twice within an epoch; an epoch is one life of the spool file.
 */
export class Spool {
  readonly epoch: string;
  readonly stored: readonly DayProgress[];
  readonly #client: SqliteClient;
  readonly #clock: Clock;
  readonly #commitMs: number;
  #lastSeq: number;
  #pending: Pending[] = [];
  #pendingRows = 0;
  #timer: Cancel | null = null;
  #writing: Promise<void> = Promise.resolve();
  #appended: () => void = () => {};

  private constructor(
    client: SqliteClient,
    options: { clock: Clock; commitMs: number },
    found: { epoch: string; lastSeq: number; progress: readonly DayProgress[] },
  ) {
    this.#client = client;
    this.#clock = options.clock;
    this.#commitMs = options.commitMs;
    this.epoch = found.epoch;
    this.#lastSeq = found.lastSeq;
    this.stored = found.progress;
  }

  static async open(path: string, options: { clock: Clock; commitMs: number; logger: Logger }): Promise<Spool> {
    const client = await openSound(path, options);
    await client.transaction(SCHEMA.map((sql) => ({ sql, rows: [] })));
    const meta = new Map(
      (await client.all<{ key: string; value: string }>('SELECT key, value FROM meta')).map((row) => [
        row.key,
        row.value,
      ]),
    );
    let epoch = meta.get('epoch');
    if (!epoch) {
      epoch = `${options.clock.now().toString(36)}-${randomBytes(6).toString('hex')}`;
      await client.transaction([{ sql: "INSERT INTO meta (key, value) VALUES ('epoch', ?)", rows: [[epoch]] }]);
    }
    const progress = await client.all<{ task: string; meter: string; date: string; bits: Uint8Array }>(
      'SELECT task, meter, date, bits FROM progress',
    );
    return new Spool(client, options, { epoch, lastSeq: Number(meta.get('lastSeq') ?? 0), progress });
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Called after each commit to disk. */
  onAppended(listener: () => void): void {
    this.#appended = listener;
  }

  /** Resolves when everything is on disk. Rejects with the store's error, after which nothing may be trusted. */
  append(records: readonly SpoolRecord[], settled: readonly DayProgress[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ records, settled, resolve, reject });
      this.#pendingRows += records.length;
      if (this.#pendingRows >= 500) this.#flush();
      else this.#timer ??= this.#clock.after('spool commit', this.#commitMs, () => this.#flush());
    });
  }

  /** Resolves at once, or when the disk has caught up. */
  async room(): Promise<void> {
    if (this.#pendingRows >= MAX_PENDING) await this.#writing;
  }

  /** Up to `limit` records from `seq` on, ascending. */
  async read(seq: number, limit: number): Promise<StoredRecord[]> {
    const rows = await this.#client.all<{ seq: number; stream: string; task: string; columns: string; cells: string }>(
      'SELECT seq, stream, task, columns, cells FROM record WHERE seq >= ? ORDER BY seq LIMIT ?',
      [seq, limit],
    );
    return rows.map((row) => ({
      seq: row.seq,
      stream: row.stream as SpoolRecord['stream'],
      task: row.task,
      columns: row.columns.split(' '),
      row: JSON.parse(row.cells) as unknown[],
    }));
  }

  /** Lowest sequence number that is still held; the next one to be given when the spool is empty. */
  async oldest(): Promise<number> {
    const [row] = await this.#client.all<{ seq: number | null }>('SELECT MIN(seq) AS seq FROM record');
    return row?.seq ?? this.#lastSeq + 1;
  }

  /** Deletes what the centre has committed: inclusive ranges of sequence numbers. Resolves with the number of records. */
  async remove(ranges: readonly (readonly [number, number])[]): Promise<number> {
    if (ranges.length === 0) return 0;
    const [removed] = await this.#client.transaction([
      { sql: 'DELETE FROM record WHERE seq BETWEEN ? AND ?', rows: ranges.map(([from, to]) => [from, to]) },
    ]);
    return removed ?? 0;
  }

  async forgetBefore(date: string): Promise<void> {
    await this.#client.transaction([{ sql: 'DELETE FROM progress WHERE date < ?', rows: [[date]] }]);
  }

  async size(): Promise<SpoolSize> {
    const [row] = await this.#client.all<{ rows: number; oldestAt: number | null; pages: number; pageSize: number }>(
      'SELECT (SELECT COUNT(*) FROM record) AS rows, (SELECT at FROM record ORDER BY seq LIMIT 1) AS oldestAt, ' +
        '(SELECT page_count FROM pragma_page_count()) AS pages, (SELECT page_size FROM pragma_page_size()) AS pageSize',
    );
    return { rows: row?.rows ?? 0, bytes: (row?.pages ?? 0) * (row?.pageSize ?? 0), oldestAt: row?.oldestAt ?? null };
  }

  async close(): Promise<void> {
    this.#flush();
    await this.#writing.catch(() => {});
    await this.#client.close();
  }

  #flush(): void {
    this.#timer?.();
    this.#timer = null;
    if (this.#pending.length === 0) return;
    const group = this.#pending;
    this.#pending = [];
    this.#writing = this.#client.transaction(this.#statements(group)).then(
      () => {
        this.#pendingRows -= group.reduce((sum, pending) => sum + pending.records.length, 0);
        for (const pending of group) pending.resolve();
        this.#appended();
      },
      (error: unknown) => {
        for (const pending of group) pending.reject(error);
      },
    );
  }

  #statements(group: readonly Pending[]): Statement[] {
    const at = this.#clock.now();
    const records: Param[][] = [];
    const progress = new Map<string, Param[]>();
    for (const { records: added, settled } of group) {
      for (const { stream, task, columns, row } of added) {
        records.push([++this.#lastSeq, at, stream, task, columns.join(' '), JSON.stringify(row)]);
      }
      for (const day of settled) {
        progress.set(`${day.task} ${day.meter} ${day.date}`, [day.task, day.meter, day.date, day.bits]);
      }
    }
    return [
      { sql: INSERT, rows: records },
      { sql: SETTLE, rows: [...progress.values()] },
      { sql: KEEP_SEQ, rows: [[String(this.#lastSeq)]] },
    ].filter((statement) => statement.rows.length > 0);
  }
}

/** A damaged file is set aside, with a new epoch begun, rather than stopping collection for good. */
async function openSound(path: string, options: { clock: Clock; logger: Logger }): Promise<SqliteClient> {
  if (!existsSync(path)) return SqliteClient.open(path);
  const found = await openChecked(path);
  if (found instanceof SqliteClient) return found;
  const aside = `${path}.damaged-${options.clock.now()}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  }
  options.logger.error(
    { path, finding: found, aside },
    'the spool was damaged and is set aside; what it held and the centre had not committed must be read again',
  );
  return SqliteClient.open(path);
}

/** The open database, or what is wrong with the file. */
async function openChecked(path: string): Promise<SqliteClient | string> {
  let client: SqliteClient | null = null;
  try {
    client = await SqliteClient.open(path);
    const [row] = await client.all<{ quick_check: string }>('PRAGMA quick_check(1)');
    if (row?.quick_check === 'ok') return client;
    await client.close();
    return row?.quick_check ?? 'no answer';
  } catch (error) {
    await client?.close().catch(() => {});
    if (error instanceof MeterwayError && error.code === 'store_busy') throw error;
    return messageOf(error);
  }
}
