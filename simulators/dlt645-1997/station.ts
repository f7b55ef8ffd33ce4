import { AddressBook, collision, plateAddress } from '../dlt645/address-book.ts';
import { encodeFrame, type Frame } from '../dlt645/frame.ts';
import { bent, type Dlt645Answer } from '../dlt645/station.ts';
import type { SimMeter } from '../world/meter.ts';
import { item1997 } from './items.ts';

/** Control bytes of the 1997 edition: function in bits 0-4, 80H reply, 40H error. */
const READ = 0x01;
const REPLY = 0x80;
const ERROR = 0x40;
const REFUSED = [0x04, 0x0a, 0x0c, 0x0f];
/** Error byte: no such data. */
const NO_SUCH_DATA = 0x02;
const NOT_AUTHORISED = 0x04;

/** The DL/T 645-1997 meters behind one line. They know no control byte of the 2007 edition and stay silent to it. */
export class Dlt1997Station {
  readonly #book: AddressBook;

  constructor(meters: readonly SimMeter[]) {
    this.#book = new AddressBook(meters, 'dlt645-1997');
  }

  /** Undefined when nobody answers. */
  answer(frame: Frame, atMs: number): Dlt645Answer | undefined {
    const answers = this.#book.meant(frame.address, atMs).flatMap((meter) => {
      const reply = replyOf(meter, frame, atMs);
      if (!reply) return [];
      const address = plateAddress(meter);
      const encode: Dlt645Answer['encode'] = (wrong) => encodeFrame(bent({ address, ...reply }, wrong));
      return [{ meter, encode }];
    });
    const [first] = answers;
    if (!first || answers.length === 1) return first;
    return { meter: first.meter, encode: (wrong) => collision(answers.map((answer) => answer.encode(wrong))) };
  }
}

function replyOf(meter: SimMeter, { control, data }: Frame, atMs: number): Omit<Frame, 'address'> | undefined {
  if (REFUSED.includes(control)) return { control: REPLY | ERROR | control, data: Uint8Array.of(NOT_AUTHORISED) };
  if (control !== READ) return undefined;
  const [low, high] = data;
  const item = data.length === 2 ? item1997(meter, ((high ?? 0) << 8) | (low ?? 0), atMs) : undefined;
  if (!item) return { control: REPLY | ERROR | READ, data: Uint8Array.of(NO_SUCH_DATA) };
  return { control: REPLY | READ, data: Uint8Array.from([...data, ...item]) };
}
