import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLoadProfile } from '../../../../collector/protocols/dlt645/load-profile.ts';
import { hex, toHex } from './vectors.ts';

const ZONE = 'Asia/Shanghai';
const malformed = expect.objectContaining({ reason: 'malformed' });

const CLASS_1 = '992310240724' + '000500800100FFFFFF' + '0050';
const CLASS_2 = ['122500', '122500', '122500', '122580', '334300', '334300', '334300', '334300'].join('');
const CLASS_3 = '0010' + '0085' + '0010' + '0010';
const CLASS_4 = '56341200' + '78060000' + '34120080' + '00000000';
const CLASS_5 = '01000000' + '02000000' + '03000000' + '04000000';
const CLASS_6 = '122500' + '334300';
const TIME = '1510201126';
const AT = Date.UTC(2026, 10, 20, 2, 15);

/** A record as a meter lays it: each class closed by AA. */
function record(classes: readonly string[], options: { start?: string; time?: string; lastAA?: boolean } = {}): string {
  const { start = 'A0A0', time = TIME, lastAA = true } = options;
  const body = time + classes.join('AA') + (lastAA ? 'AA' : '');
  const head = start + toHex(Uint8Array.of(body.length / 2));
  const sum = hex(head + body).reduce((all, byte) => (all + byte) & 0xff, 0);
  return `${head}${body}${toHex(Uint8Array.of(sum))}E5`;
}

describe('a load profile record', () => {
  it('of all six classes gives every quantity in our units', () => {
    const all = [CLASS_1, CLASS_2, CLASS_3, CLASS_4, CLASS_5, CLASS_6];
    const [first] = parseLoadProfile(hex(record(all)), ZONE);
    expect(first?.time).toBe(AT);
    expect(Object.fromEntries(first?.values ?? [])).toEqual({
      voltage_a_v: 239.9,
      voltage_b_v: 241,
      voltage_c_v: 240.7,
      current_a_a: 0.5,
      current_b_a: 0.18,
      current_c_a: null,
      frequency_hz: 50,
      power_active_total_w: 251.2,
      power_active_a_w: 251.2,
      power_active_b_w: 251.2,
      power_active_c_w: -251.2,
      power_reactive_total_var: 433.3,
      power_reactive_a_var: 433.3,
      power_reactive_b_var: 433.3,
      power_reactive_c_var: 433.3,
      power_factor_total: 1,
      power_factor_a: -0.5,
      power_factor_b: 1,
      power_factor_c: 1,
      energy_import_wh: 1_234_560,
      energy_export_wh: 6780,
      energy_reactive_import_varh: -12_340,
      energy_reactive_export_varh: 0,
      energy_reactive_q1_varh: 10,
      energy_reactive_q2_varh: 20,
      energy_reactive_q3_varh: 30,
      energy_reactive_q4_varh: 40,
    });
  });

  it.each([
    ['with disabled classes', record(['', '', '', CLASS_4, '', '']), undefined],
    ['without the class of quadrant energies', record(['', '', '', CLASS_4, CLASS_6]), undefined],
    ['without the last AA', record(['', '', '', CLASS_4, CLASS_5], { lastAA: false }), undefined],
    ['of one class, closed by AA', record([CLASS_4]), [4]],
    ['of one class, without any AA', record([CLASS_4], { lastAA: false }), [4]],
    ['of one class, among six AA', record(['', '', '', CLASS_4, '', '']), [4]],
    ['with a class 6 of twice the length', record(['', '', '', CLASS_4, '', CLASS_6 + CLASS_6]), undefined],
  ] as const)('%s gives its energies', (_what, bytes, classes) => {
    const [first] = parseLoadProfile(hex(bytes), ZONE, classes);
    expect(first?.values.get('energy_import_wh')).toBe(1_234_560);
    expect(first?.values.get('energy_export_wh')).toBe(6780);
    expect(first?.unknown).toEqual([]);
  });

  it('with a class of unknown length says so and gives the other classes', () => {
    const [first] = parseLoadProfile(hex(record(['9923', '', '', CLASS_4, '', ''])), ZONE);
    expect(first?.unknown).toEqual(['class 1 of 2 bytes']);
    expect(first?.values.get('voltage_a_v')).toBeUndefined();
    expect(first?.values.get('energy_import_wh')).toBe(1_234_560);
  });

  it('that the meter marks as bad is left out, and its neighbours are kept', () => {
    const bad = record([CLASS_1, '', '', '', '', ''], { start: 'E0E0' });
    const good = record(['', '', '', CLASS_4, '', ''], { time: '3010201126' });
    const records = parseLoadProfile(hex(bad + good), ZONE);
    expect(records.map(({ time }) => time)).toEqual([AT + 900_000]);
  });

  it('comes in any number behind each other', () => {
    const times = ['0010201126', '1510201126', '3010201126'];
    const bytes = times.map((time) => record([CLASS_1, '', '', '', '', ''], { time })).join('');
    expect(parseLoadProfile(hex(bytes), ZONE).map(({ time }) => time)).toEqual([AT - 900_000, AT, AT + 900_000]);
    expect(parseLoadProfile(new Uint8Array(), ZONE)).toEqual([]);
  });

  it('with one changed byte anywhere is malformed, marked bad, or a value no more', () => {
    const bytes = hex(record([CLASS_1, '', '', CLASS_4, '', '']));
    const sound = parseLoadProfile(bytes, ZONE);
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        try {
          const seen = parseLoadProfile(bytes.with(at, (bytes[at] ?? 0) ^ flip), ZONE);
          expect(seen).not.toEqual(sound);
          expect(seen).toEqual([]);
        } catch (error) {
          expect(error).toEqual(malformed);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('that is cut short is malformed', () => {
    const bytes = hex(record([CLASS_1, '', '', '', '', '']));
    for (let length = 1; length < bytes.length; length++) {
      expect(() => parseLoadProfile(bytes.subarray(0, length), ZONE)).toThrow(malformed);
    }
  });

  it('with a number of classes that nobody asked for is malformed', () => {
    expect(() => parseLoadProfile(hex(record([CLASS_4, CLASS_5])), ZONE)).toThrow(malformed);
  });
});
