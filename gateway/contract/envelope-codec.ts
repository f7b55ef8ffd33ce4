import { Compile } from 'typebox/compile';
import {
  type Batch,
  type Envelope,
  EnvelopeHeader,
  EVENT_COLUMNS,
  EVENT_KINDS,
  type EventKind,
  type EventRow,
  MAX_ENVELOPE_BYTES,
  MAX_ENVELOPE_ROWS,
  OUTCOME_COLUMNS,
  type OutcomeRow,
  READING_COLUMNS,
  type ReadingRow,
  type RowReject,
} from './envelope.ts';
import { isId } from './ids.ts';
import { isQuantity, isSignedCounter, mostOfState, type QuantityName, quantity } from './quantities.ts';
import { isReason } from './reasons.ts';

const header = Compile(EnvelopeHeader);

export type Decoded = { readonly ok: true; readonly envelope: Envelope } | { readonly ok: false; readonly why: string };

/** A batch as it stands in the message. */
export type WireBatch = EnvelopeHeader['batches'][number];
type Row = WireBatch['rows'][number];

/** JSON text of an envelope; the caller keeps to MAX_ENVELOPE_ROWS and MAX_ENVELOPE_BYTES. */
export function encodeEnvelope(envelope: Omit<Envelope, 'rejects'>): string {
  return encodeWire(envelope, envelope.batches.map(toWire));
}

/** The same from batches that are in wire form already. */
export function encodeWire(header: Omit<Envelope, 'rejects' | 'batches'>, batches: readonly WireBatch[]): string {
  const { epoch, seq, count, oldest, sentAt } = header;
  return JSON.stringify({ v: 1, epoch, seq, count, oldest, sentAt, batches });
}

export function toWire(batch: Batch): WireBatch {
  const { stream, task, job } = batch;
  const head = { stream, task, ...(job !== undefined && { job }) };
  if (stream === 'reading') {
    const rows = batch.rows.map((row) => [row.meter, row.slot, row.meterTime, row.readAt, ...row.values]);
    return { ...head, columns: [...READING_COLUMNS, ...batch.quantities], rows };
  }
  if (stream === 'outcome') {
    const rows = batch.rows.map((row) => OUTCOME_COLUMNS.map((column) => row[column]));
    return { ...head, columns: [...OUTCOME_COLUMNS], rows };
  }
  const rows = batch.rows.map((row) => EVENT_COLUMNS.map((column) => row[column]));
  return { ...head, columns: [...EVENT_COLUMNS], rows };
}

/**
 * Envelope in the bytes, or why there is none. A row that is wrong by itself does not spoil its neighbours: it is
 * returned among `rejects` and everything else is taken.
 */
export function decodeEnvelope(bytes: Uint8Array): Decoded {
  if (bytes.length > MAX_ENVELOPE_BYTES)
    return fail(`${bytes.length} bytes; at most ${MAX_ENVELOPE_BYTES} are allowed`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    return fail(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!header.Check(parsed)) {
    const [first] = header.Errors(parsed);
    return fail(`${first?.instancePath || '/'} ${first?.message ?? 'does not fit the schema'}`);
  }
  const total = parsed.batches.reduce((sum, batch) => sum + batch.rows.length, 0);
  if (total > MAX_ENVELOPE_ROWS) return fail(`${total} rows; at most ${MAX_ENVELOPE_ROWS} are allowed`);
  const rejects: RowReject[] = [];
  const batches: Batch[] = [];
  for (const batch of parsed.batches) {
    const decoded = decodeBatch(batch, rejects);
    if (typeof decoded === 'string') return fail(decoded);
    batches.push(decoded);
  }
  const { epoch, seq, count, oldest, sentAt } = parsed;
  return { ok: true, envelope: { epoch, seq, count, oldest, sentAt, batches, rejects } };
}

function fail(why: string): Decoded {
  return { ok: false, why };
}

function decodeBatch(batch: WireBatch, rejects: RowReject[]): Batch | string {
  const { stream, task, job, columns } = batch;
  const of = { task, ...(job !== undefined && { job }) };
  const lead = stream === 'reading' ? READING_COLUMNS : stream === 'outcome' ? OUTCOME_COLUMNS : EVENT_COLUMNS;
  if (lead.some((column, i) => columns[i] !== column)) {
    return `columns of stream ${stream} must begin with ${lead.join(', ')}`;
  }
  const extra = columns.slice(lead.length);
  if (stream !== 'reading') {
    if (extra.length > 0) return `stream ${stream} has no column ${extra[0]}`;
    return stream === 'outcome'
      ? { stream, ...of, rows: takeRows(batch, rejects, outcomeRow) }
      : { stream, ...of, rows: takeRows(batch, rejects, eventRow) };
  }
  const quantities: QuantityName[] = [];
  for (const name of extra) {
    if (!isQuantity(name)) return `no quantity is called ${name}`;
    if (quantities.includes(name)) return `column ${name} stands twice`;
    quantities.push(name);
  }
  const ranges = quantities.map(rangeOf);
  return { stream, ...of, quantities, rows: takeRows(batch, rejects, (row) => readingRow(row, quantities, ranges)) };
}

function takeRows<R>(batch: WireBatch, rejects: RowReject[], take: (row: Row) => R | string): R[] {
  const rows: R[] = [];
  for (const row of batch.rows) {
    const taken =
      row.length === batch.columns.length ? take(row) : `${row.length} cells; ${batch.columns.length} columns`;
    if (typeof taken === 'string') rejects.push({ stream: batch.stream, task: batch.task, row, why: taken });
    else rows.push(taken);
  }
  return rows;
}

/** Year 2000 to 2100: outside it an instant is a mistake. */
const EARLIEST = 946_684_800_000;
const LATEST = 4_102_444_800_000;

function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= EARLIEST && value <= LATEST;
}

