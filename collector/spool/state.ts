import { randomBytes } from 'node:crypto';
import { DROP_KINDS, type DropKind } from '#contract/status.ts';
import type { Clock } from '#platform/clock.ts';
import type { Statement } from '#platform/sqlite/protocol.ts';
import { sealed, unsealed } from './checksum.ts';
import type { Range } from './ranges.ts';

/**
 * What the spool knows of its file beside the records. It is one row that is written in the transaction of every change,
 * under a checksum: numbers that are wrong by one bit would make the centre take one result for another.
 */
export interface SpoolState {
  /** One life of the sequence numbers. */
  readonly epoch: string;
  /** Row numbers in the file go on for ever; the sequence number of a record is its row less this. */
  readonly base: number;
  /** Row of the newest record that was ever written. */
  readonly lastRow: number;
  /** `lastRow` when the file was first opened since it was last held against an ack; null when it was since then. */
  readonly startRow: number | null;
  /** Every record from this row on was written with a checksum. */
  readonly crcFrom: number;
  /** Rows that the centre has committed, or that stood there before the epoch. */
  readonly committed: readonly Range[];
  /** Records that are held and not committed. */
  readonly rows: number;
  /** Records that are held and committed. */
  readonly kept: number;
  /** Given up before the centre had them. */
  readonly dropped: Readonly<Record<DropKind, number>>;
  /** Given back changed by the disk, or not at all. */
  readonly damaged: number;
}

export const NONE_DROPPED: SpoolState['dropped'] = { curve: 0, outcome: 0, event: 0, freeze: 0 };

const KEY = 'state';

export function newEpoch(clock: Clock): string {
  return `${clock.now().toString(36)}-${randomBytes(6).toString('hex')}`;
}

export function freshState(clock: Clock): SpoolState {
  return {
    epoch: newEpoch(clock),
    base: 0,
    lastRow: 0,
    startRow: null,
    crcFrom: 1,
    committed: [],
    rows: 0,
    kept: 0,
    dropped: NONE_DROPPED,
    damaged: 0,
  };
}

export function metaStatement(key: string, value: string): Statement {
  return {
    sql: 'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    rows: [[key, value]],
  };
}

export function stateStatement(state: SpoolState): Statement {
  return metaStatement(KEY, sealed(JSON.stringify(state)));
}

/** The state among the meta rows of a file: null when there is none yet, `damaged` when it cannot be believed. */
export function stateOf(meta: ReadonlyMap<string, string>): SpoolState | null | 'damaged' {
  const stored = meta.get(KEY);
  if (stored === undefined) return null;
  const text = unsealed(stored);
  return text === null ? 'damaged' : (JSON.parse(text) as SpoolState);
}

/** The dropped results with `counts` added. */
export function addedDrops(
  dropped: SpoolState['dropped'],
  counts: Readonly<Partial<Record<DropKind, number>>>,
): SpoolState['dropped'] {
  const sum = { ...dropped };
  for (const kind of DROP_KINDS) sum[kind] += counts[kind] ?? 0;
  return sum;
}
