import { describe, expect, it } from 'vitest';
import type { QuantityName } from '#contract/quantities.ts';
import { ReadError } from '../../../../collector/lines/read-error.ts';
import { ADDRESS, clockAt, clockItems, local, meterOf, readerOn, taskOf, wholeClockItem } from './reader-support.ts';
import { meterWith } from './wire-stub.ts';

const NOW = local('2026-11-20 10:30');
const SINGLE = meterOf('dlt645-1ph');
const THREE = meterOf('dlt645-3ph');

type Items = Parameters<typeof meterWith>[1];

function setUp(items: Items, clock = clockAt(NOW)) {
  return readerOn(meterWith(ADDRESS, items), clock);
}

const PRESENT: Items = {
  '0201FF00': '562257225822',
  '0202FF00': '235180874900000000',
  '02010100': '5622',
  '02020100': '874900',
  '02030000': '122500',
  '04000503': '5000',
  ...clockItems(NOW + 7000),
};

describe('an instant read', () => {
  const task = taskOf('instant');

  it('of a three-phase meter takes the blocks, the total power, the status word and the clock', async () => {
    const { reader, line } = setUp(PRESENT);
    const answer = await reader.read(THREE, task, NOW);
    expect(answer).toEqual({
      meterTime: null,
      readAt: NOW,
      events: [],
      values: new Map<QuantityName, number>([
        ['voltage_a_v', 225.6],
        ['voltage_b_v', 225.7],
        ['voltage_c_v', 225.8],
        ['current_a_a', -5.123],
        ['current_b_a', 4.987],
        ['current_c_a', 0],
        ['power_active_total_w', 251.2],
        ['relay_open', 1],
        ['on_battery', 0],
        ['clock_offset_s', 7],
      ]),
    });
    expect([...answer.values.keys()]).toEqual(task.items);
    expect(line.asked).toEqual(['04000101', '04000102', '0201FF00', '0202FF00', '04000503', '02030000']);
  });

  it('of a single-phase meter asks for phase A alone and leaves B and C out', async () => {
    const { reader, line } = setUp(PRESENT);
    const answer = await reader.read(SINGLE, task, NOW);
    expect([...answer.values.keys()]).toEqual([
      'voltage_a_v',
      'current_a_a',
      'power_active_total_w',
      'relay_open',
      'on_battery',
      'clock_offset_s',
    ]);
    expect(line.asked).toContain('02010100');
    expect(line.asked).not.toContain('0201FF00');
  });

  it('asks for nothing that the task does not want', async () => {
    const { reader, line } = setUp(PRESENT);
    await reader.read(THREE, taskOf('instant', ['power_active_total_w']), NOW);
    expect(line.asked).toEqual(['02030000']);
  });

  it('asks for one phase rather than the block when only one is wanted', async () => {
    const { reader, line } = setUp({ '02010200': '5722' });
    await reader.read(THREE, taskOf('instant', ['voltage_b_v']), NOW);
    expect(line.asked).toEqual(['02010200']);
  });

  it('asks phase by phase when the meter does not know the block', async () => {
    const { reader, line } = setUp({ '02010100': '5622', '02010200': '5722' });
    const answer = await reader.read(THREE, taskOf('instant', ['voltage_a_v', 'voltage_b_v', 'voltage_c_v']), NOW);
    expect([...answer.values]).toEqual([
      ['voltage_a_v', 225.6],
      ['voltage_b_v', 225.7],
    ]);
    expect(line.asked).toEqual(['0201FF00', '02010100', '02010200', '02010300']);
  });

  it('gives null for a phase that the meter has but does not measure now', async () => {
    const { reader } = setUp({ '0201FF00': '5622FFFFFFFF' });
    const answer = await reader.read(THREE, taskOf('instant', ['voltage_a_v', 'voltage_b_v']), NOW);
    expect([...answer.values]).toEqual([
      ['voltage_a_v', 225.6],
      ['voltage_b_v', null],
    ]);
  });

  it('is not supported when the meter has none of the items', async () => {
    const { reader } = setUp({});
    await expect(reader.read(THREE, task, NOW)).rejects.toMatchObject({ reason: 'not_supported', next: 'skip' });
  });

  it('fails as a whole when the meter falls silent in the middle', async () => {
    const { reader } = setUp({ ...PRESENT, '02030000': 'silent' });
    await expect(reader.read(THREE, task, NOW)).rejects.toMatchObject({ reason: 'no_answer' });
  });

  it.each([
    ['02010100', '6106', 'voltage_a_v', null],
    ['02010100', '0166', 'voltage_a_v', 'voltage_a_v 660.1'],
    ['02010100', '0066', 'voltage_a_v', null],
    ['02020100', '000019', 'current_a_a', 'current_a_a 190'],
    ['02020100', '000099', 'current_a_a', 'current_a_a -190'],
    ['02030000', '000040', 'power_active_total_w', 'power_active_total_w 40000'],
    ['02800002', '0070', 'frequency_hz', 'frequency_hz 70'],
    ['02800002', '0000', 'frequency_hz', null],
    ['02060000', '0110', 'power_factor_total', 'power_factor_total 1.001'],
  ] as const)('of %s = %s for %s is implausible: %s', async (di, bytes, item, detail) => {
    const { reader } = setUp({ [di]: bytes });
    const read = reader.read(SINGLE, taskOf('instant', [item]), NOW);
    if (detail === null) await expect(read).resolves.toMatchObject({ meterTime: null });
    else await expect(read).rejects.toMatchObject({ reason: 'implausible', detail, next: 'retry' });
  });

  it('drops what is implausible, names it and keeps the rest', async () => {
    const { reader } = setUp({ '0201FF00': '622257225822', '02060000': '0110' });
    const answer = await reader.read(THREE, taskOf('instant', ['voltage_a_v', 'power_factor_total']), NOW);
    expect([...answer.values]).toEqual([
      ['voltage_a_v', 226.2],
      ['power_factor_total', null],
    ]);
    expect(answer.dropped).toEqual(['power_factor_total 1.001']);
  });

  it('brings combined reactive energy with its sign', async () => {
    const { reader } = setUp({ '00030000': '34120080' });
    const answer = await reader.read(THREE, taskOf('instant', ['energy_reactive_import_varh']), NOW);
    expect([...answer.values]).toEqual([['energy_reactive_import_varh', -12_340]]);
  });
});

