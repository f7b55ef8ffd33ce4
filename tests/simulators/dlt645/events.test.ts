import { describe, expect, it } from 'vitest';
import { FrameSplitter } from '../../../simulators/dlt645/frame.ts';
import { Dlt645Station } from '../../../simulators/dlt645/station.ts';
import type { World } from '../../../simulators/world/world.ts';
import { type Ask, instant, number, numbers, readItem } from '../support/read645.ts';
import { at, ID, MINUTE, NOW, oneLine, strike, THREE_PHASE } from '../support/small-world.ts';

function askOf(world: World, now = NOW): Ask {
  const station = new Dlt645Station(world.metersOn('L1'));
  return (bytes) => {
    const [found] = new FrameSplitter().push(bytes);
    return found && station.answer(found.frame, now)?.encode(null);
  };
}
function item(world: World, di: string, id = ID, now = NOW): readonly number[] {
  const found = readItem(askOf(world, now), id, di);
  if (typeof found === 'number') throw new Error(`refused with error ${found}`);
  return found;
}
const [a, b] = [at('2026-11-19T03:02:17'), at('2026-11-19T04:02:17')];

describe('the event records of a DL/T 645 meter', () => {
  it('count openings of the cover with the energies before and after', () => {
    const world = oneLine('dlt645-tcp', 1);
    expect(number(item(world, '03300D00'), 0)).toBe(0);
    strike(world, { kind: 'cover-open', target: { meter: ID }, from: a, until: b });
    strike(world, { kind: 'cover-open', target: { meter: ID }, from: NOW - MINUTE }, 'f2');
    expect(number(item(world, '03300D00'), 0)).toBe(2);
    const before = item(world, '03300D02');
    expect(before).toHaveLength(60);
    expect([instant(before.slice(0, 6)), instant(before.slice(6, 12))]).toEqual([a, b]);
    expect(number(before.slice(12, 16), 2)).toBe(world.meter(ID).registers(a).importWh / 1000);
    expect(number(before.slice(36, 40), 2)).toBe(world.meter(ID).registers(b).importWh / 1000);
    const open = item(world, '03300D01');
    expect([instant(open.slice(6, 12)), number(open.slice(36, 40), 2)]).toEqual([null, 0]);
    expect(readItem(askOf(world), ID, '03300D03')).toBe(2);
  });

  it('count a magnetic field', () => {
    const world = oneLine('dlt645-tcp', 1);
    strike(world, { kind: 'magnetic', target: { meter: ID }, from: a, until: b });
    expect(number(item(world, '03350000'), 0)).toBe(1);
    expect(item(world, '03350001')).toHaveLength(28);
  });

  it('tell a loss of voltage apart from an open phase: current flows on, and less is counted', () => {
    const world = oneLine('dlt645-tcp', 10);
    const honest = oneLine('dlt645-tcp', 10);
    strike(world, { kind: 'voltage-loss', target: { meter: THREE_PHASE }, from: a, until: b });
    expect(numbers(item(world, '03010000', THREE_PHASE), 3, 0)).toEqual([0, 0, 1, 60, 0, 0]);
    expect(numbers(item(world, '03040000', THREE_PHASE), 3, 0)).toEqual([0, 0, 0, 0, 0, 0]);
    const record = item(world, '03010201', THREE_PHASE);
    expect(record).toHaveLength(131);
    expect([instant(record.slice(0, 6)), instant(record.slice(6, 12))]).toEqual([a, b]);
    const during = world.meter(THREE_PHASE).registers(a);
    expect(number(record.slice(44, 46), 1)).toBe(during.voltagesV[1]);
    const whole = honest.meter(THREE_PHASE).registers(a);
    expect(during.voltagesV[1]).toBeCloseTo((whole.voltagesV[1] ?? 0) / 2, 0);
    expect(during.currentsA).toEqual(whole.currentsA);
    expect(world.meter(THREE_PHASE).registers(NOW).importWh).toBeLessThan(
      honest.meter(THREE_PHASE).registers(NOW).importWh,
    );
    expect(item(world, '04000505', THREE_PHASE, a)).toEqual([0x01, 0]);
    expect(readItem(askOf(world), ID, '03010000')).toBe(2);
    expect(readItem(askOf(world), THREE_PHASE, '03010101')).toBe(2);
  });

  it('count how often the relay was opened', () => {
    const world = oneLine('dlt645-tcp', 1);
    strike(world, { kind: 'relay-open', target: { meter: ID }, from: a, until: b });
    expect(number(item(world, '1D000001'), 0)).toBe(1);
  });
});

