import { ReadError } from '../../lines/read-error.ts';
import { DarError } from './dar.ts';
import type { Data } from './data-types.ts';
import { instantOfData } from './local-time.ts';
import { isNotSupported, type MeterSession } from './meter-session.ts';
import { CLOCK } from './oad-items.ts';

/** A clock does not go wrong by an hour overnight: what it showed holds for half a day. */
const OFFSET_HOLDS_MS = 12 * 3_600_000;

/**
 * Meter clock minus collector clock, whole seconds. `null` when the clock shows no possible time, `undefined` when the
 * meter does not let its clock be read. Rejects with the line's ReadErrors.
 */
export async function clockOffsetS(session: MeterSession): Promise<number | null | undefined> {
  if (session.missing.has(session.meter, CLOCK)) return undefined;
  const data = (await session.source.readList(session.address, [CLOCK])).get(CLOCK);
  if (data === undefined) return undefined;
  if (!(data instanceof DarError)) return noteOffset(session, data);
  if (!isNotSupported(data)) throw data;
  session.missing.add(session.meter, CLOCK, data.detail);
  return undefined;
}

/** The offset seen within the last half day, else the present one; as `clockOffsetS`. */
export async function recentOffsetS(session: MeterSession): Promise<number | null | undefined> {
  const known = session.clockBook.get(session.meter);
  const age = known === undefined ? Number.POSITIVE_INFINITY : Math.abs(session.clock.now() - known.at);
  return known && age < OFFSET_HOLDS_MS ? known.offsetS : clockOffsetS(session);
}

/** Offset of a clock that has just been read, kept in the book; null when it shows no possible time. */
export function noteOffset({ clock, zone, clockBook, meter }: MeterSession, data: Data): number | null {
  const at = clock.now();
  const instant = possibleInstant(data, zone);
  const offsetS = instant === null ? null : Math.round((instant - at) / 1000);
  clockBook.set(meter, { offsetS, at });
  return offsetS;
}

function possibleInstant(data: Data, zone: string): number | null {
  try {
    return instantOfData(data, zone);
  } catch (error) {
    if (error instanceof ReadError && error.reason === 'malformed') return null;
    throw error;
  }
}
