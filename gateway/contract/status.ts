import { type Static, Type } from 'typebox';
import { Id } from './ids.ts';
import { REASONS } from './reasons.ts';

const Count = Type.Integer({ minimum: 0 });
const InstantOrNull = Type.Union([Type.Integer(), Type.Null()]);

/** From the end of a request to the first byte of its reply, ms. */
export const ReplyTimes = Type.Object({ p50: Type.Number(), p90: Type.Number(), p99: Type.Number() });
export type ReplyTimes = Static<typeof ReplyTimes>;

/** Health of one address on a line. */
export const AddressStatus = Type.Object({
  meter: Id,
  address: Type.String({ maxLength: 12 }),
  /** Why the last read failed, or null after one that went well. */
  reason: Type.Union([Type.Enum([...REASONS]), Type.Null()]),
  /** Silent too often: asked only now and then whether it is back. */
  leftAlone: Type.Boolean(),
  lastGoodAt: InstantOrNull,
  requests: Count,
  replies: Count,
  timeouts: Count,
  damaged: Count,
  replyMs: Type.Union([ReplyTimes, Type.Null()]),
  /** What the meter is not asked for because it has refused it, such as `0201FF00: error 02`. */
  missing: Type.Array(Type.String({ maxLength: 120 }), { maxItems: 20 }),
});
export type AddressStatus = Static<typeof AddressStatus>;

/** Health of one line. `state`: `up` = the link is open, `down` = it cannot be opened, `idle` = not tried yet. */
export const LineStatus = Type.Object({
  id: Id,
  state: Type.Enum(['idle', 'up', 'down']),
  /** Why the line is down, or null. */
  reason: Type.Union([Type.Enum([...REASONS]), Type.Null()]),
  detail: Type.String({ maxLength: 300 }),
  lastGoodAt: InstantOrNull,
  requests: Count,
  replies: Count,
  timeouts: Count,
  damaged: Count,
  /** Replies that belonged to no open request: late, doubled or foreign. */
  strays: Count,
  /** Addresses whose breaker is open. */
  breakersOpen: Count,
  /** Due reads waiting on this line. */
  waiting: Count,
  replyMs: Type.Optional(Type.Union([ReplyTimes, Type.Null()])),
  /** Part of its time that the line spent in exchanges, per cent of the last five minutes. */
  usePercent: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
  /** When the next read is due, UTC ms; null when nothing is known to come. */
  nextDueAt: Type.Optional(InstantOrNull),
  /** Addresses on the line that were read since the process started, and how many of them failed last time. */
  addressesRead: Type.Optional(Count),
  addressesFailing: Type.Optional(Count),
  /** The worst of them. */
  addresses: Type.Optional(Type.Array(AddressStatus, { maxItems: 20 })),
});
export type LineStatus = Static<typeof LineStatus>;

/**
 * Kinds of results in the order in which a full spool gives them up: curves and present values, why reads failed, events
 * of meters, and last the registers that are billed.
 */
export const DROP_KINDS = ['curve', 'outcome', 'event', 'freeze'] as const;
export type DropKind = (typeof DROP_KINDS)[number];

/** Results that a spool gave up before the centre had them, since the file was made. */
export const SpoolDropped = Type.Object({ curve: Count, outcome: Count, event: Count, freeze: Count, total: Count });
export type SpoolDropped = Static<typeof SpoolDropped>;

/** What waits for the centre. Of a collector that does not tell the optional figures nothing is known of them. */
export const SpoolStatus = Type.Object({
  /** Results that the centre has not committed. */
  rows: Count,
  /** In use of the file. */
  bytes: Count,
  /** When the oldest of the rows was written. */
  oldestAt: InstantOrNull,
  lastSeq: Count,
  /** Results that the centre has committed, held for a centre that is restored from a backup. */
  kept: Type.Optional(Count),
  /** Most that the file may have in use. */
  maxBytes: Type.Optional(Count),
  dropped: Type.Optional(SpoolDropped),
  /** Results that the disk gave back changed, or not at all; they are not sent. */
  damaged: Type.Optional(Count),
});
export type SpoolStatus = Static<typeof SpoolStatus>;

/**
 * What a collector says of itself on `up/status`: retained, and its last will is the same message with
 * `online: false`. `instance` and `startedAt` tell two processes with one id apart.
 */
export const CollectorStatus = Type.Object({
  v: Type.Literal(1),
  online: Type.Boolean(),
  instance: Id,
  startedAt: Type.Integer(),
  host: Type.String({ maxLength: 255 }),
  at: Type.Integer(),
  epoch: Id,
  version: Type.String({ maxLength: 64 }),
  planVersion: Type.Union([Type.String(), Type.Null()]),
  /** The newest plan when it was refused, with every reason; the one named above stays at work. */
  planRefused: Type.Optional(
    Type.Union([Type.Object({ version: Type.String(), why: Type.String({ maxLength: 2000 }) }), Type.Null()]),
  ),
  spool: SpoolStatus,
  /** The request on `down/replay` that was taken last: when, and how many results are sent again for it. */
  replay: Type.Optional(Type.Union([Type.Object({ id: Id, at: Type.Integer(), rows: Count }), Type.Null()])),
  /** Since the process started: due = answered + failed + open. */
  ledger: Type.Object({ due: Count, answered: Count, failed: Count, open: Count }),
  lines: Type.Array(LineStatus),
});
export type CollectorStatus = Static<typeof CollectorStatus>;
