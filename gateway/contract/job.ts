import { type Static, Type } from 'typebox';
import { Id } from './ids.ts';
import { QUANTITY_NAMES, type QuantityName } from './quantities.ts';
import { TASK_KINDS } from './tasks.ts';

/** Task under which the results of jobs travel. No task of a plan may be called so: their slots are nobody's due. */
export const ON_DEMAND = 'on-demand';

export const MAX_JOB_METERS = 500;
export const MIN_JOB_TIMEOUT_S = 5;
export const MAX_JOB_TIMEOUT_S = 600;

/**
 * Reads on demand (召测) for one collector, on `down/job`; not retained. One kind of read and one slot for all meters of
 * the job, so that a result is named by job and meter. Each read ends with exactly one row in a batch that bears the
 * job's id: a reading, or an outcome that is final. A message with a known id is a repetition and changes nothing.
 */
export const Job = Type.Object(
  {
    v: Type.Literal(1),
    id: Id,
    /** When it was asked for, UTC ms; the slot of the results when `slot` is null. */
    at: Type.Integer(),
    /** When nobody waits any more, UTC ms by the clock of the centre: tells a job that was long on its way. */
    deadlineAt: Type.Integer(),
    /** Time for the reads, counted from the arrival by the collector: clocks of two machines may differ. */
    timeoutS: Type.Integer({ minimum: 1, maximum: MAX_JOB_TIMEOUT_S }),
    kind: Type.Enum([...TASK_KINDS]),
    /** Wanted quantities; a meter without one of them leaves it out. Empty for `event`. */
    items: Type.Array(Type.Enum([...QUANTITY_NAMES]), { maxItems: QUANTITY_NAMES.length }),
    /** Which freeze or which point of the curve, UTC ms; null = the moment of the request, for present values. */
    slot: Type.Union([Type.Integer(), Type.Null()]),
    meters: Type.Array(Id, { minItems: 1, maxItems: MAX_JOB_METERS }),
    /** Task of the plan whose slot is read again (补抄): the results bear its name and count as its readings. */
    task: Type.Optional(Id),
  },
  { additionalProperties: false },
);
export type Job = Static<typeof Job>;

/** Present values that are read when nothing is named: register, mains, load, and whether the meter is all right. */
export const AT_ONE_LOOK = [
  'energy_import_wh',
  'energy_export_wh',
  'voltage_a_v',
  'voltage_b_v',
  'voltage_c_v',
  'current_a_a',
  'current_b_a',
  'current_c_a',
  'power_active_total_w',
  'relay_open',
  'on_battery',
  'clock_offset_s',
] as const satisfies readonly QuantityName[];
