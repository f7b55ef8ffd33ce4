import type { Exchanger, Scan } from '../../../../collector/lines/exchange.ts';
import { ReadError } from '../../../../collector/lines/read-error.ts';
import { type RegisterRequest, requestOf } from '../../../../collector/protocols/modbus/register-request.ts';
import { rtu, rtuReply } from './rtu-wire.ts';

/** What a device says to a read: words, the code of an exception, or nothing. */
export type Says = readonly number[] | { readonly exception: number } | 'silence';

/** A line with devices at its end, RTU or TCP, that answer at once. */
export class ScriptedLine implements Exchanger {
  readonly asked: RegisterRequest[] = [];
  says: (request: RegisterRequest) => Says;

  readonly #isTcp: boolean;

  constructor(says: (request: RegisterRequest) => Says, isTcp = false) {
    this.says = says;
    this.#isTcp = isTcp;
  }

  async exchange<T>(bytes: Uint8Array, scan: Scan<T>): Promise<T> {
    const request = requestOf(this.#isTcp ? Uint8Array.of(...bytes.subarray(6), 0, 0) : bytes);
    if (request === null) throw new Error('not a read');
    this.asked.push(request);
    const said = this.says(request);
    if (said === 'silence') throw new ReadError('no_answer', 'timeout');
    const { unit, functionCode } = request;
    const reply =
      'exception' in said ? rtu(unit, functionCode + 0x80, said.exception) : rtuReply(unit, functionCode, said);
    const verdict = scan(this.#isTcp ? inTcp(bytes, reply.subarray(0, -2)) : reply);
    if (verdict.kind === 'frame') return verdict.value;
    throw new ReadError(verdict.kind === 'damaged' ? verdict.reason : 'no_answer', verdict.kind);
  }

  /** Address and quantity of each request, as `0x48+4`. */
  get blocks(): string[] {
    return this.asked.map(({ address, quantity }) => `0x${address.toString(16)}+${quantity}`);
  }
}

/** Words of float32 values, high word first. */
export function floatWords(...values: number[]): number[] {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeFloatBE(value, 4 * i);
  return Array.from({ length: 2 * values.length }, (_, i) => bytes.readUInt16BE(2 * i));
}

/** A reply under the header of its request, with its own length. */
function inTcp(request: Uint8Array, reply: Uint8Array): Uint8Array {
  return Uint8Array.of(...request.subarray(0, 4), reply.length >> 8, reply.length & 0xff, ...reply);
}
