import {
  OFF_FACTS,
  type OffFact,
  type OffPoint,
  type Recorded,
  type Run,
  type RunSettings,
  type TimelinePoints,
} from './run.ts';

/** A recorded interruption is as long as one that was told otherwise to within this. */
const SAME_LENGTH_MS = 10_000;

interface Segment {
  readonly start: number;
  readonly end: number | null;
  readonly by: OffFact;
  readonly seenAt: number;
}

/** The interruptions that the points tell, cleaned of what cannot be. */
export function runsOf(points: TimelinePoints, settings: RunSettings): Run[] {
  const { offs, ons } = points;
  const records = points.records.map((record) => inTime(record, points, settings));
  const segments: Segment[] = [];
  const believed = records.filter((record) => isBelieved(record, points, settings));
  for (const { start, end, seenAt } of believed) segments.push({ start, end, by: 'power_down', seenAt });
  for (const off of offs) {
    const { by, seenAt } = off;
    const at = gaspedAt(off, points, settings);
    // Its clock and that of the record differ: it tells of the same interruption.
    const inside = believed.some(({ start, end }) => at >= start && at <= end + settings.clockMs);
    if (!inside) segments.push({ start: at, end: null, by, seenAt });
  }
  segments.sort((a, b) => a.start - b.start || (a.end ?? 0) - (b.end ?? 0));
  const runs: Run[] = [];
  for (const segment of segments) join(runs, segment, ons);
  return runs
    .map((run) => (run.end === null ? ended(run, points) : run))
    .filter((run) => run.end === null || run.end - run.start >= settings.minDownMs);
}

/**
 * When a meter gasped. A gasp by a clock that is slow lies before readings that were made earlier in truth; it was heard
 * of after them, so supply went after the last of them. The meter's own word that supply is back is by the same clock.
 */
function gaspedAt({ at, by, seenAt }: OffPoint, { ons, silents }: TimelinePoints, { windowMs }: RunSettings): number {
  if (by !== 'power_down' || seenAt - at > windowMs) return at;
  const between = ons.filter((on) => on >= at && on < seenAt);
  if (between.some((on) => silents.includes(on - 1))) return at;
  const last = between.at(-1);
  return last === undefined ? at : last + 1;
}

/** Its end is exact when the meter told itself that it was back. */
function ended(run: Run, { ons, silents }: TimelinePoints): Run {
  const end = ons.find((at) => at >= run.until) ?? null;
  if (end === null || !silents.includes(end - 1)) return { ...run, end };
  return { ...run, end, exactEnd: true, until: Math.max(run.until, end - 1) };
}

/**
 * A record whose clock is wrong, moved to where it belongs: the meter's last gasp tells when its supply went, so one that
 * gasped long after the recorded beginning, or was dark already before it, has recorded something else than the time.
 */
function inTime(record: Recorded, { offs, ons }: TimelinePoints, { clockMs, shiftMs }: RunSettings): Recorded {
  const length = record.end - record.start;
  let gasp: number | null = null;
  for (const { at, by } of offs) {
    const apart = Math.abs(at - record.start);
    if (by !== 'power_down' || apart > Math.min(shiftMs, Math.abs((gasp ?? Number.POSITIVE_INFINITY) - record.start)))
      continue;
    const back = ons.find((on) => on > at && on < record.start) ?? null;
    const isIt = back === null || Math.abs(back - at - length) <= SAME_LENGTH_MS;
    if (isIt && !ons.some((on) => on > record.start && on < at)) gasp = at;
  }
  if (gasp === null || Math.abs(gasp - record.start) <= clockMs) return record;
  return { ...record, start: gasp, end: gasp + length };
}

function isBelieved({ start, end }: Recorded, { offs, ons, silents }: TimelinePoints, settings: RunSettings): boolean {
  const { clockMs, maxDownMs } = settings;
  if (ons.some((at) => at > start + clockMs && at < end - clockMs)) return false;
  if (end - start <= maxDownMs) return true;
  return offs.some(({ at }) => at > start && at < end) || silents.some((at) => at > start && at < end);
}

/** Adds a segment to the last run when nothing with supply lies between, else as a run of its own. */
function join(runs: Run[], { start, end, by, seenAt }: Segment, ons: readonly number[]): void {
  const last = runs.at(-1);
  const lit = (from: number): boolean => ons.some((at) => at >= from && at <= start);
  if (last && (last.end === null ? !lit(last.until) : start < last.end)) {
    const until = Math.max(last.until, end ?? start);
    const over = end !== null || last.end !== null;
    runs[runs.length - 1] = {
      ...last,
      end: over ? until : null,
      exactEnd: over,
      until,
      by: OFF_FACTS.indexOf(by) < OFF_FACTS.indexOf(last.by) ? by : last.by,
      seenAt: Math.min(last.seenAt, seenAt),
    };
    return;
  }
  const before = ons.findLast((at) => at < start) ?? 0;
  runs.push({
    start,
    end,
    exactStart: by === 'power_down' || by === 'terminal_down',
    exactEnd: end !== null,
    until: end ?? start,
    onBefore: Math.max(before, last?.end ?? 0),
    by,
    seenAt,
  });
}
