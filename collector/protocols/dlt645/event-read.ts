import type { EventRow } from '#contract/envelope.ts';
import { ReadError } from '../../lines/read-error.ts';
import type { Answer } from '../meter-reader.ts';
import { nthLast } from './identifier.ts';
import { dataOrNone, type MeterSession } from './meter-session.ts';
import { decodePowerDown, POWER_DOWN_SERIES, type PowerDown } from './power-down.ts';

/**
 * The meter's latest power-down records, newest first, as many as the model says; fewer when it has fewer. A record
 * that ends before it starts (the clock was set during the outage) or whose times are none is passed over; when nothing
 * else is left, its ReadError `implausible` or `malformed` is the result. Rejects with `device_error`, and the line's.
 */
export async function readEvents(session: MeterSession): Promise<Answer> {
  const events: EventRow[] = [];
  let useless: ReadError | null = null;
  for (let n = 1; n <= session.profile.powerDownRecords; n++) {
    const data = await dataOrNone(session, nthLast(POWER_DOWN_SERIES, n));
    if (data === null) break;
    const record = decode(data, session.zone);
    if (record === null) break;
    if (record instanceof ReadError) useless = record;
    else events.push({ meter: session.meter, kind: 'power_down', ...record, readAt: session.clock.now() });
  }
  if (useless && events.length === 0) throw useless;
  return { meterTime: null, readAt: session.clock.now(), values: new Map(), events };
}

function decode(data: Uint8Array, zone: string): PowerDown | ReadError | null {
  try {
    return decodePowerDown(data, zone);
  } catch (error) {
    if (error instanceof ReadError) return error;
    throw error;
  }
}
