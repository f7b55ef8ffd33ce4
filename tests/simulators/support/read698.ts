/** A DL/T 698.45 master written from the frame layout alone, sharing nothing with the simulators. */
export const bytes = (text: string): number[] => [...Buffer.from(text.replaceAll(' ', ''), 'hex')];

function check(data: readonly number[]): number[] {
  let crc = 0xffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x8408 : crc >>> 1;
  }
  const sent = crc ^ 0xffff;
  return [sent & 0xff, sent >> 8];
}

/** `control`: 43 a request, 63 the confirmation of a piece; `type` 1 for a wildcard address. */
export function request698(address: string, apdu: readonly number[], control = 0x43, type = 0): Uint8Array {
  const head = [control, (type << 6) | 5, ...bytes(address).reverse(), 0x10];
  const length = 2 + head.length + 2 + apdu.length + 2;
  const checked = [length & 0xff, length >> 8, ...head];
  const all = [...checked, ...check(checked), ...apdu];
  return Uint8Array.from([0x68, ...all, ...check(all), 0x16]);
}

export interface Link {
  readonly control: number;
  readonly address: string;
  readonly apdu: readonly number[];
}

export function parse698(frame: Uint8Array): Link {
  const all = [...frame];
  while (all[0] === 0xfe) all.shift();
  const size = ((all[4] ?? 0) & 15) + 1;
  const length = (all[1] ?? 0) | ((all[2] ?? 0) << 8);
  const head = 6 + size;
  if (all[0] !== 0x68 || all.at(-1) !== 0x16 || length !== all.length - 2) throw new Error('no frame');
  if (String(all.slice(head, head + 2)) !== String(check(all.slice(1, head)))) throw new Error('damaged head');
  if (String(all.slice(-3, -1)) !== String(check(all.slice(1, -3)))) throw new Error('damaged frame');
  return {
    control: all[3] ?? 0,
    address: Buffer.from(all.slice(5, 5 + size).reverse()).toString('hex'),
    apdu: all.slice(head + 2, -3),
  };
}

type Value = number | string | null | readonly Value[];

/** Reads data one value after another; times as `YYYY-MM-DDThh:mm:ss`, octets and bit strings as hexadecimal text. */
export class Values {
  readonly #bytes: Buffer;
  #at: number;

  constructor(data: readonly number[], at = 0) {
    this.#bytes = Buffer.from(data);
    this.#at = at;
  }

  get rest(): string {
    return this.#bytes.subarray(this.#at).toString('hex');
  }

  next(): Value {
    const tag = this.#take(1).readUInt8();
    const widths: Readonly<Record<number, () => Value>> = {
      0: () => null,
      1: () => Array.from({ length: this.#take(1).readUInt8() }, () => this.next()),
      4: () => this.#take(this.#take(1).readUInt8() / 8).toString('hex'),
      5: () => this.#take(4).readInt32BE(),
      6: () => this.#take(4).readUInt32BE(),
      9: () => this.#take(this.#take(1).readUInt8()).toString('hex'),
      10: () => this.#take(this.#take(1).readUInt8()).toString('latin1'),
      16: () => this.#take(2).readInt16BE(),
      18: () => this.#take(2).readUInt16BE(),
      20: () => Number(this.#take(8).readBigInt64BE()),
      21: () => Number(this.#take(8).readBigUInt64BE()),
      28: () => this.#time(),
    };
    const read = widths[tag];
    if (!read) throw new Error(`no type ${tag}`);
    return read();
  }

  #time(): string {
    const year = this.#take(2).readUInt16BE();
    const [month, day, hour, minute, second] = [...this.#take(5)].map((part) => String(part).padStart(2, '0'));
    return `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  }

  #take(count: number): Buffer {
    if (this.#at + count > this.#bytes.length) throw new Error('the data end too early');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }
}
