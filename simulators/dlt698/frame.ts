import { crc16x25 } from './crc16-x25.ts';

/**
 * Link frames of DL/T 698.45 (7.2): 68, length (2 bytes, of what stands between 68 and 16), control, server address,
 * client address, check of the head, the user data, check of all, 16. Two-byte numbers go low byte first.
 */
export interface LinkFrame {
  readonly control: number;
  /** 0 single, 1 wildcard, 2 group, 3 broadcast. */
  readonly addressType: number;
  /** Digits as printed, high digit first, two for each byte sent; `A` where the request left a digit open. */
  readonly address: string;
  readonly client: number;
  /** APDU, or in a split frame two bytes of number and a piece of the APDU. */
  readonly body: Uint8Array;
}

/** Control: direction (1 = from the server), started by the client, split, function. */
export const CONTROL = { fromServer: 0x80, byClient: 0x40, split: 0x20, scrambled: 0x08, function: 0x07 } as const;
export const LINK_FUNCTION = 1;
export const USER_DATA = 3;

const START = 0x68;
const END = 0x16;
const WAKE_UP = 0xfe;
const CHECK = 2;

/** `preamble`: number of FE bytes before the frame. */
export function encodeLink(frame: LinkFrame, preamble = 0): Uint8Array {
  const address = Buffer.from(frame.address, 'hex').reverse();
  const length = 2 + 1 + 1 + address.length + 1 + CHECK + frame.body.length + CHECK;
  const bytes = Buffer.alloc(preamble + length + 2, WAKE_UP);
  const at = bytes.subarray(preamble);
  at[0] = START;
  at.writeUInt16LE(length, 1);
  at[3] = frame.control;
  at[4] = (frame.addressType << 6) | (address.length - 1);
  at.set(address, 5);
  const head = 5 + address.length + 1;
  at[head - 1] = frame.client;
  at.writeUInt16LE(crc16x25(at.subarray(1, head)), head);
  at.set(frame.body, head + CHECK);
  const end = head + CHECK + frame.body.length;
  at.writeUInt16LE(crc16x25(at.subarray(1, end)), end);
  at[end + CHECK] = END;
  return bytes;
}

export interface SplitLink {
  readonly frame: LinkFrame;
  /** Bytes on the wire, wake-up bytes included. */
  readonly wireBytes: number;
}

/** Finds frames in a stream; what only looks like the beginning of one is given up as soon as its head does not check. */
export class LinkSplitter {
  #pending: Uint8Array = new Uint8Array(0);
  #tail: Uint8Array = new Uint8Array(0);

  /** What came after the last frame that was found, also what no frame can begin with. */
  get tail(): Uint8Array {
    return this.#tail;
  }

  /** Drops an unfinished frame. */
  reset(): void {
    this.#pending = new Uint8Array(0);
  }

  push(bytes: Uint8Array): SplitLink[] {
    const pending = Buffer.concat([this.#pending, bytes]);
    const frames: SplitLink[] = [];
    let at = 0;
    let from = 0;
    while (at < pending.length) {
      const rest = pending.subarray(at);
      const size = frameSize(rest);
      if (size > rest.length) break;
      const frame = size === 0 ? undefined : decode(rest.subarray(0, size));
      at += frame ? size : 1;
      if (!frame) continue;
      frames.push({ frame, wireBytes: at - from });
      from = at;
    }
    this.#pending = pending.subarray(at);
    this.#tail = pending.subarray(from);
    return frames;
  }
}

/** Where the check of the head stands: after 68, length, control, address flag, address and client. */
function headEnd(bytes: Buffer): number {
  return 5 + ((bytes[4] ?? 0) & 0x0f) + 1 + 1;
}

/** Size of the frame that begins here; 0 if none does; more than what is there if it cannot be told yet. */
function frameSize(bytes: Buffer): number {
  if (bytes[0] !== START) return 0;
  if (bytes.length < 5 || bytes.length < headEnd(bytes) + CHECK) return bytes.length + 1;
  const head = headEnd(bytes);
  if (bytes.readUInt16LE(head) !== crc16x25(bytes.subarray(1, head))) return 0;
  const length = bytes.readUInt16LE(1) & 0x3fff;
  return length < head - 1 + 2 * CHECK ? 0 : length + 2;
}

function decode(bytes: Buffer): LinkFrame | undefined {
  const head = headEnd(bytes);
  const end = bytes.length - 1 - CHECK;
  if (bytes[bytes.length - 1] !== END || bytes.readUInt16LE(end) !== crc16x25(bytes.subarray(1, end))) return undefined;
  const control = bytes[3] ?? 0;
  const body = Uint8Array.from(bytes.subarray(head + CHECK, end));
  return {
    control,
    addressType: (bytes[4] ?? 0) >> 6,
    address: Buffer.from(bytes.subarray(5, head - 1))
      .reverse()
      .toString('hex')
      .toUpperCase(),
    client: bytes[head - 1] ?? 0,
    body: control & CONTROL.scrambled ? body.map((byte) => byte - 0x33) : body,
  };
}
