import type { EventKind } from '#contract/envelope.ts';
import type { RecordTimes } from './event-record.ts';

/** One kind of event in the memory of a meter. */
export interface EventSeries {
  readonly kind: EventKind;
  /** DI3 DI2 DI1 of the records; DI0 = 01 is the last one. */
  readonly series: string;
  /** Place of its count of 3 bytes behind the source's count identifier. */
  readonly countAt: number;
}

/** Events whose counts stand behind one identifier. */
export interface EventSource {
  readonly countDi: string;
  readonly series: readonly EventSeries[];
  readonly times: RecordTimes;
}

const SPAN: RecordTimes = { startAt: 0, endAt: 6 };
const MOMENT: RecordTimes = { startAt: 0, endAt: null };
/** Start, current, end. */
const ALL_PHASES: RecordTimes = { startAt: 0, endAt: 9 };
/** Operator, time before, time after: the clock is right only after it was set. */
const TIME_SET: RecordTimes = { startAt: 10, endAt: null };

function own(kind: EventKind, series: string, times: RecordTimes): EventSource {
  return { countDi: `${series}00`, series: [{ kind, series, countAt: 0 }], times };
}

/** A count and a time of 3 bytes each for every phase. */
function byPhase(di2: string, kinds: readonly [EventKind, EventKind, EventKind]): EventSource {
  return {
    countDi: `03${di2}0000`,
    series: kinds.map((kind, i) => ({ kind, series: `03${di2}0${i + 1}`, countAt: 6 * i })),
    times: SPAN,
  };
}

/** What a meter can be asked for (DL/T 645-2007 table A.4; the magnetic field is a later extension). */
export const EVENT_SOURCES = {
  power_down: own('power_down', '031100', SPAN),
  cover_open: own('cover_open', '03300D', SPAN),
  terminal_cover_open: own('terminal_cover_open', '03300E', SPAN),
  magnetic_field: own('magnetic_field', '033500', SPAN),
  voltage_loss: byPhase('01', ['voltage_loss_a', 'voltage_loss_b', 'voltage_loss_c']),
  undervoltage: byPhase('02', ['undervoltage_a', 'undervoltage_b', 'undervoltage_c']),
  overvoltage: byPhase('03', ['overvoltage_a', 'overvoltage_b', 'overvoltage_c']),
  phase_loss: byPhase('04', ['phase_loss_a', 'phase_loss_b', 'phase_loss_c']),
  all_phase_loss: own('all_phase_loss', '030500', ALL_PHASES),
  current_loss: byPhase('0B', ['current_loss_a', 'current_loss_b', 'current_loss_c']),
  over_current: byPhase('0C', ['over_current_a', 'over_current_b', 'over_current_c']),
  programming: own('programming', '033000', MOMENT),
  meter_clear: own('meter_clear', '033001', MOMENT),
  demand_clear: own('demand_clear', '033002', MOMENT),
  event_clear: own('event_clear', '033003', MOMENT),
  time_set: own('time_set', '033004', TIME_SET),
} as const satisfies Readonly<Record<string, EventSource>>;

/** Name of a source, as a profile lists those that its model is asked for. */
export type EventSourceName = keyof typeof EVENT_SOURCES;
