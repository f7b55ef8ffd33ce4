import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { ApiProblem } from './errors.ts';

/** Opaque, signed positions in a list: clients can neither read meaning into them nor make them up. */
export class Cursors {
  readonly #secret: Uint8Array;

  /** Without a secret, cursors hold until the process ends. */
  constructor(secret: string) {
    this.#secret = secret === '' ? randomBytes(32) : Buffer.from(secret);
  }

  encode(list: string, position: readonly (string | number)[]): string {
    const body = Buffer.from(JSON.stringify([list, ...position])).toString('base64url');
    return `${body}.${this.#sign(body)}`;
  }

  /** Position that `encode` was given for this list. Throws the problem `bad_cursor`. */
  decode(list: string, cursor: string): (string | number)[] {
    const [body = '', signature = ''] = cursor.split('.');
    const expected = Buffer.from(this.#sign(body));
    const given = Buffer.from(signature);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) {
      throw new ApiProblem('bad_cursor', 'the cursor was changed, or the server was restarted');
    }
    const [name, ...position] = JSON.parse(Buffer.from(body, 'base64url').toString()) as (string | number)[];
    if (name !== list) throw new ApiProblem('bad_cursor', `the cursor belongs to the list ${name}`);
    return position;
  }

  #sign(body: string): string {
    return createHmac('sha256', this.#secret).update(body).digest('base64url').slice(0, 22);
  }
}
