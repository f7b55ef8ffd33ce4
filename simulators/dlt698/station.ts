import { AddressBook, collision, plateAddress } from '../dlt645/address-book.ts';
import type { WrongReply } from '../faults/fault.ts';
import type { SimMeter } from '../world/meter.ts';
import { answerApdu } from './answer.ts';
import { CONTROL, encodeLink, type LinkFrame, USER_DATA } from './frame.ts';

const SINGLE = 0;
const WILDCARD = 1;
/** Most bytes of an APDU in one link frame, unless the meter is made to send less. */
const MOST_APDU = 512;
/** Place of a piece in a split APDU: bits 15-14 of its number. */
const START = 0;
const LAST = 1;
const CONFIRM = 2;
const MIDDLE = 3;

/** A meter's answer before it goes on the wire, so that faults can bend it. */
export interface Dlt698Answer {
  readonly meter: SimMeter;
  encode(wrong: WrongReply | null): Uint8Array;
}

/** The DL/T 698.45 meters behind one line: who is meant by a frame, and what that meter says. */
export class Dlt698Station {
  readonly #book: AddressBook;
  /** Pieces of the last long answer of a meter, until another request comes. */
  readonly #pieces = new Map<string, readonly Uint8Array[]>();

  constructor(meters: readonly SimMeter[]) {
    this.#book = new AddressBook(meters, 'dlt698');
  }

  /** Undefined when nobody answers. Of several meters that an open address matches all answer at once. */
  answer(frame: LinkFrame, atMs: number): Dlt698Answer | undefined {
    const { control, addressType } = frame;
    if (control & CONTROL.fromServer || (control & CONTROL.function) !== USER_DATA) return undefined;
    if (addressType !== SINGLE && addressType !== WILDCARD) return undefined;
    const answers = this.#book
      .meant(frame.address.padStart(12, addressType === WILDCARD ? 'A' : '0'), atMs)
      .flatMap((meter) => {
        const reply = this.#reply(meter, frame, atMs);
        return reply ? [{ meter, encode: encoding(meter, frame, reply) }] : [];
      });
    const [first] = answers;
    if (!first || answers.length === 1) return first;
    return { meter: first.meter, encode: (wrong) => collision(answers.map((answer) => answer.encode(wrong))) };
  }

  #reply(meter: SimMeter, { control, body }: LinkFrame, atMs: number): Reply | undefined {
    if (control & CONTROL.split) return this.#next(meter, body);
    this.#pieces.delete(meter.spec.id);
    const apdu = answerApdu(meter, body, atMs);
    const most = meter.frameLimit(atMs) ?? MOST_APDU;
    if (!apdu || apdu.length <= most) return apdu && { split: false, body: apdu };
    const pieces = Array.from({ length: Math.ceil(apdu.length / most) }, (_, n) =>
      apdu.slice(n * most, (n + 1) * most),
    );
    this.#pieces.set(meter.spec.id, pieces);
    return piece(pieces, 0);
  }

  /** The piece after the one that is confirmed; the same again where the confirmation is repeated. */
  #next(meter: SimMeter, body: Uint8Array): Reply | undefined {
    const number = (body[0] ?? 0) | ((body[1] ?? 0) << 8);
    const pieces = this.#pieces.get(meter.spec.id);
    if (body.length !== 2 || number >> 14 !== CONFIRM || !pieces) return undefined;
    return piece(pieces, (number & 0xfff) + 1);
  }
}

interface Reply {
  readonly split: boolean;
  readonly body: Uint8Array;
}

function piece(pieces: readonly Uint8Array[], n: number): Reply | undefined {
  const bytes = pieces[n];
  if (!bytes) return undefined;
  const place = n === 0 ? START : n === pieces.length - 1 ? LAST : MIDDLE;
  const number = (place << 14) | n;
  return { split: true, body: Uint8Array.from([number & 0xff, number >> 8, ...bytes]) };
}

/** FE bytes before the frame: none, two or four, as the meter is made. */
function encoding(meter: SimMeter, { client, control }: LinkFrame, reply: Reply): Dlt698Answer['encode'] {
  const preamble = (meter.seed % 3) * 2;
  const split = reply.split ? CONTROL.split : 0;
  const to = CONTROL.fromServer | (control & CONTROL.byClient) | split | USER_DATA;
  return (wrong) => {
    const address = wrong === 'address' ? neighbour(meter) : plateAddress(meter);
    const body = wrong === 'item' && !reply.split ? otherObject(reply.body) : reply.body;
    return encodeLink({ control: to, addressType: SINGLE, address, client, body }, preamble);
  };
}

function neighbour(meter: SimMeter): string {
  return String((BigInt(plateAddress(meter)) + 1n) % 1_000_000_000_000n).padStart(12, '0');
}

/** The answer to a question for the neighbouring object: one bit in the first object named. */
function otherObject(apdu: Uint8Array): Uint8Array {
  const at = apdu[1] === 2 ? 5 : 4;
  return apdu.map((byte, i) => (i === at ? byte ^ 0x10 : byte));
}
