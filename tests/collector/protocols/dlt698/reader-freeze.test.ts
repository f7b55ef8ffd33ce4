import { describe, expect, it } from 'vitest';
import { local, meterOf, taskOf } from '../dlt645/reader-support.ts';
import { array, NONE, stampHex, u32 } from './meter-frames.ts';
import { freezeRow, readerOn } from './reader-support.ts';
import { freezes, meterWith, type Rows } from './wire-stub.ts';

const NOW = local('2026-11-20 00:30');
const SLOT = local('2026-11-20');
const METER = meterOf('dlt698-1ph');
const task = taskOf('freeze-day');
const CLOCK = { '40000200': stampHex('2026-11-20 00:30:02') };
const ROWS = [freezeRow('2026-11-18', 1), freezeRow('2026-11-19', 2), freezeRow('2026-11-20', 3)];

function setUp(day: Rows, values: Parameters<typeof meterWith>[0] = CLOCK) {
  return readerOn(meterWith(values, { '50040200': day, '50060200': freezes([freezeRow('2026-11-01', 7)]) }), NOW);
}

const refusing =
  (lacking: string, rows: Rows): Rows =>
  (asked) =>
    asked.columns.includes(lacking) ? { dar: 6 } : rows(asked);

describe('the day freeze', () => {
  it('is asked for by its time, with the columns that are wanted, and the clock is looked at', async () => {
    const { reader, line } = setUp(freezes(ROWS));
    expect(await reader.read(METER, task, SLOT)).toEqual({
      meterTime: SLOT,
      readAt: NOW,
      events: [],
      values: new Map([
        ['energy_import_wh', 3000],
        ['energy_import_t1_wh', 300],
        ['energy_import_t2_wh', 2700],
        ['energy_export_wh', 30],
      ]),
    });
    expect(line.asked).toEqual([
      `50040200 | 0120210200${stampHex('2026-11-20')} | 20210200 00100200 00200200`,
      '40000200',
    ]);
  });

  it('looks at the clock once in half a day', async () => {
    const { reader, line } = setUp(freezes(ROWS));
    await reader.read(METER, task, SLOT);
    await reader.read(METER, task, local('2026-11-19'));
    expect(line.asked.filter((oad) => oad === '40000200')).toHaveLength(1);
  });

  it('of a month is that of the first', async () => {
    const { reader, line } = setUp(freezes(ROWS));
    const answer = await reader.read(METER, taskOf('freeze-month', ['energy_import_wh']), local('2026-11-01'));
    expect([...answer.values]).toEqual([['energy_import_wh', 7000]]);
    expect(line.asked[0]).toContain('50060200');
  });

  it('that is not there is stale, and names the last one', async () => {
    const { reader } = setUp(freezes(ROWS.slice(0, 2)));
    await expect(reader.read(METER, task, SLOT)).rejects.toMatchObject({
      reason: 'stale_freeze',
      detail: 'freeze of 2026-11-19 00:00',
      next: 'skip',
    });
    const empty = setUp(() => []);
    await expect(empty.reader.read(METER, task, SLOT)).rejects.toMatchObject({
      reason: 'stale_freeze',
      detail: 'no freeze',
    });
  });

  it('with another stamp than asked for is not taken', async () => {
    const { reader } = setUp(({ columns }) => [
      columns.map((column) => freezeRow('2026-11-20 00:17', 9)[column] ?? NONE),
    ]);
    await expect(reader.read(METER, task, SLOT)).rejects.toMatchObject({
      reason: 'stale_freeze',
      detail: 'freeze of 2026-11-20 00:17',
    });
  });

  it.each([
    ['an hour and more', '2026-11-20 02:00:00', ROWS],
    ['ten minutes, when the freeze is missing', '2026-11-20 00:40:00', []],
    ['no time at all', '2026-17-40 00:00:00', ROWS],
  ])('of a meter whose clock is off by %s has no worth', async (_what, shown, rows) => {
    const { reader } = setUp(freezes(rows), { '40000200': stampHex(shown) });
    await expect(reader.read(METER, task, SLOT)).rejects.toMatchObject({ reason: 'meter_clock_wrong', next: 'skip' });
  });

  it('of a meter that hides its clock is taken', async () => {
    const { reader } = setUp(freezes(ROWS), {});
    expect((await reader.read(METER, task, SLOT)).values.get('energy_import_wh')).toBe(3000);
  });

  it('older than the meter keeps is not asked for', async () => {
    const { reader, line } = setUp(freezes(ROWS));
    await expect(reader.read(METER, task, SLOT - 62 * 86_400_000)).rejects.toMatchObject({
      reason: 'not_supported',
      detail: '62 days ago, 62 days are kept',
    });
    expect(line.requests).toHaveLength(0);
  });

  it('leaves a column out that the meter refuses, and does not ask for it again', async () => {
    const { reader, line } = setUp(refusing('00200200', freezes(ROWS)));
    const answer = await reader.read(METER, task, SLOT);
    expect([...answer.values.keys()]).toEqual(['energy_import_wh', 'energy_import_t1_wh', 'energy_import_t2_wh']);
    const asked = line.asked.length;
    expect((await reader.read(METER, task, SLOT)).values.get('energy_import_wh')).toBe(3000);
    expect(line.asked.slice(asked)).toEqual([`50040200 | 0120210200${stampHex('2026-11-20')} | 20210200 00100200`]);
  });

  it('has null for a column that the meter does not fill', async () => {
    const { reader } = setUp(freezes([freezeRow('2026-11-20', 3, { '00200200': NONE })]));
    expect((await reader.read(METER, task, SLOT)).values.get('energy_export_wh')).toBeNull();
  });

  it.each([
    ['import is refused', refusing('00100200', freezes(ROWS)), 'not_supported'],
    ['the meter has no freezes', () => ({ dar: 6 }), 'not_supported'],
    ['the meter cannot now', () => ({ dar: 2 }), 'device_error'],
    ['the meter is silent', () => 'silent', 'no_answer'],
    ['the stamp is no time', () => [[stampHex('2026-17-28'), u32(1), NONE]], 'malformed'],
    ['import is no array', freezes([freezeRow('2026-11-20', 3, { '00100200': u32(1) })]), 'malformed'],
    [
      'import is beyond the register',
      freezes([freezeRow('2026-11-20', 3, { '00100200': array(u32(100_000_000)) })]),
      'implausible',
    ],
  ] as const)('fails as a whole when %s', async (_what, day, reason) => {
    const { reader } = setUp(day as Rows);
    await expect(reader.read(METER, task, SLOT)).rejects.toMatchObject({ reason });
  });

  it('of many columns comes in several requests, none of them too long', async () => {
    const columns = ['0030', '0040', '0050', '0060', '0070', '0080'].map((oi) => [`${oi}0200`, array(u32(5))]);
    const { reader, line } = setUp(freezes([freezeRow('2026-11-20', 3, Object.fromEntries(columns))]));
    const items = [
      'energy_import_wh',
      'energy_export_wh',
      'energy_reactive_import_varh',
      'energy_reactive_q1_varh',
      'energy_reactive_q2_varh',
      'energy_reactive_q3_varh',
      'energy_reactive_q4_varh',
    ] as const;
    const answer = await reader.read(meterOf('dlt698-3ph'), taskOf('freeze-day', items), SLOT);
    expect([...answer.values]).toEqual(items.map((name, i) => [name, [3000, 30][i] ?? 50]));
    expect(line.asked.filter((one) => one.startsWith('5004'))).toHaveLength(2);
  });
});
