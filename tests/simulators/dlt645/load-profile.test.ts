import { describe, expect, it } from 'vitest';
import { FrameSplitter } from '../../../simulators/dlt645/frame.ts';
import { Dlt645Station } from '../../../simulators/dlt645/station.ts';
import type { World } from '../../../simulators/world/world.ts';
import { type Ask, minute, number, numbers, parse, readItem, request } from '../support/read645.ts';
import { at, DAY, ID, MINUTE, NOW, oneLine, strike, THREE_PHASE } from '../support/small-world.ts';

function askOf(world: World, frames: number[] = []): Ask {
  const station = new Dlt645Station(world.metersOn('L1'));
  return (bytes) => {
    const [found] = new FrameSplitter().push(bytes);
    const reply = found && station.answer(found.frame, NOW)?.encode(null);
    if (reply) frames.push(parse(reply).data.length);
    return reply;
  };
}
const bcd = (value: number): number => Number.parseInt(String(value), 16);
const given = (count: number, text: string): number[] => {
  const date = new Date(at(text) + 8 * 3_600_000);
  return [
    count,
    bcd(date.getUTCMinutes()),
    bcd(date.getUTCHours()),
    bcd(date.getUTCDate()),
    bcd(date.getUTCMonth() + 1),
    bcd(date.getUTCFullYear() % 100),
  ];
};

interface Block {
  readonly stampMs: number;
  readonly classes: readonly (readonly number[])[];
}
const FULL = [17, 24, 8, 16, 16, 6];

/** Takes records apart by their own length byte and the widths of the classes; checks marks and sums. */
function blocks(data: readonly number[] | number, widths: readonly number[] = FULL): Block[] {
  if (typeof data === 'number') throw new Error(`refused with error ${data}`);
  const found: Block[] = [];
  for (let from = 0; from < data.length; ) {
    const length = data[from + 2] ?? 0;
    const block = data.slice(from, from + length + 5);
    expect(block.slice(0, 2)).toEqual([0xa0, 0xa0]);
    expect(block.at(-1)).toBe(0xe5);
    expect(block.at(-2)).toBe(block.slice(0, -2).reduce((a, b) => a + b, 0) % 256);
    const classes: number[][] = [];
    let place = 8;
    for (const width of widths) {
      classes.push(block.slice(place, place + width));
      expect(block[place + width]).toBe(0xaa);
      place += width + 1;
    }
    expect(place).toBe(block.length - 2);
    found.push({ stampMs: minute(block.slice(3, 8)), classes });
    from += length + 5;
  }
  return found;
}

describe('the load profile of a DL/T 645 meter', () => {
  const world = oneLine('dlt645-tcp', 10);

  it.each([ID, THREE_PHASE])('gives all six classes as the oracle has them, over follow-up frames: %s', (id) => {
    const sizes: number[] = [];
    const records = blocks(readItem(askOf(world, sizes), id, '06000001', given(8, '2026-11-19T22:45:00')));
    expect(records).toHaveLength(8);
    expect(sizes.length).toBe(5);
    expect(Math.max(...sizes)).toBe(200);
    for (const [i, { stampMs, classes }] of records.entries()) {
      expect(stampMs).toBe(at('2026-11-19T22:45:00') + i * 15 * MINUTE);
      const record = world.meter(id).loadProfile(stampMs);
      const [one = [], two = [], three = [], four = [], five = [], six = []] = classes;
      expect(numbers(one.slice(0, 6), 2, 1)).toEqual(record?.voltagesV);
      expect(numbers(one.slice(6, 15), 3, 3, true)).toEqual(record?.currentsA);
      expect(number(one.slice(15), 2)).toBe(record?.frequencyHz);
      expect(number(two.slice(0, 3), 1, true)).toBe(record?.powersW.total);
      expect(number(two.slice(12, 15), 1, true)).toBe(record?.reactivePowersVar.total);
      expect(number(three.slice(0, 2), 3, true)).toBe(record?.powerFactors.total);
      expect(numbers(four.slice(0, 8), 4, 2)).toEqual([(record?.importWh ?? 0) / 1000, (record?.exportWh ?? 0) / 1000]);
      expect(number(four.slice(8, 12), 2, true)).toBe((record?.reactiveImportVarh ?? 0) / 1000);
      expect(number(five.slice(0, 4), 2, true)).toBe((record?.reactiveImportVarh ?? 0) / 1000);
      expect(number(six.slice(0, 3), 1, true)).toBe(record?.powersW.total);
    }
  });

  it('gives one class alone, of the others only the marks', () => {
    const [one] = blocks(readItem(askOf(world), ID, '06010001', given(1, '2026-11-20T00:00:00')), [17, 0, 0, 0, 0, 0]);
    expect(numbers(one?.classes[0]?.slice(0, 6) ?? [], 2, 1)).toEqual(
      world.meter(ID).loadProfile(at('2026-11-20T00:00:00'))?.voltagesV,
    );
  });

  it('gives the latest record and the earliest, 40 days back', () => {
    expect(blocks(readItem(askOf(world), ID, '06000002')).map(({ stampMs }) => stampMs)).toEqual([
      at('2026-11-20T10:15:00'),
    ]);
    const earliest = blocks(readItem(askOf(world), ID, '06000000', [2]));
    expect(earliest[0]?.stampMs).toBe(at('2026-11-20T10:30:00') - 40 * DAY);
    expect(earliest).toHaveLength(2);
  });

  it('leaves out quarter hours without power, and has no such data where nothing is left', () => {
    const dark = oneLine('dlt645-tcp', 2);
    const [from, until] = [at('2026-11-19T12:10:00'), at('2026-11-19T12:40:00')];
    strike(dark, { kind: 'no-power', target: { meter: ID }, from, until });
    const asked = blocks(readItem(askOf(dark), ID, '06000001', given(4, '2026-11-19T12:00:00')));
    expect(asked.map(({ stampMs }) => stampMs)).toEqual([at('2026-11-19T12:00:00'), at('2026-11-19T12:45:00')]);
    expect(readItem(askOf(dark), ID, '06000001', given(2, '2026-11-19T12:15:00'))).toBe(2);
    expect(readItem(askOf(dark), ID, '06000001', given(2, '2026-11-21T12:15:00'))).toBe(2);
    expect(readItem(askOf(dark), ID, '06000001', [1, 0x99, 0x99, 0x99, 0x99, 0x99])).toBe(2);
  });

  it('repeats a follow-up frame that was lost, but skips none', () => {
    const ask = askOf(world);
    const id = [0x01, 0x00, 0x00, 0x06];
    const more = (seq: number): number => parse(ask(request(ID, 0x12, [...id, seq])) ?? new Uint8Array()).control;
    expect(more(1)).toBe(0xd2);
    ask(request(ID, 0x11, [...id, ...given(8, '2026-11-19T22:45:00')]));
    expect(more(2)).toBe(0xd2);
    expect(more(1)).toBe(0xb2);
    expect(more(1)).toBe(0xb2);
    expect([more(2), more(3), more(4), more(5)]).toEqual([0xb2, 0xb2, 0x92, 0xd2]);
    expect(parse(ask(request(ID, 0x12, [0, 0, 1, 0, 1])) ?? new Uint8Array()).control).toBe(0xd2);
  });
});
