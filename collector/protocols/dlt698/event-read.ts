import type { EventRow } from '#contract/envelope.ts';
import { ReadError } from '../../lines/read-error.ts';
import type { Answer } from '../meter-reader.ts';
import { DarError, OUT_OF_RANGE } from './dar.ts';
import type { Data } from './data-types.ts';
import { instantOfData } from './local-time.ts';
import { isNotSupported, type MeterSession } from './meter-session.ts';
import { EVENT_END, EVENT_START } from './oad-items.ts';

/**
 * The meter's latest power-down records, newest first, as many as the model says; fewer when it has fewer. A record
 * that ends before it starts (the clock was set during the outage) or whose times are none is passed over; when nothing
 * else is left, its ReadError `implausible` or `malformed` is the result. Rejects with `device_error`, and the line's.
 */
export async function readEvents(session: MeterSession): Promise<Answer> {
  const { clock, meter, profile, zone } = session;
  const events: EventRow[] = [];
  let useless: ReadError | null = null;
  for (let n = 1; n <= profile.powerDown.records; n++) {
    const row = await nthLast(session, n);
    if (row === undefined) break;
    const times = decode(row, zone);
    if (times === null) break;
    if (times instanceof ReadError) useless = times;
    else events.push({ meter, kind: 'power_down', ...times, readAt: clock.now() });
  }
  if (useless && events.length === 0) throw useless;
  return { meterTime: null, readAt: clock.now(), values: new Map(), events };
}

/** Undefined when the meter has no such record: it says so, sends no row, or finds n out of range. */
async function nthLast({ source, address, profile }: MeterSession, n: number): Promise<readonly Data[] | undefined> {
  try {
    const rows = await source.readRows(address, {
      oad: profile.powerDown.oad,
      selector: { kind: 9, n },
      columns: [EVENT_START, EVENT_END],
    });
    return rows[0];
  } catch (error) {
    if (isNotSupported(error) || (error instanceof DarError && error.dar === OUT_OF_RANGE)) return undefined;
    throw error;
  }
}

function decode(row: readonly Data[], zone: string): { start: number; end: number | null } | ReadError | null {
  const [started = { kind: 'null' }, ended = { kind: 'null' }] = row;
  try {
    const start = instantOfData(started, zone);
    if (start === null) return null;
    const end = instantOfData(ended, zone);
    if (end === null || end >= start) return { start, end };
    return new ReadError('implausible', 'power-down record ends before it starts', { next: 'skip' });
  } catch (error) {
    if (error instanceof ReadError) return error;
    throw error;
  }
}
