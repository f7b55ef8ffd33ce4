import { describe, expect, it } from 'vitest';
import {
  ADDRESS,
  clockAt,
  clockItems,
  freezeItems,
  local,
  meterOf,
  midnights,
  readerOn,
  taskOf,
} from './reader-support.ts';
import { meterWith } from './wire-stub.ts';

const TODAY = '2026-11-20';
const SLOT = local(TODAY);
const NOW = local('2026-11-20 10:30');
const METER = meterOf('dlt645-1ph');
const HOUR_S = 3600;
const task = taskOf('freeze-day');

/** A meter with freezes of the days up to `newest` by its own clock, which is off by `offsetS`. */
function setUp(offsetS: number, newest = TODAY) {
  const items = { ...freezeItems(midnights(newest, 5)), ...clockItems(NOW + offsetS * 1000) };
  return readerOn(meterWith(ADDRESS, items), clockAt(NOW));
}

describe('a day freeze with the right stamp', () => {
  it('is refused when the clock of the meter is a day behind: the value is of another moment', async () => {
    const { reader } = setUp(-26 * HOUR_S, '2026-11-19');
    await expect(reader.read(METER, task, local('2026-11-19'))).rejects.toMatchObject({
      reason: 'meter_clock_wrong',
      detail: 'offset -93600 s',
      next: 'skip',
    });
  });

  it('is refused when the clock is some hours off and the days still agree', async () => {
    const { reader } = setUp(-3 * HOUR_S);
    await expect(reader.read(METER, task, SLOT)).rejects.toMatchObject({ reason: 'meter_clock_wrong' });
  });

  it('is taken up to an hour of offset, which the present values tell', async () => {
    const { reader } = setUp(HOUR_S);
    await expect(reader.read(METER, task, SLOT)).resolves.toMatchObject({ meterTime: SLOT });
  });

  it('is taken from a meter that does not let its clock be read', async () => {
    const { reader } = readerOn(meterWith(ADDRESS, freezeItems(midnights(TODAY, 2))), clockAt(NOW));
    await expect(reader.read(METER, task, SLOT)).resolves.toMatchObject({ meterTime: SLOT });
  });

  it('asks for the clock once, not with each freeze', async () => {
    const { reader, line } = setUp(2);
    await reader.read(METER, task, SLOT);
    await reader.read(METER, task, SLOT - 86_400_000);
    expect(line.asked.filter((di) => di === '04000102')).toHaveLength(1);
  });

  it('relies on the offset that a read of present values has just shown', async () => {
    const { reader, line } = setUp(2);
    await reader.read(METER, taskOf('instant', ['clock_offset_s']), NOW);
    await reader.read(METER, task, SLOT);
    expect(line.asked.filter((di) => di === '04000102')).toHaveLength(1);
  });
});
