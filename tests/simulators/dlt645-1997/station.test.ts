import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FrameSplitter } from '../../../simulators/dlt645/frame.ts';
import { Dlt1997Station } from '../../../simulators/dlt645-1997/station.ts';
import { World } from '../../../simulators/world/world.ts';
import { number, numbers, parse, request } from '../support/read645.ts';
import { at, ID, NOW, oneLine, PV, strike } from '../support/small-world.ts';

const models = { models: ['dlt645-1997-1ph', 'dlt645-1997-3ph', 'dlt645-1ph'] } as const;
const THREE = '310001000002';
const world = oneLine('dlt645-tcp', 24, undefined, {}, models);

function ask(w: World, sent: Uint8Array, now = NOW): Uint8Array | undefined {
  const [found] = new FrameSplitter().push(sent);
  return found && new Dlt1997Station(w.metersOn('L1')).answer(found.frame, now)?.encode(null);
}
/** Data after the identifier; the error byte of an error reply. */
function read(di: string, id = ID, w = world, now = NOW): readonly number[] | number {
  const [high = 0, low = 0] = Buffer.from(di, 'hex');
  const reply = parse(ask(w, request(id, 0x01, [low, high]), now) ?? new Uint8Array());
  if (reply.control === 0xc1) return reply.data[0] ?? -1;
  expect([reply.control, ...reply.data.slice(0, 2)]).toEqual([0x81, low, high]);
  return reply.data.slice(2);
}
const data = (...args: Parameters<typeof read>): readonly number[] => {
  const found = read(...args);
  if (typeof found === 'number') throw new Error(`refused with error ${found}`);
  return found;
};

describe('a DL/T 645-1997 meter', () => {
  it('gives energies, one by one and as a block that AA ends', () => {
    const now = world.meter(ID).registers(NOW);
    expect(number(data('9010'), 2)).toBe(now.importWh / 1000);
    expect(number(data('9012'), 2)).toBe((now.t2Wh ?? 0) / 1000);
    const block = data('901F');
    expect(block.at(-1)).toBe(0xaa);
    expect(numbers(block.slice(0, -1), 4, 2)).toEqual(
      [now.importWh, now.t1Wh, now.t2Wh, now.t3Wh, now.t4Wh].map((wh) => (wh ?? 0) / 1000),
    );
    expect(number(data('9020'), 2)).toBe(now.exportWh / 1000);
  });

  it('gives whole volts, hundredths of an ampere and powers without a sign', () => {
    const now = world.meter(THREE).registers(NOW);
    const di = (group: string) => ['1', '2', '3'].map((phase) => `${group}${phase}`);
    expect(di('B61').map((one) => number(data(one, THREE), 0))).toEqual(now.voltagesV);
    expect(di('B62').map((one) => number(data(one, THREE), 2))).toEqual(now.currentsA);
    expect(number(data('B630', THREE), 1)).toBe(now.powersW.total);
    expect(numbers(data('B63F', THREE).slice(0, -1), 3, 1)).toEqual(Object.values(now.powersW));
    const noon = at('2026-05-06T12:07:00');
    const models1997 = oneLine('dlt645-tcp', 24, undefined, {}, { models: ['dlt645-1997-1ph'] });
    expect(number(data('B630', PV, models1997, noon), 1)).toBeGreaterThan(0);
    expect(data('C020', PV, models1997, noon)).toEqual([0x10]);
  });

  it('tells its date and time', () => {
    expect(data('C010').map((byte) => byte.toString(16))).toEqual(['5', '20', '11', '26']);
    expect(data('C011').map((byte) => byte.toString(16))).toEqual(['30', '20', '10']);
  });

  it('refuses what it has not with C1, and blocks where it has none', () => {
    expect(['B612', '9015', 'C0FF'].map((di) => read(di))).toEqual([2, 2, 2]);
    const bare = oneLine('dlt645-tcp', 2, undefined, { noBlocks: true }, { models: ['dlt645-1997-1ph'] });
    expect(read('901F', ID, bare)).toBe(2);
    expect(typeof read('9010', ID, bare)).toBe('object');
    strike(world, { kind: 'no-blocks', target: { meter: ID }, from: NOW + 1000 });
    expect(read('901F', ID, world, NOW + 1000)).toBe(2);
  });

  it('is silent to the 2007 edition and leaves its neighbours of that edition alone', () => {
    expect(ask(world, request(ID, 0x11, [0, 0, 1, 0]))).toBeUndefined();
    expect(ask(world, request('310001000003', 0x01, [0x10, 0x90]))).toBeUndefined();
  });

  it('answers a request as a real master sent it in the shape of the real reply', () => {
    const [vector] = JSON.parse(
      readFileSync(new URL('../vectors/dlt645-1997.json', import.meta.url), 'utf8'),
    ) as readonly { request_hex: string; response_hex: string }[];
    const bytes = (hex = ''): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');
    const { spec } = world;
    const renamed = spec.meters.map((meter) => (meter.id === ID ? { ...meter, address: '3' } : meter));
    const reply = parse(ask(new World({ ...spec, meters: renamed }), bytes(vector?.request_hex)) ?? new Uint8Array());
    const real = parse(bytes(vector?.response_hex));
    expect([reply.address, reply.control, reply.data.length]).toEqual([real.address, real.control, real.data.length]);
    expect(reply.data.slice(0, 2)).toEqual(real.data.slice(0, 2));
    expect(number(reply.data.slice(2), 0)).toBe(world.meter(ID).registers(NOW).voltagesV[0]);
  });
});
