import { MeterwayError } from '#platform/errors.ts';
import { ADDRESS_BYTES, addressBytes, BROADCAST_ADDRESS, fullAddress } from './address.ts';
import {
  DATA_OFFSET,
  END,
  FRAME_BYTES,
  type Frame,
  HEAD_BYTES,
  MAX_DATA_BYTES,
  PREAMBLE,
  REPLY_BIT,
  START,
  sum8,
} from './frame.ts';

export const READ_DATA = 0x11;
export const READ_FOLLOW_UP = 0x12;
export const READ_ADDRESS = 0x13;

/** Every function that the collector may ask of a meter. None of them changes anything in the meter. */
export type ReadControl = typeof READ_DATA | typeof READ_FOLLOW_UP | typeof READ_ADDRESS;

export interface ReadRequest extends Frame {
  readonly control: ReadControl;
}

/** FE bytes that a master sends to wake the receiver (DL/T 645-2007, leading bytes). */
const PREAMBLE_BYTES = 4;

/** Bytes of data that belong to each: DI alone, with N, or with N and a time (load profile); DI and SEQ; nothing. */
const DATA_BYTES: ReadonlyMap<number, readonly number[]> = new Map([
  [READ_DATA, [4, 5, 10]],
  [READ_FOLLOW_UP, [5]],
  [READ_ADDRESS, [0]],
]);

/**
 * Bytes of a read request, after `preamble` FE bytes. A line is full of devices that switch supplies, so the list of
 * functions is closed at run time too: throws MeterwayError `read_only` for any other control byte and for the
 * broadcast address, `bad_length` for data that does not belong to the function.
 */
export function encodeRequest(request: ReadRequest, preamble = PREAMBLE_BYTES): Uint8Array {
  const { address, control, data } = request;
  const lengths = DATA_BYTES.get(control);
  if (lengths === undefined) {
    throw new MeterwayError(`cannot encode control ${hex(control)}: only the reads 11, 12 and 13 may go to a meter`, {
      code: 'read_only',
    });
  }
  if (fullAddress(address) === BROADCAST_ADDRESS) {
    throw new MeterwayError('cannot encode a broadcast: no meter answers it, so it reads nothing', {
      code: 'read_only',
    });
  }
  if (!lengths.includes(data.length)) {
    throw new MeterwayError(
      `cannot encode control ${hex(control)} with ${data.length} bytes of data: ${lengths.join(', ')} are wanted`,
      { code: 'bad_length' },
    );
  }
  return lay(request, preamble);
}

/**
 * Bytes of a meter's reply, for tests and tools: meters never obey a frame with bit 7 set. Throws MeterwayError
 * `read_only` for a control byte without it, `bad_length` above 200 bytes of data.
 */
export function encodeReply(reply: Frame, preamble = 0): Uint8Array {
  if ((reply.control & REPLY_BIT) === 0 || reply.control > 0xff) {
    throw new MeterwayError(`cannot encode control ${hex(reply.control)} as a reply: bit 7 is not set`, {
      code: 'read_only',
    });
  }
  if (reply.data.length > MAX_DATA_BYTES) {
    throw new MeterwayError(
      `cannot encode ${reply.data.length} bytes of data: a frame holds at most ${MAX_DATA_BYTES}`,
      {
        code: 'bad_length',
      },
    );
  }
  return lay(reply, preamble);
}

function lay({ address, control, data }: Frame, preamble: number): Uint8Array {
  const bytes = new Uint8Array(preamble + FRAME_BYTES + data.length).fill(PREAMBLE, 0, preamble);
  const frame = bytes.subarray(preamble);
  frame[0] = START;
  frame.set(addressBytes(address), 1);
  frame.set([START, control, data.length], 1 + ADDRESS_BYTES);
  frame.set(
    data.map((byte) => byte + DATA_OFFSET),
    HEAD_BYTES,
  );
  const sumAt = HEAD_BYTES + data.length;
  frame.set([sum8(frame, 0, sumAt), END], sumAt);
  return bytes;
}

function hex(control: number): string {
  return control.toString(16).toUpperCase().padStart(2, '0');
}
