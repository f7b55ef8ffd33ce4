import { describe, expect, it } from 'vitest';
import type { QuantityName } from '#contract/quantities.ts';
import { Dlt645Reader } from '../../../../collector/protocols/dlt645/reader.ts';
import { MissingMemory } from '../../../../collector/protocols/missing.ts';
import {
  ADDRESS,
  clockAt,
  clockItems,
  freezeItems,
  local,
  meterOf,
  midnights,
  readerOn,
  stamp,
  taskOf,
  ZONE,
} from './reader-support.ts';
import { meterWith, type Trouble, WireStub } from './wire-stub.ts';

const NOW = local('2026-11-20 10:30');
const SINGLE = meterOf('dlt645-1ph');
const THREE = meterOf('dlt645-3ph');
const HOUR = 3_600_000;

type Items = Parameters<typeof meterWith>[1];

function setUp(items: Items, now = NOW) {
  return readerOn(meterWith(ADDRESS, items), clockAt(now));
}

const VOLTAGES = ['voltage_a_v', 'voltage_b_v', 'voltage_c_v'] as const satisfies readonly QuantityName[];

describe('a meter with single reads only', () => {
  const singles: Items = { '02010100': '5622', '02010200': '5722', '02010300': '5822' };

  it('is asked for the block once, and then for its parts', async () => {
    const { reader, line } = setUp(singles);
    const task = taskOf('instant', VOLTAGES);
    for (let i = 0; i < 2; i++) expect((await reader.read(THREE, task, NOW)).values.size).toBe(3);
    const parts = ['02010100', '02010200', '02010300'];
    expect(line.asked).toEqual(['0201FF00', ...parts, ...parts]);
  });

  it('is remembered for each meter by itself', async () => {
    const { reader, line } = setUp(singles);
    const task = taskOf('instant', VOLTAGES);
    await reader.read(THREE, task, NOW);
    await reader.read({ ...THREE, id: 'm2' }, task, NOW);
    expect(line.asked.filter((di) => di === '0201FF00')).toHaveLength(2);
  });

  it('is known from the memory that the reader is given', async () => {
    const missing = new MissingMemory();
    missing.add('m1', '0201FF00', 'error 02');
    const line = new WireStub(meterWith(ADDRESS, singles));
    const reader = new Dlt645Reader({ exchanger: line, clock: clockAt(NOW), zone: ZONE, missing });
    await reader.read(THREE, taskOf('instant', VOLTAGES), NOW);
    expect(line.asked).not.toContain('0201FF00');
  });

  it('is not asked again for rates, phases or a frozen block that it lacks', async () => {
    const { reader, line } = setUp({ ...freezeItems(midnights('2026-11-20', 2)), '05060201': { error: 2 } });
    const task = taskOf('freeze-day');
    await reader.read(SINGLE, task, local('2026-11-20'));
    await reader.read(SINGLE, task, local('2026-11-19'));
    expect(line.asked.filter((di) => di.startsWith('050602'))).toEqual(['05060201']);
  });

  it('that has nothing wanted costs nothing the second time', async () => {
    const { reader, line } = setUp({});
    const task = taskOf('instant', ['voltage_a_v']);
    for (let i = 0; i < 2; i++) {
      await expect(reader.read(SINGLE, task, NOW)).rejects.toMatchObject({ reason: 'not_supported' });
    }
    expect(line.asked).toEqual(['02010100']);
  });
});

describe('a meter with FF everywhere', () => {
  const everywhere: Items = {
    '0201FF00': 'FF'.repeat(6),
    '0203FF00': 'FF'.repeat(12),
    '04000503': 'FFFF',
    '02800007': 'FFFF',
    '01010000': 'FF'.repeat(8),
  };

  it('has the items but no values', async () => {
    const { reader } = setUp(everywhere);
    const items = [...VOLTAGES, 'relay_open', 'status_word_3', 'temperature_c', 'demand_import_max_at'] as const;
    const answer = await reader.read(THREE, taskOf('instant', items), NOW);
    expect([...answer.values]).toEqual(items.map((name) => [name, null]));
  });

  it('has no freeze, for a stamp of FF is none', async () => {
    const { reader } = setUp({ '05060001': 'FF'.repeat(5), ...clockItems(NOW) });
    await expect(reader.read(SINGLE, taskOf('freeze-day'), local('2026-11-20'))).rejects.toMatchObject({
      reason: 'stale_freeze',
    });
  });
});

