import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { type Envelope, EnvelopeHeader, MAX_ENVELOPE_BYTES } from '#contract/envelope.ts';
import { decodeEnvelope } from '#contract/envelope-codec.ts';

/** One message as it came: the topic says who sent it, the payload does not. */
export interface Arrival {
  readonly district: string;
  readonly collector: string;
  /** Null when the bytes do not even say which records they account for, so that none can be acked. */
  readonly envelope: Envelope | null;
  /** What it takes of the inbox, in rows. */
  readonly rows: number;
  /** Why the bytes are no envelope, and the bytes as text where they are text, else in hexadecimal. */
  readonly refused: { readonly why: string; readonly content: string } | null;
  /** The message as it came. */
  readonly bytes: Uint8Array;
}

/** Characters kept of a message that is not acked: its sender still has all of it. */
const MAX_KEPT = 4096;
/** A message takes no less of the inbox than the rows that would fill it. */
const ROW_BYTES = 256;

const numbers = Compile(Type.Pick(EnvelopeHeader, ['v', 'epoch', 'seq', 'count', 'oldest', 'sentAt']));

/**
 * A message made ready for the inbox. One that is no envelope, but says which records it accounts for, becomes an
 * envelope without rows and is kept whole: it will be acked, and its sender then has nothing of it.
 */
export function arrivalOf(district: string, collector: string, bytes: Uint8Array): Arrival {
  const decoded = decodeEnvelope(bytes);
  const filling = 1 + Math.ceil(bytes.length / ROW_BYTES);
  if (decoded.ok && isCountable(decoded.envelope)) {
    const { envelope } = decoded;
    const rows = envelope.batches.reduce((sum, batch) => sum + batch.rows.length, 1 + envelope.rejects.length);
    return { district, collector, envelope, rows: Math.max(rows, filling), refused: null, bytes };
  }
  const why = decoded.ok ? 'the records end beyond the largest number' : decoded.why;
  const envelope = emptied(bytes);
  const content = envelope ? textOf(bytes) : textOf(bytes).slice(0, MAX_KEPT);
  return { district, collector, envelope, rows: filling, refused: { why, content }, bytes };
}

/** Beyond it the marks could be written, but no longer read. */
function isCountable({ seq, count }: Pick<Envelope, 'seq' | 'count'>): boolean {
  return Number.isSafeInteger(seq + count);
}

/** The records that a refused message accounts for, without its rows, or null. */
function emptied(bytes: Uint8Array): Envelope | null {
  if (bytes.length > 2 * MAX_ENVELOPE_BYTES) return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
  if (!numbers.Check(parsed) || !isCountable(parsed)) return null;
  const { epoch, seq, count, oldest, sentAt } = parsed;
  return { epoch, seq, count, oldest, sentAt, batches: [], rejects: [] };
}

/** The bytes as text where they are text, else in hexadecimal. */
export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('hex');
  }
}
