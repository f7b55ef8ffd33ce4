import type { EventKind, EventRow } from '#contract/envelope.ts';
import { ReadError } from '../../lines/read-error.ts';
import type { Answer } from '../meter-reader.ts';
import { bcdInteger } from './data-format.ts';
import type { Seen } from './event-book.ts';
import { decodeEventRecord, type RecordedEvent, type RecordTimes } from './event-record.ts';
import { EVENT_SOURCES, type EventSeries, type EventSource } from './event-sources.ts';
import { nthLast } from './identifier.ts';
import { dataOrNone, knownData, type MeterSession } from './meter-session.ts';

const COUNT_BYTES = 3;
/** DL/T 645-2007 table A.4: a meter keeps ten records of a kind. After as many no further kind is begun in one go. */
const MOST_RECORDS = 10;
/** Records of a kind that are read when the meter was not looked at before, other than power failures. */
const FIRST_LOOK = 1;

/** One look at a meter: what it found, and how many more records it may read. */
interface Look {
  readonly session: MeterSession;
  readonly events: EventRow[];
  readonly seen: Map<EventKind, Seen>;
  left: number;
  useless: ReadError | null;
  /** True when the meter keeps records of at least one kind that the model is asked for. */
  isKept: boolean;
}

/**
 * Records that are new since the last look, newest first within each kind. The counts are read first: on a quiet meter
 * that is one request for each source of the profile. The first look reads the last records, and an event that had no
 * end is looked at until it has. A kind that the meter does not know (error 02) is not asked for again. Once ten
 * records were read, the kinds behind are left to the next look. A record that ends before it starts (the clock was set during it) or whose times
 * are none is passed over; when nothing else was found, its ReadError `implausible` or `malformed` is the result.
 * Rejects with `not_supported` when the meter keeps none of the kinds, with `device_error`, and with the line's.
 */
export async function readEvents(session: MeterSession): Promise<Answer> {
  const look: Look = { session, events: [], seen: new Map(), left: MOST_RECORDS, useless: null, isKept: false };
  for (const name of session.profile.events) await readSource(look, EVENT_SOURCES[name]);
  session.eventBook.note(session.meter, look.seen);
  const { events, useless, isKept } = look;
  if (useless && events.length === 0) throw useless;
  if (!isKept) throw new ReadError('not_supported', 'the meter keeps no such events', { next: 'skip' });
  return { meterTime: null, readAt: session.clock.now(), values: new Map(), events };
}

async function readSource(look: Look, source: EventSource): Promise<void> {
  const { session } = look;
  const counts = await knownData(session, source.countDi);
  if (counts === null) {
    // Only a record itself can tell of power failures on a meter that does not count them.
    if (source === EVENT_SOURCES.power_down) await readUncounted(look, source);
    return;
  }
  look.isKept = true;
  for (const series of source.series) {
    const count = countIn(look, counts, series.countAt);
    if (count !== null) await readCounted(look, source, series, count);
  }
}

/** Null when the meter has no such phase, or when what stands there is no number. */
function countIn(look: Look, counts: Uint8Array, at: number): number | null {
  const bytes = counts.subarray(at, at + COUNT_BYTES);
  if (bytes.length < COUNT_BYTES) return null;
  try {
    return bcdInteger(bytes);
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    look.useless = error;
    return null;
  }
}

async function readCounted(look: Look, source: EventSource, series: EventSeries, count: number): Promise<void> {
  const { session } = look;
  const before = session.eventBook.seen(session.meter, series.kind);
  const most = Math.min(count, MOST_RECORDS, newRecords(session, source, before, count));
  if (most > 0 && look.left <= 0) return;
  const found = await readRecords(look, source, series, most, () => false);
  const isSame = before !== undefined && most === 0;
  look.seen.set(series.kind, { ...(isSame ? before : newestOf(found)), count });
}

/** How many records, from the newest on, may hold something that is not known. */
function newRecords({ profile }: MeterSession, source: EventSource, before: Seen | undefined, count: number): number {
  // A count that is lower than before was cleared, or belongs to another meter.
  if (before === undefined || before.count === null || count < before.count) {
    return source === EVENT_SOURCES.power_down ? profile.powerDownRecords : FIRST_LOOK;
  }
  return count - before.count + (before.isOpen ? 1 : 0);
}

/** Records of a meter without a count, from the newest to one that is known. */
async function readUncounted(look: Look, source: EventSource): Promise<void> {
  const { session } = look;
  const [series] = source.series;
  const first = series && nthLast(series.series, 1);
  if (!series || !first || session.missing.has(session.meter, first)) return;
  const before = session.eventBook.seen(session.meter, series.kind);
  const isKnown = ({ start }: RecordedEvent): boolean => start === before?.newest && !before.isOpen;
  const most = Math.min(look.left, session.profile.powerDownRecords);
  const found = await readRecords(look, source, series, most, isKnown);
  if (found === null) {
    session.missing.add(session.meter, first, 'error 02');
    return;
  }
  look.isKept = true;
  look.seen.set(series.kind, { ...newestOf(found), count: null });
}

/** The last `most` records, as far as there are any; one that `isKnown` ends the search. Null: not even a first one. */
async function readRecords(
  look: Look,
  { times }: EventSource,
  { kind, series }: EventSeries,
  most: number,
  isKnown: (record: RecordedEvent) => boolean,
): Promise<RecordedEvent[] | null> {
  const { session } = look;
  const found: RecordedEvent[] = [];
  for (let n = 1; n <= most; n++) {
    const data = await dataOrNone(session, nthLast(series, n));
    look.left--;
    if (data === null) return n === 1 ? null : found;
    const record = decode(data, times, session.zone);
    if (record === null) break;
    if (record instanceof ReadError) {
      look.useless = record;
      continue;
    }
    found.push(record);
    if (isKnown(record)) break;
    look.events.push({ meter: session.meter, kind, ...record, readAt: session.clock.now() });
  }
  return found;
}

function decode(data: Uint8Array, times: RecordTimes, zone: string): RecordedEvent | ReadError | null {
  try {
    return decodeEventRecord(data, times, zone);
  } catch (error) {
    if (error instanceof ReadError) return error;
    throw error;
  }
}

function newestOf(found: readonly RecordedEvent[] | null): Pick<Seen, 'newest' | 'isOpen'> {
  const newest = found?.[0];
  return { newest: newest?.start ?? null, isOpen: newest !== undefined && newest.end === null };
}
