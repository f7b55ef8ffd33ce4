import { MeterwayError } from '#platform/errors.ts';
import { ADDRESS_BYTES, addressBytes, BROADCAST_ADDRESS, fullAddress } from './address.ts';
import { DATA_OFFSET, END, FRAME_BYTES, type Frame, HEAD_BYTES, PREAMBLE, START, sum8 } from './frame.ts';

/** Functions of DL/T 645-2007. */
export const READ_DATA = 0x11;
export const READ_FOLLOW_UP = 0x12;
export const READ_ADDRESS = 0x13;
/** The same two of the edition of 1997. */
export const READ_DATA_1997 = 0x01;
export const READ_FOLLOW_UP_1997 = 0x02;

/** Every function that the collector may ask of a meter. None of them changes anything in the meter. */
export type ReadControl =
  | typeof READ_DATA
  | typeof READ_FOLLOW_UP
  | typeof READ_ADDRESS
  | typeof READ_DATA_1997
  | typeof READ_FOLLOW_UP_1997;

export interface ReadRequest extends Frame {
  readonly control: ReadControl;
}

/** FE bytes that a master sends to wake the receiver (DL/T 645-2007, leading bytes). */
const PREAMBLE_BYTES = 4;

/**
 * Bytes of data that belong to each: DI alone, with N, or with N and a time (load profile); DI and SEQ; nothing with an
 * address; in 1997 the DI alone.
 */
const DATA_BYTES: ReadonlyMap<number, readonly number[]> = new Map([
  [READ_DATA, [4, 5, 10]],
  [READ_FOLLOW_UP, [5]],
  [READ_ADDRESS, [0]],
  [READ_DATA_1997, [2]],
  [READ_FOLLOW_UP_1997, [2]],
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
    throw new MeterwayError(
      `cannot encode control ${hex(control)}: only the reads 11, 12, 13 and of 1997 01, 02 may go to a meter`,
      {
        code: 'read_only',
      },
    );
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
