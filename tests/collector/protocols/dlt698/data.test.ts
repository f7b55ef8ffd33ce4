import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../../../collector/protocols/dlt698/byte-reader.ts';
import { readData } from '../../../../collector/protocols/dlt698/data.ts';
import { dataText } from '../../../../collector/protocols/dlt698/data-text.ts';
import type { Data } from '../../../../collector/protocols/dlt698/data-types.ts';
import { instantOfData } from '../../../../collector/protocols/dlt698/local-time.ts';
import { decodeItem, oadItem } from '../../../../collector/protocols/dlt698/oad-items.ts';
import { array, bits16, i32, NONE, stampHex, structure, u16, u32, u64 } from './meter-frames.ts';
import { hex } from './vectors.ts';

const ZONE = 'Asia/Shanghai';

function read(text: string): Data {
  const reader = new ByteReader(hex(text));
  const data = readData(reader);
  expect(reader.left).toBe(0);
  return data;
}

const malformed = expect.objectContaining({ reason: 'malformed' });
const ANY_METERS = '01';

describe('a value', () => {
  it.each([
    ['00', 'null'],
    ['0301', 'bool true'],
    ['0400', 'bit-string '],
    ['040A8040', 'bit-string 1000000001'],
    ['05FFFFFFFF', 'int32 -1'],
    ['06FFFFFFFF', 'uint32 4294967295'],
    ['0F80', 'int8 -128'],
    ['10FFFE', 'int16 -2'],
    ['11FF', 'uint8 255'],
    ['120100', 'uint16 256'],
    ['14FFFFFFFFFFFFFFFF', 'int64 -1'],
    ['15FFFFFFFFFFFFFFFF', 'uint64 18446744073709551615'],
    ['0902AB01', 'octet-string AB01'],
    ['0A0432323056', 'string "220V"'],
    ['1605', 'enum 5'],
    ['173FC00000', 'float 1.5'],
    ['183FF8000000000000', 'float 1.5'],
    ['1907E90403040F14050000', 'date_time 2025-04-03 15:20:05'],
    ['1A07E9040304', 'date 2025-04-03'],
    ['1B0F1405', 'time 15:20:05'],
    ['1C07E10202030211', 'date_time_s 2017-02-02 03:02:17'],
    ['1CFFFFFFFFFFFFFF', 'date_time_s none'],
    ['502000', 'oi 2000'],
    ['5100100200', 'oad 00100200'],
    ['5401000F', 'TI 15 min'],
    ['550705123456789012', 'tsa 05123456789012'],
    ['5A00', 'RSD 0: all'],
    [`5A01202102001C07E10202030211`, 'RSD 1: 20210200 = date_time_s 2017-02-02 03:02:17'],
    ['5A0220210200110111095401000F', 'RSD 2: 20210200 from uint8 1 to uint8 9 every TI 15 min'],
    ['5A0301202102001101110900', 'RSD 3: 20210200 from uint8 1 to uint8 9 every null'],
    [`5A0407E10202030211${ANY_METERS}`, 'RSD 4: started at 2017-02-02 03:02:17, meters all'],
    [`5A0507E1020203021100`, 'RSD 5: stored at 2017-02-02 03:02:17, meters none'],
    [
      `5A0607E1020203021107E10202040204030001${ANY_METERS}`,
      'RSD 6: 2017-02-02 03:02:17 to 2017-02-02 04:02:04 every 1 day, meters all',
    ],
    ['5A0903', 'RSD 9: 3. last'],
    ['5A0A0301', 'RSD 10: last 3, meters all'],
    ['5B0000100200', 'CSD 00100200'],
    ['5B0150040200020010020000200200', 'CSD 50040200(00100200 00200200)'],
    ['5C00', 'MS none'],
    ['5C02020102', 'MS types 1 2'],
    ['5C03010705123456789012', 'MS addresses 05123456789012'],
    ['5C040200010010', 'MS numbers 1 16'],
    ['5C07010012000112000A', 'MS number ranges uint16 1 to uint16 10'],
    ['600200001002000000200200', 'RCSD 00100200, 00200200'],
    ['0103110111021103', 'array of 3'],
  ])('%s is read as %s', (text, said) => {
    expect(dataText(read(text))).toBe(said);
  });

  it('may hold others', () => {
    expect(read(array(structure(u16(1), NONE), array()))).toMatchObject({
      kind: 'array',
      items: [
        { kind: 'structure', items: [{ value: 1n }, { kind: 'null' }] },
        { kind: 'array', items: [] },
      ],
    });
  });

  it('may be nested eight deep', () => {
    expect(read(`${'0101'.repeat(8)}00`).kind).toBe('array');
    expect(read(`${'5A0120210200'.repeat(8)}00`).kind).toBe('rsd');
  });

  it('longer than 127 bytes has its length in two or three', () => {
    for (const [length, head] of [
      [200, '81C8'],
      [300, '82012C'],
    ] as const) {
      expect(read(`09${head}${'AB'.repeat(length)}`)).toMatchObject({ bytes: expect.objectContaining({ length }) });
    }
  });

  it.each([
    ['an unknown type', '2A00'],
    ['no type', ''],
    ['a number that breaks off', '060001'],
    ['a text that breaks off', '0A0531'],
    ['a count beyond the bytes', '01FF00'],
    ['a length byte that is none', '098000'],
    ['a length of three bytes', '0983000001'],
    ['a selector that is none', '5A0B'],
    ['a choice of columns that is none', '5B0200100200'],
    ['a set of meters that is none', '5C08'],
    ['a unit of time that is none', '54060001'],
    ['arrays nested nine deep', `${'0101'.repeat(9)}00`],
    ['selectors nested nine deep', `${'5A0120210200'.repeat(9)}00`],
  ])('of %s is malformed', (_what, text) => {
    expect(() => read(text)).toThrow(malformed);
  });

  it('of any bytes is read or malformed, and nothing else happens', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          const reader = new ByteReader(bytes);
          dataText(readData(reader));
          expect(reader.at).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toEqual(malformed);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('comes back from what an encoder laid', () => {
    const leaf = fc.oneof(
      fc.nat({ max: 0xffff }).map((value) => [u16(value), `uint16 ${value}`] as const),
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((value) => [i32(value), `int32 ${value}`] as const),
      fc.nat({ max: 2 ** 32 - 1 }).map((value) => [u32(value), `uint32 ${value}`] as const),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => [u64(value), `uint64 ${value}`] as const),
    );
    fc.assert(
      fc.property(fc.array(leaf, { maxLength: 100 }), (leaves) => {
        const data = read(array(...leaves.map(([text]) => text)));
        expect(data.kind === 'array' && data.items.map(dataText)).toEqual(leaves.map(([, said]) => said));
      }),
    );
  });
});

