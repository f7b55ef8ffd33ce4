import { type Static, Type } from 'typebox';
import { Id } from './ids.ts';
import type { QuantityName } from './quantities.ts';
import type { Reason } from './reasons.ts';

export const MAX_ENVELOPE_ROWS = 500;
export const MAX_ENVELOPE_BYTES = 128 * 1024;
export const MAX_ENVELOPE_BATCHES = 64;

/**
 * `reading`: a due read that was answered. `outcome`: a due read without a value, with its reason.
 * `event`: an event from the memory of a meter or terminal, with the event's own times.
 */
export const STREAMS = ['reading', 'outcome', 'event'] as const;
export type Stream = (typeof STREAMS)[number];

/** Leading columns of each stream. A `reading` batch goes on with the names of its quantities. */
export const READING_COLUMNS = ['meter', 'slot', 'meterTime', 'readAt'] as const;
export const OUTCOME_COLUMNS = ['meter', 'slot', 'at', 'reason', 'detail', 'attempts', 'lastBytes', 'final'] as const;
export const EVENT_COLUMNS = ['meter', 'kind', 'start', 'end', 'readAt'] as const;

/** Task under which events travel that nobody asked for: what terminals and meters tell by themselves. */
export const UNASKED = 'unasked';

/**
 * What a terminal (concentrator) says of its own supply: its last gasp, whose end is null, and afterwards both times. The
 * `meter` of such a row is the id of the concentrator as the line names it; no other kind may name one.
 */
export const TERMINAL_POWER_DOWN = 'terminal_power_down';

/**
 * Kinds of events that meters keep records of, and one of terminals. Only `power_down` says that the whole meter was
 * without supply. What happens to one phase carries its letter; what has no duration (programming, clearing, a clock
 * that was set) ends when it starts.
 */
export const EVENT_KINDS = [
  'power_down',
  'cover_open',
  'terminal_cover_open',
  'magnetic_field',
  'voltage_loss_a',
  'voltage_loss_b',
  'voltage_loss_c',
  'undervoltage_a',
  'undervoltage_b',
  'undervoltage_c',
  'overvoltage_a',
  'overvoltage_b',
  'overvoltage_c',
  'phase_loss_a',
  'phase_loss_b',
  'phase_loss_c',
  'all_phase_loss',
  'current_loss_a',
  'current_loss_b',
  'current_loss_c',
  'over_current_a',
  'over_current_b',
  'over_current_c',
  'programming',
  'meter_clear',
  'demand_clear',
  'event_clear',
  'time_set',
  TERMINAL_POWER_DOWN,
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** One answered due read. Instants in UTC ms; `meterTime` is the meter's own time stamp of the value, if it gave one. */
export interface ReadingRow {
  readonly meter: string;
  readonly slot: number;
  readonly meterTime: number | null;
  readonly readAt: number;
  /** Values in the order of the batch's quantities, in the quantity's unit; null = the meter has none. */
  readonly values: readonly (number | null)[];
}

export interface OutcomeRow {
  readonly meter: string;
  readonly slot: number;
  /** When the last attempt ended, UTC ms. */
  readonly at: number;
  readonly reason: Reason;
  /** Machine-readable addition, such as `exception 02 illegal data address` or `error 02`; empty if none. */
  readonly detail: string;
  readonly attempts: number;
  /** The last bytes received, in hexadecimal, at most 64 bytes; empty if none. */
  readonly lastBytes: string;
  /** True when the slot will not be tried again. */
  readonly final: boolean;
}

export interface EventRow {
  /** Id of the meter; of `terminal_power_down` that of the concentrator. */
  readonly meter: string;
  readonly kind: EventKind;
  readonly start: number;
  /** Null while the event lasts, or when no end was recorded. */
  readonly end: number | null;
  readonly readAt: number;
}

/** `job`: its rows are results of that job, asked for out of turn; they settle no slot of a task. */
export interface ReadingBatch {
  readonly stream: 'reading';
  readonly task: string;
  readonly job?: string;
  readonly quantities: readonly QuantityName[];
  readonly rows: readonly ReadingRow[];
}

export interface OutcomeBatch {
  readonly stream: 'outcome';
  readonly task: string;
  readonly job?: string;
  readonly rows: readonly OutcomeRow[];
}

export interface EventBatch {
  readonly stream: 'event';
  readonly task: string;
  readonly job?: string;
  readonly rows: readonly EventRow[];
}

export type Batch = ReadingBatch | OutcomeBatch | EventBatch;

/** Not nested, so that whatever walks or writes a row needs no depth. Which type it must have, its column says. */
const Cell = Type.Unsafe<unknown>(Type.Union([Type.Number(), Type.String(), Type.Boolean(), Type.Null()]));

/**
 * The message on `up/rows`: JSON, columnar. It accounts for the spool records `seq … seq + count − 1` of `epoch`:
 * after its commit none of them is needed again. There may be no row for any of them: they were given up, or the number
 * only asks for an ack. `oldest` is the lowest sequence number that the collector still
 * holds, so a centre that lost its marks knows where the stream begins.
 */
export const EnvelopeHeader = Type.Object({
  v: Type.Literal(1),
  epoch: Id,
  seq: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  count: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  oldest: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  sentAt: Type.Integer(),
  batches: Type.Array(
    Type.Object({
      stream: Type.Enum([...STREAMS]),
      task: Id,
      /** Id of the job that asked for the rows; absent for what the schedule asked for. */
      job: Type.Optional(Id),
      columns: Type.Array(Type.String(), { minItems: 1, maxItems: 128 }),
      rows: Type.Array(Type.Array(Cell), { maxItems: MAX_ENVELOPE_ROWS }),
    }),
    { maxItems: MAX_ENVELOPE_BATCHES },
  ),
});
export type EnvelopeHeader = Static<typeof EnvelopeHeader>;

/** A row that stands in an envelope but cannot be taken, with what is wrong with it. */
export interface RowReject {
  readonly stream: Stream;
  readonly task: string;
  readonly row: readonly unknown[];
  readonly why: string;
}

export interface Envelope {
  readonly epoch: string;
  readonly seq: number;
  readonly count: number;
  readonly oldest: number;
  readonly sentAt: number;
  readonly batches: readonly Batch[];
  readonly rejects: readonly RowReject[];
}
