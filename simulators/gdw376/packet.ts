/**
 * Frames of Q/GDW 376.1 (5.1): 68, length twice (2 bytes each, low byte first; bits 1-0 = 2, the rest the number of
 * bytes from control to the end of the data), 68, control, address, AFN, SEQ, data, sum of those bytes, 16.
 */
export interface Packet {
  readonly control: number;
  /** Region (four digits) and terminal address (four hexadecimal digits), such as 02001234. */
  readonly terminal: string;
  /** A3: bit 0 group, bits 7-1 the number of the master. */
  readonly master: number;
  readonly afn: number;
  readonly seq: number;
  /** Data units and what is added to them. */
  readonly data: Uint8Array;
}

/** Control: from the terminal, from the one who asks, events wait (towards the master), function. */
export const CONTROL = { up: 0x80, asks: 0x40, events: 0x20, function: 0x0f } as const;
/** SEQ: time tag there, first, last, confirmation wanted, number. */
export const SEQ = { timeTag: 0x80, first: 0x40, last: 0x20, confirm: 0x10, number: 0x0f } as const;

const START = 0x68;
const END = 0x16;
const PROTOCOL = 2;
/** Bytes before the control byte, and after the data. */
const HEAD = 6;
const TAIL = 2;
/** Control, address, AFN, SEQ. */
const LEAST = 8;

export function encodePacket(packet: Packet): Uint8Array {
  const [regionHigh = 0, regionLow = 0, high = 0, low = 0] = Buffer.from(packet.terminal, 'hex');
  const body = Buffer.from([
    packet.control,
    regionLow,
    regionHigh,
    low,
    high,
    packet.master,
    packet.afn,
    packet.seq,
    ...packet.data,
  ]);
  const length = (body.length << 2) | PROTOCOL;
  const lengths = [length & 0xff, length >> 8];
  return Uint8Array.from([START, ...lengths, ...lengths, START, ...body, sumOf(body), END]);
}

function sumOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => (sum + byte) & 0xff, 0);
}

/** Finds packets in a stream by their length; bytes that begin none are skipped. */
export class PacketSplitter {
  #pending: Buffer = Buffer.alloc(0);

  push(bytes: Uint8Array): Packet[] {
    const pending = Buffer.concat([this.#pending, bytes]);
    const packets: Packet[] = [];
    let at = 0;
    while (at < pending.length) {
      const rest = pending.subarray(at);
      const size = packetSize(rest);
      if (size > rest.length) break;
      const packet = size === 0 ? undefined : decode(rest.subarray(0, size));
      at += packet ? size : 1;
      if (packet) packets.push(packet);
    }
    this.#pending = pending.subarray(at);
    return packets;
  }
}

/** Size of the packet that begins here; 0 if none does; more than what is there if it cannot be told yet. */
function packetSize(bytes: Buffer): number {
  if (bytes[0] !== START) return 0;
  if (bytes.length < HEAD) return HEAD;
  const length = bytes.readUInt16LE(1);
  if (bytes[5] !== START || bytes.readUInt16LE(3) !== length || (length & 3) !== PROTOCOL) return 0;
  return length >> 2 < LEAST ? 0 : HEAD + (length >> 2) + TAIL;
}

function decode(bytes: Buffer): Packet | undefined {
  const body = bytes.subarray(HEAD, -TAIL);
  const [control = 0, regionLow = 0, regionHigh = 0, low = 0, high = 0, master = 0, afn = 0, seq = 0] = body;
  if (bytes[bytes.length - 1] !== END || bytes[bytes.length - TAIL] !== sumOf(body)) return undefined;
  const terminal = Buffer.from([regionHigh, regionLow, high, low]).toString('hex').toUpperCase();
  return { control, terminal, master, afn, seq, data: Uint8Array.from(body.subarray(LEAST)) };
}
