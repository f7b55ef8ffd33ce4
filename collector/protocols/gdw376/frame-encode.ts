import { MeterwayError } from '#platform/errors.ts';
import { terminalBytes } from './address.ts';
import { decodeForwardRequest } from './forward.ts';
import { AFN, dtOf, END, type Frame, PROTOCOL, START, sum8 } from './frame.ts';
import { isReadFrame } from './read-frame.ts';

/** Control bytes of the two frames that go out: a request for data, and the answer to a frame of the link. */
export const REQUEST_CONTROL = 0x4b;
export const CONFIRM_CONTROL = 0x0b;

/** Every terminal obeys it and none answers (Q/GDW 376.1, address field A2). */
const BROADCAST = /FFFF$/;

/**
 * Bytes of a frame to a terminal. A terminal can switch supplies and pass on frames that do, so the list is closed at
 * run time: AFN 00 F1 as a confirm, and AFN 10 F1 around a frame that reads a meter. Throws MeterwayError `read_only`
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
  if (da === 0 && dt === dtOf(1)) {
    if (afn === AFN.confirm && control === CONFIRM_CONTROL && data.length === 0) return null;
    if (afn === AFN.forward && control === REQUEST_CONTROL) {
      const request = decodeForwardRequest(data);
      if (request && isReadFrame(request.inner)) return null;
      return 'only a read of a meter may be forwarded';
    }
  }
  const name = afn.toString(16).toUpperCase().padStart(2, '0');
  return `AFN ${name} with control ${control.toString(16).toUpperCase()} is neither a confirm nor a forwarded read`;
}

function lay({ control, terminal, station, afn, seq, da, dt, data, aux }: Frame): Uint8Array {
  const unit = [da & 0xff, da >> 8, dt & 0xff, dt >> 8];
  const link = [control, ...terminalBytes(terminal), station, afn, seq];
  const body = Uint8Array.of(...link, ...unit, ...data, ...aux.password, ...aux.events, ...aux.tag);
  const length = (body.length << 2) | PROTOCOL;
  const twice = [length & 0xff, length >> 8, length & 0xff, length >> 8];
  return Uint8Array.of(START, ...twice, START, ...body, sum8(body, 0, body.length), END);
}
