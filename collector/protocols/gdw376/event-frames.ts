import { ReadError } from '../../lines/read-error.ts';
import { stampInstant } from '../dlt645/meter-time.ts';
import type { SupplyEvent } from '../supply-event.ts';
import { AFN, dtOf, type Frame, NUMBER_BITS, UP_BIT, WHOLE_BITS } from './frame.ts';
import { encodeFrame, REQUEST_CONTROL } from './frame-encode.ts';

/**
 * Class 3 data, AFN 0E: F1 important and F2 general events. Data: counters EC1 and EC2, pointers Pm and Pn, then the
 * records Pm to Pn − 1, each ERC, Le and Le bytes (Q/GDW 376.1, AFN 0E). No capture of such a frame from the field was
 * to be had: the layout is that of the standard, the way an absent time is coded (EE in every byte) is hearsay, and both
 * want a field test. What does not fit is refused rather than guessed at.
 */
const IMPORTANT = 1;
const GENERAL = 2;
const HEAD_BYTES = 4;
const RECORD_HEAD_BYTES = 2;

/** ERC 14, the terminal's supply was off: time off, time on, each YYMMDDhhmm in five bytes BCD, low byte first. */
const POWER_OFF = 14;
const STAMP_BYTES = 5;
const ABSENT = 0xee;
const NOTHING = new Uint8Array(0);
/** Events that are asked for when it is not known which are new. */
const MOST_UNKNOWN = 8;

/** What a terminal told of its events. */
export interface ToldEvents {
  /** Counter of important events, modulo 256; the next one will have this number. */
  readonly important: number;
  /** Interruptions of the terminal's own supply; events of other kinds are left out. */
  readonly events: readonly SupplyEvent[];
}

/** Whether the frame brings events, sound or not. */
export function isEventFrame({ control, afn }: Frame): boolean {
  return afn === AFN.events && (control & UP_BIT) !== 0;
}

/** Events of a frame, times in `zone`. Throws ReadError `malformed` when its content is not what the standard says. */
export function decodeEvents({ seq, da, dt, data }: Frame, zone: string): ToldEvents {
  if ((seq & WHOLE_BITS) !== WHOLE_BITS) throw garbled('one of several frames');
  if (da !== 0 || (dt !== dtOf(IMPORTANT) && dt !== dtOf(GENERAL))) throw garbled('neither F1 nor F2 of the terminal');
  const [important, , first = 0, end = 0] = data;
  if (important === undefined || data.length < HEAD_BYTES) throw garbled('without counters');
  const records = recordsOf(data.subarray(HEAD_BYTES));
  if (records.length !== ((end - first) & 0xff)) {
    throw garbled(`${records.length} events where the pointers say ${(end - first) & 0xff}`);
  }
  const own = records.filter(({ code }) => code === POWER_OFF);
  return { important, events: own.flatMap(({ content }) => powerOff(content, zone)) };
}

/** Request for the important events that are new since `known`, or for the last few where that is null. */
export function encodeEventRequest(
  to: Pick<Frame, 'terminal' | 'station'>,
  { known, important, number }: { readonly known: number | null; readonly important: number; readonly number: number },
): Uint8Array {
  return encodeFrame({
    ...to,
    control: REQUEST_CONTROL,
    afn: AFN.events,
    seq: WHOLE_BITS | (number & NUMBER_BITS),
    da: 0,
    dt: dtOf(IMPORTANT),
    data: Uint8Array.of(known ?? Math.max(0, important - MOST_UNKNOWN), important),
    aux: { password: NOTHING, events: NOTHING, tag: NOTHING },
  });
}

interface EventRecord {
  readonly code: number;
  readonly content: Uint8Array;
}

function recordsOf(bytes: Uint8Array): EventRecord[] {
  const records: EventRecord[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [code = 0, length = 0] = bytes.subarray(at);
    const end = at + RECORD_HEAD_BYTES + length;
    if (at + RECORD_HEAD_BYTES > bytes.length || end > bytes.length) throw garbled('an event breaks off');
    records.push({ code, content: bytes.subarray(at + RECORD_HEAD_BYTES, end) });
    at = end;
  }
  return records;
}

/** Empty when the terminal does not know when its supply went: such an event says nothing. */
function powerOff(content: Uint8Array, zone: string): SupplyEvent[] {
  if (content.length !== 2 * STAMP_BYTES) throw garbled(`ERC 14 of ${content.length} bytes`);
  const start = timeOf(content.subarray(0, STAMP_BYTES), zone);
  const end = timeOf(content.subarray(STAMP_BYTES), zone);
  if (start === null) return [];
  if (end !== null && end < start) throw garbled('supply came back before it went');
  return [{ meter: null, start, end }];
}

function timeOf(stamp: Uint8Array, zone: string): number | null {
  return stamp.every((byte) => byte === ABSENT) ? null : stampInstant(stamp, zone);
}

function garbled(what: string): ReadError {
  return new ReadError('malformed', what, { next: 'skip', answered: true });
}