describe('a meter without load profile', () => {
  const hourly = { ...taskOf('profile', ['energy_import_wh', 'energy_export_wh']), calendar: { everyS: 3600 } };
  const hours = (newest: number, count: number): Record<string, string | Trouble> => {
    const items: Record<string, string> = {};
    for (let i = 0; i < count; i++) {
      const n = (i + 1).toString(16).toUpperCase().padStart(2, '0');
      items[`050400${n}`] = stamp(newest - i * HOUR);
      items[`050401${n}`] = `${String(i).padStart(2, '0')}000000`;
    }
    return items;
  };
  const slot = local('2026-11-20 10:00');

  it('gives none whose clock is off by more than five minutes: the hour would be another one', async () => {
    for (const [offsetS, reason] of [
      [240, null],
      [-360, 'meter_clock_wrong'],
      [2400, 'meter_clock_wrong'],
    ] as const) {
      const { reader } = setUp({ ...hours(slot, 5), ...clockItems(NOW + offsetS * 1000) });
      const read = reader.read(SINGLE, hourly, slot);
      if (reason === null) expect((await read).values.get('energy_import_wh')).toBe(0);
      else await expect(read).rejects.toMatchObject({ reason });
    }
  });

  it('gives hourly slots from its hourly freezes, and is asked for the profile no more', async () => {
    const { reader, line } = setUp({ ...hours(slot, 30), ...clockItems(NOW) });
    const answer = await reader.read(SINGLE, hourly, slot);
    expect(answer).toMatchObject({ meterTime: slot, values: new Map([['energy_import_wh', 0]]) });
    expect(line.asked).toEqual([
      ...['06000001', '06000002', '05040001', '04000101', '04000102'],
      ...['05040101', '05040201'],
    ]);
    line.requests.length = 0;
    const past = await reader.read(SINGLE, hourly, slot - 20 * HOUR);
    expect(past.values.get('energy_import_wh')).toBe(200);
    expect(line.asked).toEqual(['05040015', '05040115']);
  });

  it('gives one of several slots at a time, the first', async () => {
    const { reader } = setUp({ ...hours(slot, 5), ...clockItems(NOW) }, NOW);
    const wanted = [slot - HOUR, slot - 2 * HOUR];
    expect([...(await reader.readMany(SINGLE, hourly, wanted)).keys()]).toEqual([slot - HOUR]);
    expect([...(await reader.readMany(SINGLE, hourly, wanted)).keys()]).toEqual([slot - HOUR]);
  });

  it('looks at the stamp again near the turn of an hour', async () => {
    const now = local('2026-11-20 10:57');
    const { reader, line } = setUp({ ...hours(slot, 3), ...clockItems(now) }, now);
    await reader.read(SINGLE, hourly, slot);
    expect(line.asked.filter((di) => di === '05040001')).toHaveLength(2);
  });

  it.each([
    ['an hour without a freeze', local('2026-11-20 06:00'), 'stale_freeze'],
    ['an hour longer ago than the meter keeps', slot - 254 * HOUR, 'not_supported'],
  ])('says why there is nothing of %s', async (_what, wanted, reason) => {
    const { reader } = setUp({ ...hours(slot, 3), ...clockItems(NOW) });
    await expect(reader.read(SINGLE, hourly, wanted)).rejects.toMatchObject({ reason, next: 'skip' });
  });

  it('gives no quarters of an hour', async () => {
    const { reader } = setUp({ ...hours(slot, 3), ...clockItems(NOW) });
    await expect(reader.read(SINGLE, taskOf('profile'), slot)).rejects.toMatchObject({ reason: 'not_supported' });
  });
});