describe('a time', () => {
  it('is local to the meter', () => {
    expect(instantOfData(read(stampHex('2026-11-20 00:05:09')), ZONE)).toBe(Date.parse('2026-11-19T16:05:09Z'));
    expect(instantOfData(read('1907E90403040F14050000'), ZONE)).toBe(Date.parse('2025-04-03T07:20:05Z'));
  });

  it.each(['00', '1CFFFFFFFFFFFFFF', '1C00000000000000'])('is none: %s', (text) => {
    expect(instantOfData(read(text), ZONE)).toBeNull();
  });

  it.each([
    ['month 17, as from BCD', '1C07E11128030211'],
    ['30 February', stampHex('2026-02-30 00:00:00')],
    ['hour 24', stampHex('2026-02-03 24:00:00')],
    ['minute 60', stampHex('2026-02-03 00:60:00')],
    ['second 60', stampHex('2026-02-03 00:00:60')],
    ['some FF', '1C07E10202FFFFFF'],
    ['a number', u32(5)],
    ['a time of day alone', '1B0F1405'],
  ])('of %s is malformed', (_what, text) => {
    expect(() => instantOfData(read(text), ZONE)).toThrow(malformed);
  });
});

describe('the values behind an OAD', () => {
  const decode = (oad: string, text: string) => {
    const item = oadItem(oad);
    if (!item) throw new Error(`no item ${oad}`);
    return Object.fromEntries(decodeItem(item, read(text), ZONE));
  };

  it.each([
    ['00100201', u32(123456), { energy_import_wh: 1_234_560 }],
    ['00100401', u64(12_345_678n), { energy_import_wh: 1_234_567 }],
    ['00100201', u32(0xffffffff), { energy_import_wh: null }],
    ['00100200', NONE, { energy_import_wh: null, energy_import_t1_wh: null }],
    [
      '00200200',
      array(u32(10), u32(1), u32(2)),
      { energy_export_wh: 100, energy_export_t1_wh: 10, energy_export_t2_wh: 20 },
    ],
    ['00300201', i32(-5), { energy_reactive_import_varh: -50 }],
    ['20000200', array(u16(2413), u16(2414), NONE), { voltage_a_v: 241.3, voltage_b_v: 241.4, voltage_c_v: null }],
    ['20000200', array(u16(2413)), { voltage_a_v: 241.3 }],
    ['20010203', i32(-12_345), { current_c_a: -12.345 }],
    ['20040200', array(i32(-15), i32(5)), { power_active_total_w: -1.5, power_active_a_w: 0.5 }],
    ['20060200', array(i32(15), i32(5)), { power_apparent_total_va: 1.5 }],
    ['200A0201', '10FC18', { power_factor_total: -1 }],
    ['200F0200', u16(4998), { frequency_hz: 49.98 }],
    ['20140203', bits16('0000100000000000'), { relay_open: 1, on_battery: 0 }],
    ['20140203', bits16('0010000000000000'), { relay_open: 0, on_battery: 1 }],
    [
      '20140200',
      array(...['0', '0', '0100', '0', '0', '0', '0'].map((one) => bits16(one.padEnd(16, '0')))),
      { relay_open: 0, on_battery: 0 },
    ],
    [
      '10100200',
      array(structure(u32(12_345), stampHex('2026-11-19 10:15:00'))),
      { demand_import_max_w: 1234.5, demand_import_max_at: Date.parse('2026-11-19T02:15:00Z') },
    ],
  ])('%s', (oad, text, values) => {
    expect(decode(oad, text)).toMatchObject(values);
    if (text !== NONE) expect(Object.keys(decode(oad, text))).toEqual(Object.keys(values));
  });

  it.each([
    ['00100201', array(u32(1))],
    ['00100200', u32(1)],
    ['20000201', '0A0432323056'],
    ['20140203', u16(16)],
    ['20140203', '040480'],
    ['00100401', u64(2n ** 63n)],
    ['10100201', structure(u32(1), u32(1))],
  ])('%s of another shape is malformed: %s', (oad, text) => {
    expect(() => decode(oad, text)).toThrow(malformed);
  });
});
