import { describe, expect, it } from 'vitest';
import { answerPdu } from '../../../simulators/modbus/answer.ts';
import type { Registers } from '../../../simulators/world/registers.ts';
import type { Model } from '../../../simulators/world/spec.ts';
import { NOW, oneLine } from '../support/small-world.ts';

const MODELS: readonly Model[] = ['dtsu666', 'iem3155', 'em24', 'sunspec-3ph'];
const world = oneLine('modbus-tcp', MODELS.length, undefined, {}, { models: MODELS });
const floats = oneLine('modbus-tcp', 1, undefined, { sunspecFloats: true }, { models: ['sunspec-3ph'] });
type Kind = Exclude<Model, 'sunspec-3ph'> | 'sunspec-203' | 'sunspec-213';
const meterOf = (kind: Kind) => {
  const model = kind.startsWith('sunspec-') ? 'sunspec-3ph' : kind;
  const found = (kind === 'sunspec-213' ? floats : world).meters.find(({ spec }) => spec.model === model);
  if (!found) throw new Error(`no meter of model ${model}`);
  return found;
};
const nowOf = (model: Kind): Registers => meterOf(model).registers(NOW);

/** Bytes of registers, read with a request of their own. */
function read(model: Kind, code: number, start: number, count: number): Buffer {
  const reply = answerPdu(meterOf(model), Uint8Array.of(code, start >> 8, start & 255, 0, count), NOW);
  if (reply[0] !== code) throw new Error(`exception ${reply[1]} for ${start.toString(16)}`);
  return Buffer.from(reply.slice(2));
}
const float = (model: Kind, start: number): number => read(model, 3, start, 2).readFloatBE();
const s16 = (model: Kind, code: number, start: number): number => read(model, code, start, 1).readInt16BE();
const abc = ({ a, b, c }: Registers['powersW']): (number | null)[] => [a, b, c];
const close = (found: readonly number[], expected: readonly (number | null)[], digits: number): void => {
  expect(found).toHaveLength(expected.length);
  for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i] ?? Number.NaN, digits);
};

describe('a DTSU666', () => {
  it('holds floats of whole last digits in holding registers', () => {
    const now = nowOf('dtsu666');
    const at = (start: number, n = 3): number[] => Array.from({ length: n }, (_, i) => float('dtsu666', start + 2 * i));
    expect(at(0x2006).every(Number.isInteger)).toBe(true);
    close(
      at(0x2006).map((raw) => raw * 0.1),
      now.voltagesV,
      9,
    );
    close(
      at(0x200c).map((raw) => raw * 0.001),
      now.currentsA,
      9,
    );
    close(
      at(0x2012, 4).map((raw) => raw * 0.1),
      [now.powersW.total, ...abc(now.powersW)],
      9,
    );
    close(
      at(0x201a, 1).map((raw) => raw * 0.1),
      [now.reactivePowersVar.total],
      9,
    );
    close(
      at(0x202a, 1).map((raw) => raw * 0.001),
      [now.powerFactors.total],
      9,
    );
    close(
      at(0x2044, 1).map((raw) => raw * 0.01),
      [now.frequencyHz],
      9,
    );
    expect(Math.round(float('dtsu666', 0x101e) * 1000)).toBe(now.importWh);
    expect(Math.round(float('dtsu666', 0x1028) * 1000)).toBe(now.exportWh);
    expect(() => read('dtsu666', 4, 0x2006, 2)).toThrow('exception 2');
  });
});

describe('an iEM3155', () => {
  it('gives kW as floats and Wh as 64-bit numbers', () => {
    const now = nowOf('iem3155');
    expect([0x0bd3, 0x0bd5, 0x0bd7].map((start) => float('iem3155', start))).toEqual(now.voltagesV);
    expect([0x0bb7, 0x0bb9, 0x0bbb].map((start) => float('iem3155', start))).toEqual(now.currentsA);
    expect(float('iem3155', 0x0bf3) * 1000).toBe(now.powersW.total);
    expect(float('iem3155', 0x0c25)).toBe(now.frequencyHz);
    const int64 = (start: number): number => Number(read('iem3155', 3, start, 4).readBigInt64BE());
    expect(int64(0x0c83)).toBe(now.importWh);
    expect(int64(0x0c87)).toBe(now.exportWh);
    expect(int64(0x0c93)).toBe(now.reactiveImportVarh);
  });
});

