import type { Reason } from '#contract/reasons.ts';
import type { Meter } from '#contract/registry.ts';
import type { Place } from '../registry-index.ts';
import type { FailingMeter } from './failures.ts';

export const CAUSE_KINDS = ['collector', 'concentrator', 'line', 'outage', 'meter'] as const;
export type CauseKind = (typeof CAUSE_KINDS)[number];

export const CONFIDENCES = ['high', 'medium', 'low'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** One thing to repair, and the meters that are missing because of it. */
export interface FailureCause<M extends FailingMeter = FailingMeter> {
  readonly kind: CauseKind;
  readonly id: string;
  readonly confidence: Confidence;
  readonly members: readonly M[];
  /** Meters behind it that are owed a value, the good ones included; for a meter 1. */
  readonly expected: number;
  /** Own reasons of its meters, most frequent first. */
  readonly reasons: readonly { readonly reason: Reason; readonly count: number }[];
  /** Longest and shortest run of days among its meters. */
  readonly consecutiveDays: number;
  readonly consecutiveDaysMin: number;
  /** Date on which the longest run began. */
  readonly since: string;
  /** Newest date on which one of its meters gave a good value, as far back as was looked; null without one. */
  readonly lastGood: string | null;
}

export const SHOWN_STATES = ['open', 'retrying', 'dispatched', 'excluded', 'solved'] as const;
/** State of a cause as people see it: their own last word, and what is seen from the data. */
export type ShownState = (typeof SHOWN_STATES)[number];

/** Name of a case: the thing to repair for a task, whatever the day. Ids hold no blanks. */
export function caseIdOf(task: string, { kind, id }: Pick<FailureCause, 'kind' | 'id'>): string {
  return `${task} ${kind} ${id}`;
}

/** The parts of a case's name; null for a text that is none. */
export function caseOf(name: string): { readonly task: string; readonly kind: CauseKind; readonly id: string } | null {
  const [task = '', kind, id = '', ...rest] = name.split(' ');
  const known = CAUSE_KINDS.find((each) => each === kind);
  return known && task !== '' && id !== '' && rest.length === 0 ? { task, kind: known, id } : null;
}

/** What may be the cause of many. */
export type SharedKind = Exclude<CauseKind, 'meter'>;

/** Where a meter belongs, the id of the outage in which its read failed, if any, and how many meters are owed. */
export interface CauseSources {
  readonly placeOf: (meter: Meter) => Pick<Place, 'collector' | 'concentrator' | 'line'>;
  readonly outageOf: (meter: Meter) => string | null;
  readonly dueBehind: (kind: SharedKind, id: string) => number;
}

/** Reasons of meters of which nothing, or nothing whole, was heard: a dead line looks like this from each of them. */
const SILENT: ReadonlySet<Reason> = new Set([
  'no_answer',
  'skipped_breaker',
  'deadline_missed',
  'crc_error',
  'malformed',
  'line_down',
  'concentrator_offline',
]);
/** Reasons that the meter's own answer proves. */
const PROVED: ReadonlySet<Reason> = new Set([
  'device_error',
  'not_supported',
  'stale_freeze',
  'meter_clock_wrong',
  'implausible',
]);
/** Something was heard, but it may be the line's fault. */
const HEARD: ReadonlySet<Reason> = new Set(['crc_error', 'malformed', 'wrong_address']);

/** So many meters, and this share of those owed (in tenths), must be silent before what they share is blamed. */
const MIN_SILENT = 3;
const MIN_TENTHS = 9;

interface Blame {
  readonly kind: CauseKind;
  readonly id: string;
}

/**
 * Failing meters by what has to be repaired; each meter stands under exactly one cause. What was reported goes first
 * and is `high`: the collector that is offline, the concentrator that is, the line that is down, the outage that keeps
 * a meter from answering. Of the silent meters that are left, nine in ten of those owed behind one concentrator (or,
 * failing that, one line), and at least three, are taken for its failure, whatever each of them gave as its reason:
 * `medium`, unless some of them reported it. What remains is the meter itself: `high` when its own answer proves it,
 * `medium` when something was heard, `low` when it is only silent. Most meters first, then by id and kind. The order
 * of `failing` changes nothing but that of the members.
 */
export function causesOf<M extends FailingMeter>(failing: readonly M[], sources: CauseSources): FailureCause<M>[] {
  const explicit = failing.map((row) => reported(row, sources));
  const blames = explicit.map((blame, i) => blame ?? { kind: 'meter' as const, id: failing[i]?.meter.id ?? '' });
  for (const kind of ['concentrator', 'line'] as const) infer(kind, failing, explicit, blames, sources);
  const groups = new Map<string, { blame: Blame; members: M[]; isReported: boolean }>();
  for (const [i, row] of failing.entries()) {
    const blame = blames[i];
    if (!blame) continue;
    const key = `${blame.kind} ${blame.id}`;
    const group = groups.get(key) ?? { blame, members: [], isReported: false };
    group.members.push(row);
    group.isReported ||= explicit[i] !== null;
    groups.set(key, group);
  }
  return [...groups.values()]
    .map(({ blame, members, isReported }) => causeOf(blame, members, isReported, sources))
    .sort((a, b) => b.members.length - a.members.length || compare(a.id, b.id) || compare(a.kind, b.kind));
}

/** What the reason itself, or an outage on record, says of the cause; null when it says nothing. */
function reported({ reason, meter }: FailingMeter, { placeOf, outageOf }: CauseSources): Blame | null {
  if (!SILENT.has(reason) && reason !== 'collector_offline') return null;
  const { collector, concentrator, line } = placeOf(meter);
  if (reason === 'collector_offline') return collector === null ? null : { kind: 'collector', id: collector };
  if (reason === 'line_down') return { kind: 'line', id: line };
  if (reason === 'concentrator_offline') {
    return concentrator === null ? { kind: 'line', id: line } : { kind: 'concentrator', id: concentrator };
  }
  const outage = outageOf(meter);
  return outage === null ? null : { kind: 'outage', id: outage };
}

interface Silence {
  /** Silent meters: those that reported it as well, and those that nothing explains yet. */
  count: number;
  /** Places of the latter among the failing. */
  readonly left: number[];
}

/** Blames concentrators, or lines, behind which almost everything is silent. Changes `blames`. */
function infer(
  kind: 'concentrator' | 'line',
  failing: readonly FailingMeter[],
  explicit: readonly (Blame | null)[],
  blames: Blame[],
  { placeOf, dueBehind }: CauseSources,
): void {
  const idOf = (meter: Meter, blame: Blame | undefined, isLeft: boolean): string | null => {
    if (isLeft) return placeOf(meter)[kind];
    return blame?.kind === kind ? blame.id : null;
  };
  const behind = new Map<string, Silence>();
  for (const [i, { meter, reason }] of failing.entries()) {
    if (!SILENT.has(reason)) continue;
    const isLeft = explicit[i] === null && blames[i]?.kind === 'meter';
    const id = idOf(meter, blames[i], isLeft);
    if (id === null) continue;
    const silence = behind.get(id) ?? { count: 0, left: [] };
    behind.set(id, silence);
    silence.count++;
    if (isLeft) silence.left.push(i);
  }
  for (const [id, { count, left }] of behind) {
    if (count < MIN_SILENT || count * 10 < dueBehind(kind, id) * MIN_TENTHS) continue;
    for (const i of left) blames[i] = { kind, id };
  }
}

function causeOf<M extends FailingMeter>(
  { kind, id }: Blame,
  members: readonly M[],
  isReported: boolean,
  { dueBehind }: CauseSources,
): FailureCause<M> {
  const counts = new Map<Reason, number>();
  let longest = members[0];
  let consecutiveDaysMin = Number.POSITIVE_INFINITY;
  let lastGood: string | null = null;
  for (const row of members) {
    counts.set(row.reason, (counts.get(row.reason) ?? 0) + 1);
    if (longest === undefined || row.consecutiveDays > longest.consecutiveDays) longest = row;
    consecutiveDaysMin = Math.min(consecutiveDaysMin, row.consecutiveDays);
    if (row.lastGood !== null && (lastGood === null || row.lastGood > lastGood)) lastGood = row.lastGood;
  }
  const reasons = [...counts]
    .map(([reason, count]) => ({ reason, count }))
    .sort((a, b) => b.count - a.count || compare(a.reason, b.reason));
  return {
    kind,
    id,
    confidence: kind === 'meter' ? confidenceOf(reasons[0]?.reason) : isReported ? 'high' : 'medium',
    members,
    expected: Math.max(members.length, kind === 'meter' ? 1 : dueBehind(kind, id)),
    reasons,
    consecutiveDays: longest?.consecutiveDays ?? 0,
    consecutiveDaysMin,
    since: longest?.since ?? '',
    lastGood,
  };
}

function confidenceOf(reason: Reason | undefined): Confidence {
  if (reason === undefined) return 'low';
  if (PROVED.has(reason)) return 'high';
  return HEARD.has(reason) ? 'medium' : 'low';
}

/** Whose likely cause and first checks fit: those of the thing to repair, for a meter those of its own reason. */
export function adviceOf({ kind, reasons }: Pick<FailureCause, 'kind' | 'reasons'>): Reason {
  if (kind === 'collector') return 'collector_offline';
  if (kind === 'concentrator') return 'concentrator_offline';
  if (kind === 'line') return 'line_down';
  return kind === 'outage' ? 'excluded_outage' : (reasons[0]?.reason ?? 'no_answer');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
