import { type Static, Type } from 'typebox';
import { Id } from './ids.ts';
import { QUANTITY_NAMES } from './quantities.ts';
import { TaskSelection } from './task-selection.ts';

/** What a task collects. `freeze-*`: registers frozen by the meter; `profile`: load profile points; `instant`: present
 * values and states; `event`: event records from the meter's memory. */
export const TASK_KINDS = ['freeze-day', 'freeze-month', 'profile', 'instant', 'event'] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

/** Most urgent first. A line always takes the most urgent read that is due. */
export const PRIORITIES = ['on-demand', 'billing', 'events', 'profile', 'backfill'] as const;
export type Priority = (typeof PRIORITIES)[number];

export const KIND_PRIORITY: Readonly<Record<TaskKind, Priority>> = {
  'freeze-day': 'billing',
  'freeze-month': 'billing',
  event: 'events',
  instant: 'events',
  profile: 'profile',
};

/** hh:mm of the local day. */
export const TimeOfDay = Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' });

/**
 * When the slots of a task lie, in the site's time zone: every day at 00:00, on the first of each month at 00:00,
 * every `everyS` seconds counted from local midnight (which it must divide into equal parts), or at the moments of a
 * cron pattern of five fields: minute, hour, day of month, month, day of week.
 */
export const Calendar = Type.Union([
  Type.Object({ every: Type.Literal('day') }, { additionalProperties: false }),
  Type.Object({ every: Type.Literal('month') }, { additionalProperties: false }),
  Type.Object({ everyS: Type.Integer({ minimum: 1, maximum: 86_400 }) }, { additionalProperties: false }),
  Type.Object({ cron: Type.String({ minLength: 9, maxLength: 100 }) }, { additionalProperties: false }),
]);
export type Calendar = Static<typeof Calendar>;

/** One collection task, as the centre plans it and the collector runs it. Durations in seconds. */
export const Task = Type.Object(
  {
    id: Id,
    kind: Type.Enum([...TASK_KINDS]),
    calendar: Calendar,
    /** Wanted quantities; a meter without one of them leaves it out. Empty for `event`. */
    items: Type.Array(Type.Enum([...QUANTITY_NAMES])),
    /**
     * Wait after the slot before the first read: the meter needs a moment to write its record.
     * A meter without memory of the slot is read at once.
     */
    delayS: Type.Integer({ minimum: 0, maximum: 86_400 }),
    /** Local days before the start of collection that are fetched from the meter's memory; 0 = only the first day. */
    backfillDays: Type.Integer({ minimum: 0, maximum: 62 }),
    /** Local days after the slot's own day for which a missing slot is still fetched from the meter's memory. */
    repairDays: Type.Integer({ minimum: 0, maximum: 62 }),
    /** A value taken by the collector's clock (meter without memory) counts for a slot no later than this after it. */
    toleranceS: Type.Integer({ minimum: 1, maximum: 86_400 }),
    /** Local times of day of the retry passes; after the last one, hourly. */
    retryAt: Type.Array(TimeOfDay),
    /** Local time of day at which the first pass ends: answers up to it count as 一次采集. */
    firstPassUntil: TimeOfDay,
    /** Due only for meters that serve such an account at the slot; for all meters when left out. */
    for: Type.Optional(TaskSelection),
  },
  { additionalProperties: false },
);
export type Task = Static<typeof Task>;

/** What a site gets when it names no tasks of its own. The times follow concentrator practice: day freezes from 00:05, re-read at 00:30, 01:00, 02:00 and 06:00. */
export const DEFAULT_TASKS: readonly Task[] = [
  {
    id: 'freeze-day',
    kind: 'freeze-day',
    calendar: { every: 'day' },
    items: [
      'energy_import_wh',
      'energy_import_t1_wh',
      'energy_import_t2_wh',
      'energy_import_t3_wh',
      'energy_import_t4_wh',
      'energy_export_wh',
    ],
    delayS: 300,
    backfillDays: 3,
    repairDays: 3,
    toleranceS: 300,
    retryAt: ['00:30', '01:00', '02:00', '06:00'],
    firstPassUntil: '02:00',
  },
  {
    id: 'profile',
    kind: 'profile',
    calendar: { everyS: 900 },
    items: [
      'energy_import_wh',
      'energy_export_wh',
      'voltage_a_v',
      'voltage_b_v',
      'voltage_c_v',
      'current_a_a',
      'current_b_a',
      'current_c_a',
      'power_active_total_w',
    ],
    delayS: 20,
    backfillDays: 0,
    repairDays: 2,
    toleranceS: 120,
    retryAt: [],
    firstPassUntil: '23:59',
  },
  {
    id: 'instant',
    kind: 'instant',
    calendar: { everyS: 300 },
    items: [
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
    ],
    delayS: 0,
    backfillDays: 0,
    repairDays: 0,
    toleranceS: 300,
    retryAt: [],
    firstPassUntil: '23:59',
  },
  {
    id: 'event',
    kind: 'event',
    calendar: { everyS: 900 },
    items: [],
    delayS: 0,
    backfillDays: 0,
    repairDays: 0,
    toleranceS: 900,
    retryAt: [],
    firstPassUntil: '23:59',
  },
];
