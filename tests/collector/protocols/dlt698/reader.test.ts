import { describe, expect, it } from 'vitest';
import { dlt698Profile } from '../../../../collector/profiles/dlt698-profiles.ts';
import { local, meterOf, taskOf } from '../dlt645/reader-support.ts';
import {
  array,
  askedBy,
  attributes,
  bits16,
  type Dar,
  frameOf,
  i16,
  i32,
  NONE,
  stampHex,
  structure,
  u16,
  u32,
  u64,
} from './meter-frames.ts';
import { readerOn } from './reader-support.ts';
import { meterWith } from './wire-stub.ts';

const NOW = local('2026-11-20 10:30');
const ONE = meterOf('dlt698-1ph');
const THREE = meterOf('dlt698-3ph');
const instant = taskOf('instant');

const PRESENT = {
  '20000200': array(u16(2301), u16(2302), u16(2303)),
  '20000201': u16(2301),
  '20010200': array(i32(1001), i32(-1002), i32(1003)),
  '20010201': i32(1001),
  '20040201': i32(12_345),
  '20140203': bits16('0000100000000000'),
  '40000200': stampHex('2026-11-20 10:29:30'),
};

/** A value of the usual length for an OAD, whole attributes with five rates or all phases. */
function typical(oad: string): string {
  const place = oad.slice(6) === '00';
  const several = (count: number, one: string): string => (place ? array(...new Array<string>(count).fill(one)) : one);
  const head = oad.slice(0, 4);
  if (head === '4000') return stampHex('2026-11-20 10:30:00');
  if (head === '1010') return several(5, structure(u32(1), stampHex('2026-11-19 10:15:00')));
  if (head === '2014') return several(7, bits16('0'));
  if (head === '2000') return several(3, u16(2300));
  if (head === '200F') return u16(5000);
  if (head === '200A') return several(4, i16(1000));
  return several(head.startsWith('00') ? 5 : 4, u32(1));
}

