import { MeterwayError } from '#platform/errors.ts';
import { terminalBytes } from './address.ts';
import { decodeForwardRequest } from './forward.ts';
import { AFN, dtOf, END, type Frame, PROTOCOL, START, sum8 } from './frame.ts';
import { isReadFrame } from './read-frame.ts';

/** Control bytes of the two frames that go out: a request for data, and the answer to a frame of the link. */
export const REQUEST_CONTROL = 0x4b;
export const CONFIRM_CONTROL = 0x0b;

/** First and last of the events that are asked for. */
const POINTERS_BYTES = 2;

/** Every terminal obeys it and none answers (Q/GDW 376.1, address field A2). */
const BROADCAST = /FFFF$/;

/**
 * Bytes of a frame to a terminal. A terminal can switch supplies and pass on frames that do, so the list is closed at
 * run time: AFN 00 F1 as a confirm, AFN 0E F1 that reads events, and AFN 10 F1 around a frame that reads a meter. Throws MeterwayError `read_only`
 * for anything else, `bad_address` for a terminal that cannot be.
 */
export function encodeFrame(frame: Frame): Uint8Array {
  const refusal = refusalOf(frame);
  if (refusal !== null) {
    throw new MeterwayError(`cannot encode a frame to terminal ${frame.terminal}: ${refusal}`, { code: 'read_only' });
  }
  return lay(frame);
}

/** Why the frame may not go out, or null. */
function refusalOf({ control, terminal, station, afn, da, dt, data }: Frame): string | null {
  if (BROADCAST.test(terminal) || (station & 1) !== 0) return 'a group or a broadcast answers nothing';
  const sayable = SAYABLE.find((each) => each.afn === afn && each.control === control);
  if (sayable && da === 0 && dt === dtOf(1)) return sayable.refusalOf(data);
  const name = afn.toString(16).toUpperCase().padStart(2, '0');
  return `AFN ${name} with control ${control.toString(16).toUpperCase()} is neither a confirm nor a read`;
}

interface Sayable {
  readonly afn: number;
  readonly control: number;
  /** Why data may not go out with it, or null. */
  readonly refusalOf: (data: Uint8Array) => string | null;
}

/** Each with F1 of the terminal itself. */
const SAYABLE: readonly Sayable[] = [
  {
    afn: AFN.confirm,
    control: CONFIRM_CONTROL,
    refusalOf: ({ length }) => (length === 0 ? null : 'a confirm brings no data'),
  },
  {
    afn: AFN.events,
    control: REQUEST_CONTROL,
    refusalOf: ({ length }) => (length === POINTERS_BYTES ? null : 'events are asked for with two pointers'),
  },
  { afn: AFN.forward, control: REQUEST_CONTROL, refusalOf: forwardRefusal },
];

function forwardRefusal(data: Uint8Array): string | null {
  const request = decodeForwardRequest(data);
  return request && isReadFrame(request.inner) ? null : 'only a read of a meter may be forwarded';
}

function lay({ control, terminal, station, afn, seq, da, dt, data, aux }: Frame): Uint8Array {
  const unit = [da & 0xff, da >> 8, dt & 0xff, dt >> 8];
  const link = [control, ...terminalBytes(terminal), station, afn, seq];
  const body = Uint8Array.of(...link, ...unit, ...data, ...aux.password, ...aux.events, ...aux.tag);
  const length = (body.length << 2) | PROTOCOL;
  const twice = [length & 0xff, length >> 8, length & 0xff, length >> 8];
  return Uint8Array.of(START, ...twice, START, ...body, sum8(body, 0, body.length), END);
}