describe('the clock offset', () => {
  const task = taskOf('instant', ['clock_offset_s']);
  const offset = async (items: Items, now: number): Promise<number | null | undefined> => {
    const { reader } = setUp(items, clockAt(now));
    return (await reader.read(SINGLE, task, now)).values.get('clock_offset_s');
  };

  it('is meter minus collector in seconds', async () => {
    expect(await offset(clockItems(NOW - 93_600_000), NOW)).toBe(-93_600);
    expect(await offset(wholeClockItem(NOW + 12_000), NOW)).toBe(12);
  });

  it('is not a day wrong when midnight falls between date and time', async () => {
    const midnight = local('2026-11-21');
    const before = clockItems(midnight - 1000);
    const after = clockItems(midnight + 1000);
    let dates = 0;
    const items: Items = {
      '04000101': () => (dates++ === 0 ? before : after)['04000101'] ?? '',
      '04000102': after['04000102'] ?? '',
    };
    expect(await offset(items, midnight)).toBe(1);
  });

  it('is null when the clock shows no time, and left out when it cannot be read', async () => {
    expect(await offset({ '04000101': '00000000', '04000102': '000000' }, NOW)).toBeNull();
    await expect(offset({}, NOW)).rejects.toMatchObject({ reason: 'not_supported' });
  });
});

describe('a probe', () => {
  it('is one request', async () => {
    const { reader, line } = setUp({ '00010000': '00000000' });
    await reader.probe(SINGLE);
    expect(line.asked).toEqual(['00010000']);
  });

  it('is content with a meter that answers with an error, not with silence', async () => {
    await expect(setUp({}).reader.probe(SINGLE)).resolves.toBeUndefined();
    await expect(setUp({ '00010000': { error: 1 } }).reader.probe(SINGLE)).resolves.toBeUndefined();
    await expect(setUp({ '00010000': 'silent' }).reader.probe(SINGLE)).rejects.toBeInstanceOf(ReadError);
  });
});

describe('a meter of another protocol', () => {
  it('is not supported', async () => {
    const { reader } = setUp({});
    await expect(reader.read(meterOf('sdm120'), taskOf('instant'), NOW)).rejects.toMatchObject({
      reason: 'not_supported',
      next: 'skip',
    });
  });
});
