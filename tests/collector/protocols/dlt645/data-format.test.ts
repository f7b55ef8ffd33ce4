import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantOf } from '#contract/zone.ts';
import {
  bcdInteger,
  CURRENT,
  ENERGY,
  ENERGY_SIGNED,
  FACTOR,
  POWER,
  VOLTAGE,
} from '../../../../collector/protocols/dlt645/data-format.ts';
import {
  clockInstant,
  dateText,
  eventInstant,
  secondsOfDay,
  stampBytes,
  stampInstant,
  stampText,
} from '../../../../collector/protocols/dlt645/meter-time.ts';
import { hex, toHex } from './vectors.ts';

const ZONE = 'Asia/Shanghai';
const malformed = expect.objectContaining({ reason: 'malformed' });

function bcdBytes(value: number, bytes: number): Uint8Array {
  return hex(String(value).padStart(bytes * 2, '0')).reverse();
}

describe('a BCD value', () => {
  it('comes back as the integer that was written, for every length', () => {
    const cases = fc
      .integer({ min: 1, max: 6 })
      .chain((bytes) => fc.record({ bytes: fc.constant(bytes), value: fc.nat({ max: 10 ** (2 * bytes) - 1 }) }));
    fc.assert(
      fc.property(cases, ({ bytes, value }) => {
        expect(bcdInteger(bcdBytes(value, bytes))).toBe(value);
      }),
    );
  });

  it('with the top bit set is negative when signed', () => {
    const magnitudes = fc.nat({ max: 799_999 });
    fc.assert(
      fc.property(magnitudes, (value) => {
        const bytes = bcdBytes(value, 3);
        bytes[2] = (bytes[2] ?? 0) | 0x80;
        expect(bcdInteger(bytes, true)).toBe(value === 0 ? 0 : -value);
      }),
    );
  });

  it('of all FF is absent, signed or not', () => {
    expect(bcdInteger(hex('FFFFFF'), true)).toBeNull();
    expect(bcdInteger(hex('FFFF'))).toBeNull();
  });

  it('with a nibble above 9 is malformed wherever the nibble stands', () => {
    const spoilt = fc.record({ at: fc.nat({ max: 7 }), nibble: fc.integer({ min: 10, max: 15 }) });
    fc.assert(
      fc.property(spoilt, ({ at, nibble }) => {
        const bytes = hex('12345678');
        const shift = at % 2 === 0 ? 0 : 4;
        const index = at >> 1;
        bytes[index] = ((bytes[index] ?? 0) & ~(0xf << shift)) | (nibble << shift);
        expect(() => bcdInteger(bytes)).toThrow(malformed);
      }),
    );
  });

  it('is scaled to our units, energy exactly', () => {
    expect(ENERGY.decode(hex('56341200'), ZONE)).toBe(1_234_560);
    expect(ENERGY.decode(hex('99999999'), ZONE)).toBe(999_999_990);
    expect(ENERGY_SIGNED.decode(hex('34120080'), ZONE)).toBe(-12_340);
    expect(CURRENT.decode(hex('235180'), ZONE)).toBe(-5.123);
    expect(FACTOR.decode(hex('0085'), ZONE)).toBe(-0.5);
    expect(POWER.decode(hex('122500'), ZONE)).toBe(251.2);
    expect(VOLTAGE.decode(hex('5622'), ZONE)).toBe(225.6);
  });

  it('of minus zero is zero', () => {
    expect(Object.is(CURRENT.decode(hex('000080'), ZONE), 0)).toBe(true);
  });
});

describe('a time of the meter', () => {
  it('is local time in the zone', () => {
    expect(stampInstant(hex('0000091015'), ZONE)).toBe(Date.UTC(2015, 9, 8, 16, 0));
    expect(eventInstant(hex('052314170625'), ZONE)).toBe(Date.UTC(2025, 5, 17, 6, 23, 5));
    expect(dateText(hex('01110116'))).toBe('2016-01-11');
    expect(secondsOfDay(hex('512210'))).toBe(10 * 3600 + 22 * 60 + 51);
    expect(clockInstant(hex('51221005200626'), ZONE)).toBe(Date.UTC(2026, 5, 20, 2, 22, 51));
  });

  it.each([
    ['month 13', '0000011325'],
    ['month 0', '0000010025'],
    ['day 32', '0000320125'],
    ['30 February', '0000300225'],
    ['hour 24', '0024010125'],
    ['minute 60', '6000010125'],
    ['a nibble above 9', '0A00010125'],
    ['4 bytes', '00010125'],
  ])('with %s is malformed', (_what, bytes) => {
    expect(() => stampInstant(hex(bytes), ZONE)).toThrow(malformed);
  });

  it('of all zero or all FF is none', () => {
    expect(stampInstant(hex('0000000000'), ZONE)).toBeNull();
    expect(eventInstant(hex('FFFFFFFFFFFF'), ZONE)).toBeNull();
  });

  it('of every minute survives being written into a request and read back', () => {
    const first = instantOf(ZONE, '2000-01-01');
    fc.assert(
      fc.property(fc.nat({ max: 52_000_000 }), (minutes) => {
        const instant = first + minutes * 60_000;
        expect(stampInstant(stampBytes(instant, ZONE), ZONE)).toBe(instant);
      }),
    );
    expect(toHex(stampBytes(Date.UTC(2026, 10, 20, 2, 15), ZONE))).toBe('1510201126');
    expect(stampText(Date.UTC(2026, 10, 20, 2, 15), ZONE)).toBe('2026-11-20 10:15');
  });
});
