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

const SLOT = local('2026-11-20');
const NOW = local('2026-11-20 10:30');
const task = taskOf('freeze-day', ['energy_import_wh', 'energy_import_t1_wh', 'energy_export_wh']);

/** A meter that answers one value after the other for its import registers: total and rate 1. */
function lying(...totals: readonly string[]) {
  const left = [...totals];
  const items = {
    ...freezeItems(midnights('2026-11-20', 3)),
    ...clockItems(NOW),
    '05060101': () => `${left.shift() ?? '00000000'}11000000`,
  };
  return readerOn(meterWith(ADDRESS, items), clockAt(NOW));
}

const READ = meterOf('dlt645-1ph');

describe('the frozen import registers', () => {
  it('are read twice, the rest once', async () => {
    const { reader, line } = lying('56341200', '56341200');
    const answer = await reader.read(READ, task, SLOT);
    expect(answer.values.get('energy_import_wh')).toBe(1_234_560);
    expect(answer.dropped).toBeUndefined();
    expect(line.asked.filter((di) => di === '05060101')).toHaveLength(2);
    expect(line.asked.filter((di) => di === '05060201')).toHaveLength(1);
  });

  it.each([
    ['the second', ['56341200', '66341200', '56341200']],
    ['the first', ['66341200', '56341200', '56341200']],
  ])('that a meter told wrong %s time are settled by a third read, and both values are told', async (_what, totals) => {
    const { reader, line } = lying(...totals);
    const answer = await reader.read(READ, task, SLOT);
    expect(answer.values.get('energy_import_wh')).toBe(1_234_560);
    expect(answer.values.get('energy_import_t1_wh')).toBe(110);
    const [told = ''] = answer.dropped ?? [];
    expect(told).toMatch(/^energy_import_wh \d+ \/ \d+, two of three reads say 1234560$/);
    expect(told).toContain('1234660');
    expect(line.asked.filter((di) => di === '05060101')).toHaveLength(3);
  });

  it('that differ in every read are refused, all values in the detail', async () => {
    const { reader } = lying('56341200', '66341200', '76341200');
    await expect(reader.read(READ, task, SLOT)).rejects.toMatchObject({
      reason: 'implausible',
      detail: 'energy_import_wh 1234560 / 1234660 / 1234760: no two reads agree',
    });
  });

  it('may differ in what nobody wants', async () => {
    const { reader, line } = lying('56341200', '66341200');
    await reader.read(READ, taskOf('freeze-day', ['energy_import_t1_wh']), SLOT);
    expect(line.asked.filter((di) => di === '05060101')).toHaveLength(2);
  });
});
