import { Type } from 'typebox';
import { LINE_PROTOCOLS } from '#contract/plan.ts';
import { FIELD_STATES } from '../queries/field.ts';
import { ReasonShape } from './collection.ts';
import { Instant, nullable, strict } from './common.ts';

const Count = Type.Integer({ minimum: 0 });
const MeterCount = Type.Integer({
  minimum: 0,
  description: 'On record, as GET /meters?line= lists them: one that was taken out counts too',
});
const StampShape = { asOf: Instant, timeZone: Type.String(), simulated: Type.Boolean() };

const FieldState = Type.Enum([...FIELD_STATES], {
  description:
    'up: the link is open; whether meters answer is told by lastGoodAt and addressesFailing. down: it cannot be ' +
    'opened. idle: not tried yet. unknown: the collector is offline, or does not tell of it',
});

/**
 * What a collector said last; all null when it was never heard of. When the broker speaks for one that was lost, what
 * it had written down at its start is no news, and the figures are null.
 */
export const CollectorShape = strict({
  id: Type.String(),
  district: Type.String(),
  online: Type.Boolean(),
  reason: nullable(ReasonShape),
  lastHeardAt: nullable(Type.String({ format: 'date-time', description: 'By the clock of the centre' })),
  reportedAt: nullable(
    Type.String({
      format: 'date-time',
      description: 'The same report by the clock of the collector: far from lastHeardAt, its clock is wrong',
    }),
  ),
  startedAt: nullable(Instant),
  host: nullable(Type.String()),
  version: nullable(Type.String()),
  planVersion: nullable(Type.String({ description: 'Of the plan it works to; null before the first' })),
  planRefused: nullable(
    strict(
      { version: Type.String(), why: Type.String() },
      { description: 'The newest plan, when it was refused; planVersion stays at work' },
    ),
  ),
  spool: nullable(
    strict(
      {
        rows: Count,
        bytes: Count,
        oldestAt: nullable(Instant),
        keptRows: nullable(Type.Integer({ minimum: 0, description: 'Committed, held for a centre that is restored' })),
        maxBytes: nullable(Count),
        droppedRows: nullable(
          strict(
            { curve: Count, outcome: Count, event: Count, freeze: Count, total: Count },
            { description: 'Given up for want of room before the centre had them' },
          ),
        ),
        damagedRows: nullable(
          Type.Integer({ minimum: 0, description: 'Given back changed by the disk, and not sent' }),
        ),
      },
      { description: 'Results that the centre has not yet acknowledged' },
    ),
  ),
  ledger: nullable(
    strict(
      { due: Count, answered: Count, failed: Count, open: Count },
      { description: 'Reads since startedAt: due = answered + failed + open' },
    ),
  ),
  lines: strict({ total: Count, up: Count, down: Count, idle: Count, unknown: Count }),
  meters: MeterCount,
});

export const CollectorDetailShape = strict({ ...CollectorShape.properties, ...StampShape });

const ReplyTimesShape = nullable(
  strict(
    { p50: Type.Number(), p90: Type.Number(), p99: Type.Number() },
    { description: 'From the end of a request to the first byte of its reply, ms' },
  ),
);

/** Counts are since the process of the collector started, as told at `toldAt`; null when it told nothing. */
export const LineShape = strict({
  id: Type.String(),
  collector: Type.String(),
  protocol: Type.Enum([...LINE_PROTOCOLS]),
  link: Type.String({
    description: 'serial /dev/ttyUSB0 2400 8E1, tcp 10.0.0.5:8000, or dial-in 02001234 on port 9000',
  }),
  forward: nullable(Type.String({ description: 'The terminal and its port that the frames travel through' })),
  concentrator: nullable(Type.String()),
  meters: MeterCount,
  state: FieldState,
  reason: nullable(ReasonShape),
  detail: Type.String(),
  toldAt: nullable(Type.String({ format: 'date-time', description: 'When the report that tells of the line came in' })),
  lastGoodAt: nullable(Instant),
  requests: nullable(Count),
  replies: nullable(Count),
  timeouts: nullable(Count),
  damaged: nullable(Count),
  strays: nullable(Type.Integer({ minimum: 0, description: 'Replies that belonged to no open request' })),
  replyMs: ReplyTimesShape,
  usePercent: nullable(Type.Number({ description: 'Part of the last five minutes spent in exchanges' })),
  nextDueAt: nullable(Instant),
  waiting: nullable(Type.Integer({ minimum: 0, description: 'Due reads that wait' })),
  breakersOpen: nullable(Type.Integer({ minimum: 0, description: 'Addresses left alone because they kept failing' })),
  addressesRead: nullable(Count),
  addressesFailing: nullable(Type.Integer({ minimum: 0, description: 'Of them: the last read failed' })),
});

/** One address on a line, as its collector told. */
export const AddressShape = strict({
  meter: Type.String(),
  meterNo: nullable(Type.String({ description: 'null for a meter that is no longer on record' })),
  address: Type.String(),
  reason: nullable(ReasonShape),
  leftAlone: Type.Boolean({ description: 'Silent too often: asked only now and then whether it is back' }),
  lastGoodAt: nullable(Instant),
  requests: Count,
  replies: Count,
  timeouts: Count,
  damaged: Count,
  replyMs: ReplyTimesShape,
  missing: Type.Array(Type.String(), { description: 'Items it has refused and is no longer asked for' }),
});

export const LineDetailShape = strict({
  ...LineShape.properties,
  worstAddresses: Type.Array(AddressShape, { description: 'Those that fail first, then those with most trouble' }),
  ...StampShape,
});

export const ConcentratorShape = strict({
  id: Type.String(),
  state: FieldState,
  reason: nullable(ReasonShape),
  detail: Type.String(),
  lines: Type.Array(strict({ id: Type.String(), collector: Type.String(), state: FieldState })),
  meters: MeterCount,
  lastGoodAt: nullable(Instant),
  addressesRead: nullable(Count),
  addressesFailing: nullable(Count),
});