describe('an EM24', () => {
  it('sends the low word first', () => {
    const now = nowOf('em24');
    const low = (start: number): number => {
      const bytes = read('em24', 4, start, 2);
      return (bytes.readUInt16BE(0) | (bytes.readUInt16BE(2) << 16)) >> 0;
    };
    close(
      [0, 2, 4].map((start) => low(start) / 10),
      now.voltagesV,
      9,
    );
    close(
      [0x0c, 0x0e, 0x10].map((start) => low(start) / 1000),
      now.currentsA,
      9,
    );
    close(
      [0x12, 0x14, 0x16].map((start) => low(start) / 10),
      abc(now.powersW),
      9,
    );
    expect(low(0x28) / 10).toBeCloseTo(now.powersW.total, 9);
    expect(s16('em24', 4, 0x35) / 1000).toBeCloseTo(now.powerFactors.total, 9);
    expect(s16('em24', 4, 0x37) / 10).toBeCloseTo(now.frequencyHz, 9);
    expect(low(0x42) * 100).toBe(now.importWh);
    expect(low(0x5c) * 100).toBe(now.exportWh);
    // A voltage fits one register: it stands in the first.
    expect(s16('em24', 4, 1)).toBe(0);
  });
});

describe('a SunSpec meter', () => {
  /** Address of the meter model, found along the chain as a master does. */
  function modelAt(model: Kind, id: number): number {
    expect(read(model, 3, 40_000, 2).toString('latin1')).toBe('SunS');
    for (let at = 40_002; ; ) {
      const found = read(model, 3, at, 2);
      if (found.readUInt16BE(0) === 0xffff) throw new Error(`no model ${id}`);
      if (found.readUInt16BE(0) === id) return at;
      at += 2 + found.readUInt16BE(2);
    }
  }

  it('has model 203 with whole numbers and scale factors', () => {
    const now = nowOf('sunspec-203');
    const at = modelAt('sunspec-203', 203);
    const value = (offset: number, scale: number): number =>
      s16('sunspec-203', 3, at + offset) * 10 ** s16('sunspec-203', 3, at + scale);
    const three = (offset: number, scale: number): number[] => [0, 1, 2].map((i) => value(offset + i, scale));
    close(three(3, 6), now.currentsA, 9);
    close(three(8, 15), now.voltagesV, 9);
    close([value(16, 17)], [now.frequencyHz], 9);
    close([value(18, 22), ...three(19, 22)], [now.powersW.total, ...abc(now.powersW)], 9);
    close([value(33, 37) / 100], [now.powerFactors.total], 9);
    expect(s16('sunspec-203', 3, at + 11)).toBe(-0x8000);
    expect(read('sunspec-203', 3, at + 46, 2).readUInt32BE()).toBe(now.importWh);
    expect(read('sunspec-203', 3, at + 38, 2).readUInt32BE()).toBe(now.exportWh);
    expect(read('sunspec-203', 3, at + 2 + 105, 2).toString('hex')).toBe('ffff0000');
  });

  it('has model 213 with floats, NaN where it has no value', () => {
    const now = nowOf('sunspec-213');
    const at = modelAt('sunspec-213', 213);
    const value = (offset: number): number => float('sunspec-213', at + offset);
    expect([12, 14, 16].map(value)).toEqual(now.voltagesV);
    expect([4, 6, 8].map(value)).toEqual(now.currentsA);
    expect([28, 30, 32, 34].map(value)).toEqual([now.powersW.total, ...abc(now.powersW)]);
    expect([value(26), value(52)]).toEqual([now.frequencyHz, now.powerFactors.total]);
    expect([value(68), value(60)]).toEqual([now.importWh, now.exportWh]);
    expect(read('sunspec-213', 3, at + 18, 2).toString('hex')).toBe('7fc00000');
    expect(read('sunspec-213', 3, at + 2 + 124, 2).toString('hex')).toBe('ffff0000');
  });
});
