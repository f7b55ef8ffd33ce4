import type { WrongReply } from '../faults/fault.ts';
import type { SimMeter } from '../world/meter.ts';
import { AddressBook, collision, plateAddress } from './address-book.ts';
import { energyItem } from './energy-items.ts';
import { eventItem, relayItem } from './event-items.ts';
import { BROADCAST, encodeFrame, type Frame, WILDCARD } from './frame.ts';
import { type Identifier, identifierOf } from './identifier.ts';
import { instantItem } from './instant-items.ts';
import { loadProfileItem } from './load-profile.ts';
import { parameterItem } from './parameter-items.ts';
import { freezeItem } from './record-items.ts';

/** Control bytes (7.2): function in bits 0-4, 80H reply, 40H error, 20H follow-up frames exist. */
const READ = 0x11;
const READ_MORE = 0x12;
const READ_ADDRESS = 0x13;
const REPLY = 0x80;
const ERROR = 0x40;
const MORE = 0x20;
/** Functions that are refused with an error reply: security, write, freeze, baud rate, password, clear, relay, terminal. */
const REFUSED = [0x03, 0x14, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d];
const NO_SUCH_DATA = 0x02;
const NOT_AUTHORISED = 0x04;
/** Most bytes in the data of one reply. */
const MOST_DATA = 200;

/** A meter's answer before it goes on the wire, so that faults can bend it. */
export interface Dlt645Answer {
  readonly meter: SimMeter;
  encode(wrong: WrongReply | null): Uint8Array;
}

interface Unfinished {
  readonly identifier: string;
  /** Parts not asked for yet, the next one first, and the number of that one. */
  readonly parts: readonly Uint8Array[];
  readonly next: number;
}

/** The DL/T 645-2007 meters behind one line: who is meant by a frame, and what that meter says. */
export class Dlt645Station {
  readonly #book: AddressBook;
  readonly #unfinished = new Map<string, Unfinished>();

  constructor(meters: readonly SimMeter[]) {
    this.#book = new AddressBook(meters, 'dlt645');
  }

  /**
   * Undefined when nobody answers: a broadcast, an unknown address. Of several meters that an open address matches all
   * answer at once, and none of them can be made out.
   */
  answer(frame: Frame, atMs: number): Dlt645Answer | undefined {
    const meters = frame.address === BROADCAST ? [] : this.#book.meant(frame.address, atMs);
    const answers = meters.flatMap((meter) => this.#answerOf(meter, frame, atMs) ?? []);
    const [first] = answers;
    if (!first || answers.length === 1) return first;
    return { meter: first.meter, encode: (wrong) => collision(answers.map((answer) => answer.encode(wrong))) };
  }

  #answerOf(meter: SimMeter, frame: Frame, atMs: number): Dlt645Answer | undefined {
    const reply = this.#reply(meter, frame, atMs);
    const preamble = (meter.seed % 3) * 2;
    return (
      reply && {
        meter,
        encode: (wrong) => encodeFrame(bent({ address: plateAddress(meter), ...reply }, wrong), preamble),
      }
    );
  }

  #reply(meter: SimMeter, frame: Frame, atMs: number): Omit<Frame, 'address'> | undefined {
    const { control, data } = frame;
    if (control === READ) return this.#read(meter, data, atMs);
    if (control === READ_MORE) return this.#readMore(meter, data);
    if (control === READ_ADDRESS) {
      const address = Buffer.from(plateAddress(meter), 'hex').reverse();
      return { control: REPLY | READ_ADDRESS, data: new Uint8Array(address) };
    }
    if (!REFUSED.includes(control) || frame.address === WILDCARD) return undefined;
    const error = control === 0x03 ? [NOT_AUTHORISED, 0] : [NOT_AUTHORISED];
    return { control: REPLY | ERROR | control, data: Uint8Array.from(error) };
  }

  #read(meter: SimMeter, data: Uint8Array, atMs: number): Omit<Frame, 'address'> {
    this.#unfinished.delete(meter.spec.id);
    const identifier = identifierOf(data);
    const item = identifier && itemOf(meter, identifier, data.subarray(4), atMs);
    if (!item) return { control: REPLY | ERROR | READ, data: Uint8Array.of(NO_SUCH_DATA) };
    const head = data.subarray(0, 4);
    const most = meter.frameLimit(atMs) ?? MOST_DATA;
    const first = item.slice(0, most - 4);
    const parts: Uint8Array[] = [];
    for (let from = first.length; from < item.length; from += most - 5) {
      parts.push(Uint8Array.from(item.slice(from, from + most - 5)));
    }
    if (parts.length > 0) this.#unfinished.set(meter.spec.id, { identifier: String(head), parts, next: 1 });
    return { control: REPLY | READ | (parts.length > 0 ? MORE : 0), data: Uint8Array.from([...head, ...first]) };
  }

  /** The part of the given number, or the one before it again, whose reply may have been lost. */
  #readMore(meter: SimMeter, data: Uint8Array): Omit<Frame, 'address'> {
    const head = data.subarray(0, 4);
    const sequence = data[4] ?? 0;
    const open = this.#unfinished.get(meter.spec.id);
    const part = open?.identifier === String(head) ? open.parts[sequence - 1] : undefined;
    if (!open || !part || sequence > open.next) {
      return { control: REPLY | ERROR | READ_MORE, data: Uint8Array.of(NO_SUCH_DATA) };
    }
    this.#unfinished.set(meter.spec.id, { ...open, next: Math.max(open.next, sequence + 1) });
    const more = sequence < open.parts.length ? MORE : 0;
    return { control: REPLY | READ_MORE | more, data: Uint8Array.from([...head, ...part, sequence]) };
  }
}

function itemOf(meter: SimMeter, id: Identifier, request: Uint8Array, atMs: number): number[] | undefined {
  if ((id.di1 === 0xff || id.di0 === 0xff) && meter.lacks('blocks', atMs)) return undefined;
  switch (id.di3) {
    case 0x00:
      return energyItem(meter, id, atMs);
    case 0x02:
      return instantItem(meter, id, atMs);
    case 0x03:
      return eventItem(meter, id, atMs);
    case 0x04:
      return parameterItem(meter, id, atMs);
    case 0x05:
      return freezeItem(meter, id, atMs);
    case 0x06:
      return loadProfileItem(meter, id, request, atMs);
    case 0x1d:
      return relayItem(meter, id, atMs);
    default:
      return undefined;
  }
}

/** The neighbour's address, or the neighbouring identifier. */
export function bent(frame: Frame, wrong: WrongReply | null): Frame {
  if (wrong === 'address') {
    const neighbour = (BigInt(frame.address) + 1n) % 1_000_000_000_000n;
    return { ...frame, address: String(neighbour).padStart(12, '0') };
  }
  if (wrong === 'item') return { ...frame, data: frame.data.map((byte, i) => (i === 1 ? byte ^ 0x01 : byte)) };
  return frame;
}
