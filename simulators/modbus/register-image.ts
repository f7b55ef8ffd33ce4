import type { SimMeter } from '../world/meter.ts';
import type { Registers } from '../world/registers.ts';

type Read = (now: Registers, meter: SimMeter) => number;

/** One value in the registers of a meter. */
export interface Field {
  readonly address: number;
  /** Registers that it takes. */
  readonly words: number;
  /** High byte first; `words` registers. */
  encode(now: Registers, meter: SimMeter): Buffer;
}

/** Registers that one function code reads. */
interface RegisterTable {
  /** First and one past the last address of each range that may be read in one request. */
  readonly ranges: readonly (readonly [from: number, to: number])[];
  /** Addresses inside a range that no field uses read as 0. Of fields at the same address the last one counts. */
  readonly fields: readonly Field[];
}

/** Registers of one model: function 03 reads the holding ones, 04 the input ones. */
export interface RegisterMap {
  readonly holding?: RegisterTable;
  readonly input?: RegisterTable;
}

const field =
  (words: number, write: (bytes: Buffer, value: number) => void) =>
  (address: number, read: Read): Field => ({
    address,
    words,
    encode: (now, meter) => {
      const bytes = Buffer.alloc(words * 2);
      write(bytes, read(now, meter));
      return bytes;
    },
  });

const clamp = (value: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, Math.round(value)));

export const float32 = field(2, (bytes, value) => bytes.writeFloatBE(value));
export const uint16 = field(1, (bytes, value) => bytes.writeUInt16BE(clamp(value, 0, 0xffff)));
export const int16 = field(1, (bytes, value) => bytes.writeInt16BE(clamp(value, -0x7fff, 0x7fff)));
export const uint32 = field(2, (bytes, value) => bytes.writeUInt32BE(clamp(value, 0, 0xffff_ffff)));
export const int64 = field(4, (bytes, value) => bytes.writeBigInt64BE(BigInt(Math.round(value))));
/** Signed, the register with the low half first. */
export const int32LowFirst = field(2, (bytes, value) => {
  bytes.writeInt32BE(clamp(value, -0x7fff_ffff, 0x7fff_ffff));
  bytes.swap32().swap16();
});

/** Latin text, filled up with zeros. */
export function text(address: number, words: number, read: (meter: SimMeter) => string): Field {
  return {
    address,
    words,
    encode: (_, meter) => {
      const bytes = Buffer.alloc(words * 2);
      bytes.write(read(meter), 'latin1');
      return bytes;
    },
  };
}

/** Bytes of the registers [start, start + count), or undefined where the table has no such range. */
export function imageOf(
  table: RegisterTable,
  meter: SimMeter,
  { start, count, atMs }: { readonly start: number; readonly count: number; readonly atMs: number },
): Buffer | undefined {
  if (!table.ranges.some(([from, to]) => start >= from && start + count <= to)) return undefined;
  const now = meter.registers(atMs);
  const bytes = Buffer.alloc(count * 2);
  for (const { address, words, encode } of table.fields) {
    if (address + words <= start || address >= start + count) continue;
    const from = Math.max(start, address);
    const to = Math.min(start + count, address + words);
    encode(now, meter).copy(bytes, (from - start) * 2, (from - address) * 2, (to - address) * 2);
  }
  return bytes;
}
