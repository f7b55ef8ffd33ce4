import type { Exchanger, Scan } from '../lines/exchange.ts';
import { ReadError } from '../lines/read-error.ts';
import { ADDRESS_BYTES, addressText } from '../protocols/dlt645/address.ts';
import { type Frame, FUNCTION_BITS, findFrame, PREAMBLE, REPLY_BIT } from '../protocols/dlt645/frame.ts';
import { READ_ADDRESS } from '../protocols/dlt645/frame-encode.ts';
import { FROM_SERVER_BIT, findFrame as findFrame698 } from '../protocols/dlt698/frame.ts';

/** What came in answer to a question that several meters may have answered. */
export interface Heard {
  /** Of sound replies, in the order of their arrival: 12 digits each. */
  readonly addresses: readonly string[];
  /** Bytes that belong to no sound frame: replies that ran into one another, or noise. */
  readonly isDamaged: boolean;
}

/** Takes apart what was received; frames that are no replies, such as the echo of a request, count for nothing. */
type Hear = (received: Uint8Array) => Heard;

/**
 * Sends a request and listens for the whole of the line's reply time, because a second meter may answer after the first;
 * with `first`, until the first sound reply. Rejects with ReadError when the line is lost.
 */
export async function listen(exchanger: Exchanger, request: Uint8Array, hear: Hear, first: boolean): Promise<Heard> {
  let received: Uint8Array = new Uint8Array();
  const scan: Scan<null> = (bytes) => {
    received = Uint8Array.from(bytes);
    if (first && hear(received).addresses.length > 0) return { kind: 'frame', value: null, used: bytes.length };
    return { kind: 'more', begun: false };
  };
  try {
    await exchanger.exchange(request, scan);
  } catch (error) {
    if (!(error instanceof ReadError) || error.next === 'reconnect') throw error;
  }
  return hear(received);
}

type Found<F> =
  | { readonly kind: 'frame'; readonly frame: F; readonly start: number; readonly end: number }
  | { readonly kind: 'more' | 'damaged' };

function hearing<F>(find: (bytes: Uint8Array) => Found<F>, answering: (frame: F) => string | null): Hear {
  return (bytes) => {
    const addresses: string[] = [];
    let isDamaged = false;
    for (let rest = bytes; rest.length > 0; ) {
      const found = find(rest);
      const noise = found.kind === 'frame' ? rest.subarray(0, found.start) : rest;
      isDamaged ||= noise.some((byte) => byte !== PREAMBLE);
      if (found.kind !== 'frame') break;
      const address = answering(found.frame);
      if (address !== null) addresses.push(address);
      rest = rest.subarray(found.end);
    }
    return { addresses, isDamaged };
  };
}

/** Hears DL/T 645 frames of both editions. */
export const hearDlt645 = hearing(findFrame, answering);
/** Hears DL/T 698.45 frames. */
export const hearDlt698 = hearing(findFrame698, ({ control, address }) =>
  (control & FROM_SERVER_BIT) === 0 ? null : address.text,
);

/** Who answers: some meters leave the open address in the reply to "read address", and name themselves in its data. */
function answering({ control, address, data }: Frame): string | null {
  if ((control & REPLY_BIT) === 0) return null;
  const isNamed = (control & FUNCTION_BITS) === READ_ADDRESS && data.length === ADDRESS_BYTES;
  const named = (isNamed ? addressText(data) : null) ?? address;
  return named.includes('A') ? null : named;
}
