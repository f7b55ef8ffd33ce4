/**
 * A master written from the field layouts alone, sharing nothing with the simulators: what it reads out of their frames
 * must be what their oracle says.
 */
export type Ask = (request: Uint8Array) => Uint8Array | undefined;

const hex = (text: string): number[] => [...Buffer.from(text.replaceAll(' ', ''), 'hex')];

export function request(address: string, control: number, data: readonly number[]): Uint8Array {
  const body = [
    0x68,
    ...hex(address).reverse(),
    0x68,
    control,
    data.length,
    ...data.map((byte) => (byte + 0x33) % 256),
  ];
  return Uint8Array.from([...body, body.reduce((a, b) => a + b, 0) % 256, 0x16]);
}

export interface Reply {
  readonly address: string;
  readonly control: number;
  readonly data: readonly number[];
}

export function parse(frame: Uint8Array): Reply {
  const bytes = [...frame];
  while (bytes[0] === 0xfe) bytes.shift();
  const sum = bytes.slice(0, -2).reduce((a, b) => a + b, 0) % 256;
  if (bytes[0] !== 0x68 || bytes[7] !== 0x68 || bytes.at(-1) !== 0x16) throw new Error('no frame');
  if (bytes.at(-2) !== sum || bytes[9] !== bytes.length - 12) throw new Error('damaged frame');
  const address = Buffer.from(bytes.slice(1, 7).reverse()).toString('hex');
  return { address, control: bytes[8] ?? 0, data: bytes.slice(10, -2).map((byte) => (byte + 256 - 0x33) % 256) };
}

/** The data after the identifier, follow-up frames put together; the error byte for an error reply. */
export function readItem(
  ask: Ask,
  address: string,
  di: string,
  extra: readonly number[] = [],
): readonly number[] | number {
  const id = hex(di).reverse();
  const first = ask(request(address, 0x11, [...id, ...extra]));
  if (!first) throw new Error(`no answer to ${di}`);
  let reply = parse(first);
  if (reply.control === 0xd1) return reply.data[0] ?? -1;
  const data = reply.data.slice(4);
  for (let seq = 1; reply.control & 0x20; seq++) {
    const more = ask(request(address, 0x12, [...id, seq]));
    if (!more) throw new Error(`no follow-up ${seq}`);
    reply = parse(more);
    if (reply.data.at(-1) !== seq || String(reply.data.slice(0, 4)) !== String(id)) throw new Error('wrong follow-up');
    data.push(...reply.data.slice(4, -1));
  }
  return data;
}

/** Number of BCD bytes, low byte first, divided by a power of ten; null where all bits are set. */
export function number(bytes: readonly number[], decimals: number, signed = false): number | null {
  if (bytes.every((byte) => byte === 0xff)) return null;
  const high = [...bytes].reverse();
  const negative = signed && ((high[0] ?? 0) & 0x80) !== 0;
  if (negative) high[0] = (high[0] ?? 0) & 0x7f;
  const text = high.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  if (!/^\d+$/.test(text)) throw new Error(`not BCD: ${text}`);
  return ((negative ? -1 : 1) * Number(text)) / 10 ** decimals;
}

export function numbers(bytes: readonly number[], width: number, decimals: number, signed = false): (number | null)[] {
  return Array.from({ length: bytes.length / width }, (_, i) =>
    number(bytes.slice(i * width, (i + 1) * width), decimals, signed),
  );
}

/** `YYMMDDhhmm`, low byte first, as UTC ms. */
export function minute(bytes: readonly number[]): number {
  const [mm, hh, dd, mo, yy] = bytes.map((byte) => byte.toString(16).padStart(2, '0'));
  return Date.parse(`20${yy}-${mo}-${dd}T${hh}:${mm}:00+08:00`);
}

/** `YYMMDDhhmmss`, low byte first, as UTC ms; null for all zero. */
export function instant(bytes: readonly number[]): number | null {
  if (bytes.every((byte) => byte === 0)) return null;
  const [ss, mm, hh, dd, mo, yy] = bytes.map((byte) => byte.toString(16).padStart(2, '0'));
  return Date.parse(`20${yy}-${mo}-${dd}T${hh}:${mm}:${ss}+08:00`);
}
