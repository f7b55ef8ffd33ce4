import { malformedContent } from '../../lines/read-error.ts';
import type { Data } from './data-types.ts';
import { instantOfData } from './local-time.ts';

/** How one value becomes a number in our unit. Null = the meter has the item but no value. */
export interface Format {
  /** Most bytes that it takes in an answer, tag included. */
  readonly bytes: number;
  /** Rejects what is not of the kind with ReadError `malformed`. */
  decode(data: Data, zone: string): number | null;
}

const INT_BYTES = { uint16: 3, uint32: 5, uint64: 9 } as const;

/**
 * An integer of any width times `times` divided by `per`. Meters differ in the width and sign they send; all ones in an
 * unsigned one mean that there is no value.
 */
function scaled(width: keyof typeof INT_BYTES, scale: { times?: number; per?: number; isWhole?: boolean }): Format {
  const { times = 1, per = 1, isWhole = false } = scale;
  return {
    bytes: INT_BYTES[width],
    decode(data) {
      if (data.kind === 'null') return null;
      if (data.kind !== 'integer') throw malformedContent(`${data.kind} instead of a number`);
      const { type, value } = data;
      if (type.startsWith('u') && value === (1n << BigInt(type.slice(4))) - 1n) return null;
      const raw = Number(value);
      if (!Number.isSafeInteger(raw)) throw malformedContent(`number ${value} beyond any register`);
      const result = (raw * times) / per;
      return isWhole ? Math.trunc(result) + 0 : result;
    },
  };
}

/** Scaler −2 kWh or kvarh, to Wh or varh: an exact integer. */
export const ENERGY = scaled('uint32', { times: 10 });
/** Scaler −4: cut to the whole Wh, as the register of two decimals cuts. */
export const ENERGY_FINE = scaled('uint64', { per: 10, isWhole: true });
/** Scaler −1 V. */
export const VOLTAGE = scaled('uint16', { per: 10 });
/** Scaler −3 A. */
export const CURRENT = scaled('uint32', { per: 1000 });
/** Scaler −1 W, var or VA. */
export const POWER = scaled('uint32', { per: 10 });
/** Scaler −4 kW, to W. */
export const DEMAND = scaled('uint32', { per: 10 });
/** Scaler −3. */
export const FACTOR = scaled('uint16', { per: 1000 });
/** Scaler −2 Hz. */
export const FREQUENCY = scaled('uint16', { per: 100 });

/** date_time_s or date_time, to UTC ms. */
export const TIME: Format = { bytes: 8, decode: instantOfData };

/**
 * Bits `from` and up, as many as `mask` has, of a bit-string: 1 when they equal `value`, else 0. Bit 0 is the first one,
 * which is the top bit of the first byte.
 */
export function stateBits(from: number, mask: number, value: number): Format {
  return {
    bytes: 4,
    decode(data) {
      if (data.kind === 'null') return null;
      if (data.kind !== 'bits') throw malformedContent(`${data.kind} instead of a bit-string`);
      if (data.bytes.every((byte) => byte === 0xff)) return null;
      let bits = 0;
      for (let i = 0; 1 << i <= mask; i++) {
        const at = from + i;
        if (at >= data.count) throw malformedContent(`bit-string of ${data.count} bits has no bit ${at}`);
        bits |= (((data.bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1) << i;
      }
      return bits === value ? 1 : 0;
    },
  };
}
