import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerPdu } from '../../../simulators/modbus/answer.ts';
import { crc16 } from '../../../simulators/modbus/crc16.ts';
import { encodeMbap, MbapSplitter } from '../../../simulators/modbus/mbap-splitter.ts';
import { encodeRtu, RtuSplitter } from '../../../simulators/modbus/rtu-splitter.ts';
import { at, NOW, oneLine, SUPPLY } from '../support/small-world.ts';

const world = oneLine('modbus-tcp', 24);
const SDM120 = '310001000001';
const SDM630 = '310001000004';
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const pdu = (code: number, start: number, count: number): Uint8Array =>
  Uint8Array.of(code, start >> 8, start & 0xff, count >> 8, count & 0xff);

/** The float at an address, read with a request of its own. */
function float(id: string, address: number, now = NOW): number {
  const reply = answerPdu(world.meter(id), pdu(4, address, 2), now);
  expect([reply[0], reply[1]]).toEqual([4, 4]);
  return Buffer.from(reply).readFloatBE(2);
}

describe('a Modbus frame', () => {
  it.each([
    ['0104000000', '010400000002', 0xcb71],
    ['exception', '018302', 0xf1c0],
    ['reply', '01040443668000', 0xdf6f],
  ])('has the CRC of a known frame: %s', (_, bytes, crc) => {
    expect(crc16(Buffer.from(bytes, 'hex'))).toBe(crc);
  });

  it('is found in a stream cut anywhere, after noise that is no frame', () => {
    const request = fc.tuple(
      fc.integer({ min: 1, max: 247 }),
      fc.constantFrom(3, 4, 6),
      fc.nat(65_535),
      fc.nat(65_535),
    );
    fc.assert(
      fc.property(
        fc.array(request, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 9 }),
        (requests, size) => {
          const sent = requests.map(([unit, code, start, count]) => encodeRtu(unit, pdu(code, start, count)));
          const stream = Buffer.concat(sent);
          const splitter = new RtuSplitter();
          const found = [];
          for (let from = 0; from < stream.length; from += size)
            found.push(...splitter.push(stream.subarray(from, from + size)));
          expect(found.map((frame) => hex(encodeRtu(frame.unit, frame.pdu)))).toEqual(sent.map(hex));
        },
      ),
    );
    const splitter = new RtuSplitter();
    expect(splitter.push(Buffer.concat([Buffer.from('00ff', 'hex'), encodeRtu(7, pdu(4, 0, 2))]))).toHaveLength(1);
  });

  it('is found in a TCP stream cut anywhere, and anything else ends the connection', () => {
    const stream = Buffer.concat([encodeMbap(1, 5, pdu(4, 0, 2)), encodeMbap(0xffff, 6, pdu(3, 1, 1))]);
    for (let size = 1; size <= stream.length; size++) {
      const splitter = new MbapSplitter();
      const found = [];
      for (let from = 0; from < stream.length; from += size)
        found.push(...(splitter.push(stream.subarray(from, from + size)) ?? []));
      expect(found.map(({ transaction, unit }) => [transaction, unit])).toEqual([
        [1, 5],
        [0xffff, 6],
      ]);
    }
    expect(new MbapSplitter().push(Buffer.from('GET / HTTP/1.1\r\n'))).toBeUndefined();
    expect(new MbapSplitter().push(Buffer.from('000100010006010400000002', 'hex'))).toBeUndefined();
    expect(new MbapSplitter().push(Buffer.from('0001000000ff010400000002', 'hex'))).toBeUndefined();
    expect(new MbapSplitter().push(Buffer.from('0001000000010104', 'hex'))).toBeUndefined();
  });
});

describe('an SDM meter', () => {
  it('gives float32 values, high word first, as the oracle has them', () => {
    const now = world.meter(SDM630).registers(NOW);
    expect([0, 2, 4].map((address) => float(SDM630, address))).toEqual(now.voltagesV);
    expect([6, 8, 10].map((address) => float(SDM630, address))).toEqual(now.currentsA);
    expect([0x0c, 0x0e, 0x10].map((address) => float(SDM630, address))).toEqual([
      now.powersW.a,
      now.powersW.b,
      now.powersW.c,
    ]);
    expect(float(SDM630, 0x34)).toBe(now.powersW.total);
    expect(float(SDM630, 0x38)).toBe(now.apparentPowersVa.total);
    expect(float(SDM630, 0x3c)).toBe(now.reactivePowersVar.total);
    expect(float(SDM630, 0x3e)).toBe(now.powerFactors.total);
    expect(float(SDM630, 0x46)).toBe(now.frequencyHz);
    expect(Math.round(float(SDM630, 0x48) * 1000)).toBe(now.importWh);
    expect(Math.round(float(SDM630, 0x4a) * 1000)).toBe(now.exportWh);
    expect(Math.round(float(SDM630, 0x4c) * 1000)).toBe(now.reactiveImportVarh);
    expect(float(SUPPLY, 0x34)).toBe(world.meter(SUPPLY).registers(NOW).powersW.total);
  });

  it('gives the same in one block as alone', () => {
    const block = Buffer.from(answerPdu(world.meter(SDM630), pdu(4, 0, 0x50), NOW)).subarray(2);
    for (let address = 0; address < 0x50; address += 2)
      expect(block.readFloatBE(address * 2)).toBe(float(SDM630, address));
    const shifted = Buffer.from(answerPdu(world.meter(SDM630), pdu(4, 1, 3), NOW)).subarray(2);
    expect(hex(shifted)).toBe(hex(block.subarray(2, 8)));
  });

  it('shows what panels feed in as negative power and positive current', () => {
    const noon = at('2026-05-06T12:07:00');
    expect(float('310001000023', 0x0c, noon)).toBeLessThan(0);
    expect(float('310001000023', 0x06, noon)).toBeGreaterThan(0);
  });

  it.each([
    ['another function', 1, 0, 2, '8101'],
    ['writing', 6, 0x14, 1, '8601'],
    ['an address beyond', 4, 0x0180, 2, '8402'],
    ['a block across a gap', 4, 0x001e, 42, '8402'],
    ['inputs as holding registers', 3, 0x0048, 2, '8302'],
    ['nothing', 4, 0, 0, '8403'],
    ['too much', 4, 0, 126, '8403'],
  ])('refuses %s', (_, code, start, count, reply) => {
    expect(hex(answerPdu(world.meter(SDM120), pdu(code, start, count), NOW))).toBe(reply);
  });

  it('keeps its unit number among its settings', () => {
    const reply = Buffer.from(answerPdu(world.meter(SDM630), pdu(3, 0x14, 2), NOW));
    expect(reply.readFloatBE(2)).toBe(4);
  });
});
