import type { Exchanger, Scan } from '../../../../collector/lines/exchange.ts';
import { ReadError } from '../../../../collector/lines/read-error.ts';
import { type Frame, findFrame } from '../../../../collector/protocols/dlt645/frame.ts';
import { diBytes, diText } from '../../../../collector/protocols/dlt645/identifier.ts';
import { encodeReply } from '../../../support/dlt645-reply.ts';
import { hex } from './vectors.ts';

/** What comes back on the wire for a request: bytes, or null for silence. */
export type Wire = (request: Frame) => Uint8Array | null;

/** A line that plays bytes: it judges them with the protocol's scan as a real line does, without any waiting. */
export class WireStub implements Exchanger {
  readonly requests: Frame[] = [];
  readonly #wire: Wire;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  async exchange<T>(request: Uint8Array, scan: Scan<T>): Promise<T> {
    const found = findFrame(request);
    if (found.kind !== 'frame') throw new Error('the request is no frame');
    this.requests.push(found.frame);
    let received = this.#wire(found.frame) ?? new Uint8Array();
    let reason: 'no_answer' | 'wrong_address' = 'no_answer';
    for (;;) {
      const verdict = scan(received);
      if (verdict.kind === 'frame') return verdict.value;
      if (verdict.kind === 'damaged') throw new ReadError(verdict.reason, verdict.detail, { lastBytes: received });
      if (verdict.kind === 'more') throw new ReadError(reason, 'timeout', { lastBytes: received });
      if (verdict.reason === 'wrong_address') reason = 'wrong_address';
      received = received.subarray(verdict.used);
    }
  }

  /** Identifiers asked for, in order. */
  get asked(): string[] {
    return this.requests.map((request) => diText(request.data) ?? 'address');
  }
}

/** Error byte of a meter, or `silent` for a meter that does not answer at all. */
export type Trouble = { readonly error: number } | 'silent';

/**
 * A meter that knows the data in `items`, hexadecimal in wire order by identifier, and answers error 02 to the rest.
 * A function is asked with what stands behind the identifier in the request.
 */
export function meterWith(
  address: string,
  items: Readonly<Record<string, string | Trouble | ((extra: Uint8Array) => string | Trouble)>>,
): Wire {
  return (request) => {
    const di = diText(request.data) ?? '';
    const item = items[di] ?? { error: 2 };
    const content = typeof item === 'function' ? item(request.data.subarray(4)) : item;
    if (content === 'silent') return null;
    if (typeof content !== 'string') {
      return encodeReply({ address, control: 0xd1, data: Uint8Array.of(content.error) });
    }
    return encodeReply({ address, control: 0x91, data: Uint8Array.of(...diBytes(di), ...hex(content)) });
  };
}
