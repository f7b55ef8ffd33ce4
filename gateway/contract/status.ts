import { type Static, Type } from 'typebox';
import { Id } from './ids.ts';
import { REASONS } from './reasons.ts';

const Count = Type.Integer({ minimum: 0 });
const InstantOrNull = Type.Union([Type.Integer(), Type.Null()]);

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
});
export type LineStatus = Static<typeof LineStatus>;

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
  spool: Type.Object({ rows: Count, bytes: Count, oldestAt: InstantOrNull, lastSeq: Count }),
  /** Since the process started: due = answered + failed + open. */
  ledger: Type.Object({ due: Count, answered: Count, failed: Count, open: Count }),
  lines: Type.Array(LineStatus),
});
export type CollectorStatus = Static<typeof CollectorStatus>;