describe('a DL/T 645 meter of a poorer kind', () => {
  it('refuses blocks, freezes or load profile with error 02, by its model or by a fault', () => {
    const lacking = ['0001FF00', '05060101', '06010002'];
    const error = (world: World) => lacking.map((di) => readItem(askOf(world), ID, di)).map((one) => one === 2);
    const model = (options: object) => error(oneLine('dlt645-tcp', 1, undefined, options));
    expect(model({ noBlocks: true })).toEqual([true, false, false]);
    expect(model({ noFreezes: true })).toEqual([false, true, false]);
    expect(model({ noLoadProfile: true })).toEqual([false, false, true]);
    for (const [i, kind] of (['no-blocks', 'no-freezes', 'no-load-profile'] as const).entries()) {
      const world = oneLine('dlt645-tcp', 1);
      strike(world, { kind, target: { meter: ID } });
      expect(error(world)).toEqual([0, 1, 2].map((n) => n === i));
    }
    expect(number(item(oneLine('dlt645-tcp', 1, undefined, { noBlocks: true }), '00010000'), 2)).toBeGreaterThan(0);
  });
});

describe('a DL/T 645 meter with a fault of its records', () => {
  it('gives load profile records that do not parse, in three ways', () => {
    const world = oneLine('dlt645-tcp', 1);
    const good = item(world, '06010002');
    strike(world, { kind: 'bad-profile', target: { meter: ID } });
    const bad = [0, 1, 2].map((n) => item(world, '06010002', ID, NOW + n * 15 * MINUTE));
    const parses = (record: readonly number[]) =>
      record[0] === 0xa0 &&
      record[2] === record.length - 5 &&
      record.at(-2) === record.slice(0, -2).reduce((x, y) => x + y, 0) % 256;
    expect(parses(good)).toBe(true);
    expect(bad.map(parses)).toEqual([false, false, false]);
    expect(new Set(bad.map((record) => `${record[0]} ${record[2]}`)).size).toBe(3);
  });

  it('sends long answers in follow-up frames, short ones in one', () => {
    const world = oneLine('dlt645-tcp', 1);
    const whole = item(world, '0001FF00');
    strike(world, { kind: 'follow-frames', target: { meter: ID }, most: 12 });
    const controls: number[] = [];
    const one = askOf(world);
    const split = readItem(
      (sent) => {
        const reply = one(sent);
        const at0 = reply?.indexOf(0x68) ?? 0;
        controls.push(reply?.[at0 + 8] ?? 0);
        return reply;
      },
      ID,
      '0001FF00',
    );
    expect(split).toEqual(whole);
    expect(controls).toEqual([0xb1, 0xb2, 0x92]);
  });

  it('shows a clock that is off by minutes in its time, not in its status', () => {
    const world = oneLine('dlt645-tcp', 1);
    strike(world, { kind: 'wrong-clock', target: { meter: ID }, offsetS: 25 * 60 });
    expect(item(world, '04000102').map((byte) => byte.toString(16))).toEqual(['30', '45', '10']);
    expect(item(world, '04000501')).toEqual([0, 0]);
  });

  it('tells the temperature in its cupboard', () => {
    const world = oneLine('dlt645-tcp', 1);
    expect(number(item(world, '02800007'), 1, true)).toBe(world.meter(ID).registers(NOW).temperatureC);
    const winter = at('2026-01-15T03:00:00');
    const cold = world.meter(ID).registers(winter).temperatureC;
    expect(cold).toBeLessThan(5);
    expect(number(item(world, '02800007', ID, winter), 1, true)).toBe(cold);
  });
});