describe('present values', () => {
  it('of a single-phase meter come with one request', async () => {
    const { reader, line } = readerOn(meterWith(PRESENT), NOW);
    expect(await reader.read(ONE, instant, NOW)).toEqual({
      meterTime: null,
      readAt: NOW,
      events: [],
      values: new Map([
        ['voltage_a_v', 230.1],
        ['current_a_a', 1.001],
        ['power_active_total_w', 1234.5],
        ['relay_open', 1],
        ['on_battery', 0],
        ['clock_offset_s', -30],
      ]),
    });
    expect(line.asked).toHaveLength(1);
    expect(line.asked[0]?.split(' ').sort()).toEqual(['20000201', '20010201', '20040201', '20140203', '40000200']);
  });

  it('of a three-phase meter come as whole attributes, in the order of the task', async () => {
    const { reader, line } = readerOn(meterWith(PRESENT), NOW);
    const answer = await reader.read(THREE, instant, NOW);
    expect([...answer.values.keys()]).toEqual(instant.items);
    expect([...answer.values.values()]).toEqual([230.1, 230.2, 230.3, 1.001, -1.002, 1.003, 1234.5, 1, 0, -30]);
    expect(line.asked).toHaveLength(1);
  });

  it('that the meter lacks as a whole are asked for by their parts, left out, and never asked for again', async () => {
    const parts = { '20000201': u16(2301), '20000202': u16(2302) };
    const { reader, line } = readerOn(meterWith(parts), NOW);
    const task = taskOf('instant', ['voltage_a_v', 'voltage_b_v', 'voltage_c_v', 'frequency_hz']);
    const values = [
      ['voltage_a_v', 230.1],
      ['voltage_b_v', 230.2],
    ];
    expect([...(await reader.read(THREE, task, NOW)).values]).toEqual(values);
    expect(line.asked).toEqual(['20000200 200F0200', '20000201 20000202 20000203']);
    expect([...(await reader.read(THREE, task, NOW)).values]).toEqual(values);
    expect(line.asked.slice(2)).toEqual(['20000201 20000202']);
  });

  it('are remembered as missing for one meter only, where the caller keeps it', async () => {
    const kept: string[] = [];
    const missing = { has: () => false, add: (...said: readonly string[]) => void kept.push(said.join(' ')) };
    const { reader } = readerOn(meterWith({ '20000201': u16(2301) }), NOW, missing);
    await reader.read(ONE, taskOf('instant', ['voltage_a_v', 'frequency_hz']), NOW);
    expect(kept).toEqual(['m1 200F0200 DAR 6 for 200F0200']);
    const { reader: other, line } = readerOn(meterWith({}), NOW, {
      has: (_, item) => item !== '20000201',
      add: () => {},
    });
    await expect(other.read(ONE, instant, NOW)).rejects.toMatchObject({ reason: 'not_supported' });
    expect(line.asked).toEqual(['20000201']);
  });

  it('take energy of four decimals where the meter has no other', async () => {
    const { reader } = readerOn(meterWith({ '00100401': u64(12_345_678n) }), NOW);
    const answer = await reader.read(ONE, taskOf('instant', ['energy_import_wh']), NOW);
    expect([...answer.values]).toEqual([['energy_import_wh', 1_234_567]]);
  });

  it('with demand and power factors', async () => {
    const values = {
      '10100200': array(structure(u32(10_000), stampHex('2026-11-19 10:15:00'))),
      '10100201': structure(u32(10_000), stampHex('2026-11-19 10:15:00')),
      '200A0200': array(i16(-998), i16(1000)),
      '200A0201': i16(-998),
    };
    const { reader } = readerOn(meterWith(values), NOW);
    const items = ['demand_import_max_w', 'demand_import_max_at', 'power_factor_total'] as const;
    const answer = await reader.read(ONE, taskOf('instant', items), NOW);
    expect([...answer.values.values()]).toEqual([1000, local('2026-11-19 10:15'), -0.998]);
  });

  it('of a long task come in lists that a meter can answer', async () => {
    const lengths: number[] = [];
    const { reader, line } = readerOn((request) => {
      const { oads } = askedBy(request.apdu);
      const contents = oads.map((oad) => [oad, typical(oad)] as const);
      const reply = frameOf({ apdu: attributes(request.apdu[2] ?? 0, contents, true) });
      lengths.push(reply.length);
      return reply;
    }, NOW);
    const { quantities = [] } = dlt698Profile('dlt698-3ph') ?? {};
    const answer = await reader.read(THREE, taskOf('instant', quantities), NOW);
    expect([...answer.values.keys()]).toEqual(quantities);
    expect(lengths.length).toBeGreaterThan(1);
    const small = quantities.filter((name) => /reactive_(q|import|export)|total|_a_[va]$|hz|relay|offset/.test(name));
    await reader.read(THREE, taskOf('instant', small), NOW);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(225);
    expect(Math.max(...line.asked.map((oads) => oads.split(' ').length))).toBe(12);
  });

  it('that cannot be are dropped and told', async () => {
    const { reader } = readerOn(meterWith({ ...PRESENT, '20000201': u16(9000) }), NOW);
    const answer = await reader.read(ONE, instant, NOW);
    expect(answer.values.get('voltage_a_v')).toBeNull();
    expect(answer.dropped).toEqual(['voltage_a_v 900']);
  });

  it('have null where the meter has no value, and for a clock that shows no time', async () => {
    const { reader } = readerOn(meterWith({ ...PRESENT, '20000201': NONE, '40000200': stampHex('2026-17-40') }), NOW);
    const answer = await reader.read(ONE, instant, NOW);
    expect([answer.values.get('voltage_a_v'), answer.values.get('clock_offset_s')]).toEqual([null, null]);
  });

  it.each([
    ['none of the items', {}, 'not_supported'],
    ['another error', { ...PRESENT, '20000201': { dar: 2 } }, 'device_error'],
    ['a value of another shape', { ...PRESENT, '20000201': array(u16(1)) }, 'malformed'],
    ['no answer', { ...PRESENT, '20000201': 'silent' }, 'no_answer'],
  ] as const)('fail when the meter has %s', async (_what, values, reason) => {
    const { reader } = readerOn(meterWith(values as Record<string, string | Dar | 'silent'>), NOW);
    await expect(reader.read(ONE, instant, NOW)).rejects.toMatchObject({ reason });
  });

  it('are not taken from a late reply about another OAD', async () => {
    const late = frameOf({ apdu: attributes(0, [['20000202', u16(1)]], false) });
    const wire = meterWith(PRESENT);
    const { reader } = readerOn((request) => Uint8Array.of(...late, ...(wire(request) ?? [])), NOW);
    const answer = await reader.read(ONE, taskOf('instant', ['voltage_a_v']), NOW);
    expect([...answer.values]).toEqual([['voltage_a_v', 230.1]]);
  });
});

describe('a probe', () => {
  it('is content with any answer of the meter', async () => {
    for (const values of [{ '00100201': u32(1) }, {}, { '00100201': { dar: 3 } }]) {
      const { reader, line } = readerOn(meterWith(values), NOW);
      await reader.probe(ONE);
      expect(line.asked).toEqual(['00100201']);
    }
  });

  it('fails when there is none', async () => {
    const { reader } = readerOn(() => null, NOW);
    await expect(reader.probe(ONE)).rejects.toMatchObject({ reason: 'no_answer' });
  });
});

it('a model of another protocol is not read', async () => {
  const { reader, line } = readerOn(meterWith(PRESENT), NOW);
  await expect(reader.read(meterOf('dlt645-1ph'), instant, NOW)).rejects.toMatchObject({ reason: 'not_supported' });
  expect(line.requests).toHaveLength(0);
});
