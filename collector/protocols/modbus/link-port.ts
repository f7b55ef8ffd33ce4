import { EventEmitter } from 'node:events';
import type { Exchanger, Scan } from '../../lines/exchange.ts';
import { type RegisterRequest, requestOf } from './register-request.ts';
import { scanRtu } from './rtu-frame.ts';
import { scanTcp, wrapTcp } from './tcp-frame.ts';

/** What goes on the wire for a request, and how its reply is found. */
interface Framed {
  readonly bytes: Uint8Array;
  readonly scan: Scan<Uint8Array>;
}
export type Framing = (request: RegisterRequest, adu: Uint8Array) => Framed;

export function rtuFraming(): Framing {
  return (request, adu) => ({ bytes: adu, scan: scanRtu(request) });
}

/** Counts transactions for as long as the line lives, so that a reply from before a reconnect is not taken either. */
export function tcpFraming(): Framing {
  let transaction = 0;
  return (request, adu) => {
    transaction = (transaction + 1) & 0xffff;
    return { bytes: wrapTcp(adu, transaction), scan: scanTcp(request, transaction) };
  };
}

/**
 * The port that modbus-serial writes to and listens at. The library makes the request and checks and decodes the
 * reply; framing, deadlines and draining are the line's. It is given one whole RTU frame or nothing: a failed exchange
 * goes to the caller's `fail`, because the library has no way to end a request that no byte will answer.
 */
export class LinkPort extends EventEmitter {
  /** The line says itself when it is down. */
  readonly isOpen = true;
  /** The library finds its open request by these; with one in flight they stay the same. */
  readonly _transactionIdRead = 1;
  readonly _transactionIdWrite = 1;
  readonly #exchanger: Exchanger;
  readonly #framing: Framing;
  #fail: (error: unknown) => void = () => {};

  constructor(exchanger: Exchanger, framing: Framing) {
    super();
    this.#exchanger = exchanger;
    this.#framing = framing;
  }

  open(done: () => void): void {
    done();
  }

  close(done: () => void): void {
    done();
  }

  /** Who hears of the failure of the next request. */
  onFailure(fail: (error: unknown) => void): void {
    this.#fail = fail;
  }

  write(adu: Uint8Array): void {
    const fail = this.#fail;
    const request = requestOf(adu);
    if (request === null) {
      fail(new Error('BUG: only functions 3 and 4 go on a line'));
      return;
    }
    const { bytes, scan } = this.#framing(request, adu);
    this.#exchanger
      .exchange(bytes, scan)
      .then((reply) => {
        this.emit('data', Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength));
      })
      .catch(fail);
  }
}