function isInstantOrNull(value: unknown): value is number | null {
  return value === null || isInstant(value);
}

function readingRow(row: Row, quantities: readonly QuantityName[], ranges: readonly Range[]): ReadingRow | string {
  const [meter, slot, meterTime, readAt] = row;
  if (!isId(meter)) return 'meter is no id';
  if (!isInstant(slot)) return 'slot is no instant';
  if (!isInstantOrNull(meterTime)) return 'meterTime is no instant';
  if (!isInstant(readAt)) return 'readAt is no instant';
  const values = row.slice(READING_COLUMNS.length) as (number | null)[];
  for (let i = 0; i < ranges.length; i++) {
    const range = ranges[i];
    const name = quantities[i];
    if (range && name && !isWithin(range, values[i])) return wrongValue(name, values[i]);
  }
  return { meter, slot, meterTime, readAt, values };
}

/** What the values of a quantity may be, worked out once a batch: every value is held against it. */
interface Range {
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
}

/** Beyond it no counter and no gauge of a meter reaches. */
const MOST = 1e12;

function rangeOf(name: QuantityName): Range {
  const { kind } = quantity(name);
  if (kind === 'state') return { least: 0, most: mostOfState(name), whole: true };
  if (kind === 'time') return { least: EARLIEST, most: LATEST, whole: true };
  return { least: kind === 'counter' && !isSignedCounter(name) ? 0 : -MOST, most: MOST, whole: kind === 'counter' };
}

function isWithin({ least, most, whole }: Range, value: unknown): boolean {
  if (value === null) return true;
  return typeof value === 'number' && value >= least && value <= most && (!whole || Number.isInteger(value));
}

/** What is wrong with a value that is not within the range of its quantity. */
function wrongValue(name: QuantityName, value: unknown): string {
  if (typeof value !== 'number' || !Number.isFinite(value)) return `${name} is no number`;
  const { kind } = quantity(name);
  if (kind === 'counter' && !Number.isSafeInteger(value)) return `${name} is no whole number`;
  if (kind === 'counter' && value < 0 && !isSignedCounter(name)) return `${name} is below 0`;
  if (kind === 'state') return mostOfState(name) === 1 ? `${name} is neither 0 nor 1` : `${name} is no word of 16 bits`;
  return kind === 'time' ? `${name} is no instant` : `${name} is out of range`;
}

function outcomeRow(row: Row): OutcomeRow | string {
  const [meter, slot, at, reason, detail, attempts, lastBytes, final] = row;
  if (!isId(meter)) return 'meter is no id';
  if (!isInstant(slot) || !isInstant(at)) return 'slot or at is no instant';
  if (!isReason(reason)) return `no reason is called ${String(reason)}`;
  if (typeof detail !== 'string' || detail.length > 200) return 'detail is no text of at most 200 characters';
  if (typeof attempts !== 'number' || !Number.isSafeInteger(attempts) || attempts < 0) return 'attempts is no count';
  if (typeof lastBytes !== 'string' || !/^[0-9A-F]{0,128}$/.test(lastBytes)) return 'lastBytes is no hexadecimal text';
  if (typeof final !== 'boolean') return 'final is neither true nor false';
  return { meter, slot, at, reason, detail, attempts, lastBytes, final };
}

function eventRow(row: Row): EventRow | string {
  const [meter, kind, start, end, readAt] = row;
  if (!isId(meter)) return 'meter is no id';
  if (!isEventKind(kind)) return `no event is called ${String(kind)}`;
  if (!isInstant(start) || !isInstantOrNull(end) || !isInstant(readAt)) return 'start, end or readAt is no instant';
  if (end !== null && end < start) return 'end is before start';
  return { meter, kind, start, end, readAt };
}

function isEventKind(value: unknown): value is EventKind {
  return typeof value === 'string' && (EVENT_KINDS as readonly string[]).includes(value);
}
