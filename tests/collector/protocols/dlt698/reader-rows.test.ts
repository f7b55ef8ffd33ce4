import { describe, expect, it } from 'vitest';
import { local, meterOf, taskOf } from '../dlt645/reader-support.ts';
import { array, NONE, stampHex, u16 } from './meter-frames.ts';
import { freezeRow, readerOn } from './reader-support.ts';
import { freezes, meterWith, type Rows } from './wire-stub.ts';

const NOW = local('2026-11-20 10:30');
const ONE = meterOf('dlt698-1ph');

/** Local date and time in Shanghai. */
function timeOf(instant: number): string {
  return new Date(instant + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
}

describe('the load profile', () => {
  const task = taskOf('profile', ['energy_import_wh', 'voltage_a_v']);
  const slots = ['10:00', '10:15', '10:30', '10:45'].map((time) => local(`2026-11-20 ${time}`));
  const row = (time: string, kwh: number) =>
    freezeRow(`2026-11-20 ${time}`, kwh, { '20000200': array(u16(2300 + kwh)) });
  const rows = [row('10:00', 1), row('10:15', 2), row('10:45', 4)];
  const setUp = (record: Rows) => readerOn(meterWith({}, { '50020200': record }), NOW);

  it('of one slot is asked for by its time', async () => {
    const { reader, line } = setUp(freezes(rows));
    const answer = await reader.read(ONE, task, slots[1] ?? 0);
    expect([...answer.values]).toEqual([
      ['energy_import_wh', 2000],
      ['voltage_a_v', 230.2],
    ]);
    expect(line.asked).toEqual([`50020200 | 0120210200${stampHex('2026-11-20 10:15')} | 20210200 00100200 20000200`]);
  });

  it('of several slots is asked for by their range, and a hole in it is stale', async () => {
    const { reader, line } = setUp(freezes(rows));
    const found = await reader.readMany(ONE, task, slots.toReversed());
    expect([...found.keys()]).toEqual(slots);
    expect(slots.map((slot) => found.get(slot))).toMatchObject([
      { meterTime: slots[0] },
      { meterTime: slots[1] },
      { reason: 'stale_freeze', detail: 'record of 2026-11-20 10:45' },
      { meterTime: slots[3] },
    ]);
    const range = `${stampHex('2026-11-20 10:00')}${stampHex('2026-11-20 10:45:01')}5401000F`;
    expect(line.asked).toEqual([`50020200 | 0220210200${range} | 20210200 00100200 20000200`]);
  });

  it('goes on behind what fits into one answer, and where the meter stopped', async () => {
    const day = Array.from({ length: 20 }, (_, i) => local('2026-11-20') + i * 900_000);
    const stamps = day.map((slot) => new Date(slot + 8 * 3_600_000).toISOString().slice(11, 16));
    const { reader, line } = setUp((asked) => {
      const all = freezes(stamps.map((time) => row(time, 5)))(asked);
      return Array.isArray(all) ? all.slice(0, 3) : all;
    });
    const found = await reader.readMany(ONE, task, day);
    expect(found.size).toBe(20);
    expect([...found.values()].every((one) => 'values' in one)).toBe(true);
    expect(line.asked).toHaveLength(7);
  });

  it('asks for no longer range than one answer may carry', async () => {
    const day = Array.from({ length: 20 }, (_, i) => local('2026-11-20') + i * 900_000);
    const { reader, line } = setUp(({ columns }) =>
      day.map((slot) => columns.map((column) => (column === '20210200' ? stampHex(timeOf(slot)) : NONE))),
    );
    await reader.readMany(ONE, task, day.slice(0, 4));
    await reader.readMany(ONE, task, day);
    expect(line.asked[1]).toBe(line.asked[0]);
  });

  it('without any row is stale for all slots at once', async () => {
    const { reader, line } = setUp(() => []);
    const found = await reader.readMany(ONE, task, slots);
    expect([...found.values()]).toEqual(slots.map(() => expect.objectContaining({ detail: 'no record' })));
    expect(line.asked).toHaveLength(1);
  });

  it('that the meter does not have is asked for once, and missing for every slot, then and later', async () => {
    const { reader, line } = setUp(() => ({ dar: 6 }));
    const found = await reader.readMany(ONE, task, slots);
    expect([...found]).toEqual(slots.map((slot) => [slot, expect.objectContaining({ reason: 'not_supported' })]));
    const asked = line.asked.length;
    await expect(reader.read(ONE, task, slots[0] ?? 0)).rejects.toMatchObject({ reason: 'not_supported' });
    expect((await reader.readMany(ONE, task, slots)).size).toBe(slots.length);
    expect(line.asked).toHaveLength(asked);
  });

  it('goes on asking a meter that refuses the moment and shows its last row', async () => {
    const { reader, line } = setUp(({ selector, columns }) =>
      selector.startsWith('09')
        ? [columns.map((column) => (column === '20210200' ? stampHex('2026-11-20 10:00') : NONE))]
        : { dar: 6 },
    );
    const found = await reader.readMany(ONE, task, slots);
    expect([...found.keys()]).toEqual(slots.slice(0, 1));
    const asked = line.asked.length;
    await expect(reader.read(ONE, task, slots[1] ?? 0)).rejects.toMatchObject({ reason: 'not_supported' });
    expect(line.asked.length).toBeGreaterThan(asked);
  });

  it('with one row that cannot be parsed costs that slot alone', async () => {
    const { reader } = setUp(freezes([row('10:00', 1), { ...row('10:15', 2), '00100200': u16(5) }]));
    const found = await reader.readMany(ONE, task, slots.slice(0, 2));
    expect([...found.values()]).toMatchObject([{ meterTime: slots[0] }, { reason: 'malformed' }]);
  });

  it('of a silent meter rejects', async () => {
    const { reader } = setUp(() => 'silent');
    await expect(reader.readMany(ONE, task, slots)).rejects.toMatchObject({ reason: 'no_answer' });
  });
});

describe('power-down records', () => {
  const event = taskOf('event');
  const outage = (start: string, end: string | null) => ({
    '201E0200': stampHex(start),
    '20200200': end === null ? NONE : stampHex(end),
  });
  const setUp = (record: Rows) => readerOn(meterWith({}, { '30110200': record }), NOW);

  it('are read newest first, up to three', async () => {
    const outages = [
      outage('2026-11-01 00:00:00', '2026-11-01 00:10:00'),
      outage('2026-11-02 00:00:00', '2026-11-02 00:10:00'),
      outage('2026-11-03 00:00:00', '2026-11-03 00:10:00'),
      outage('2026-11-20 10:00:00', null),
    ];
    const { reader, line } = setUp(freezes(outages));
    const { events } = await reader.read(ONE, event, NOW);
    expect(events).toMatchObject([
      { meter: 'm1', kind: 'power_down', start: local('2026-11-20 10:00'), end: null, readAt: NOW },
      { start: local('2026-11-03 00:00'), end: local('2026-11-03 00:10') },
      { start: local('2026-11-02 00:00') },
    ]);
    expect(line.asked[0]).toBe('30110200 | 0901 | 201E0200 20200200');
  });

  it.each([
    ['none', () => []],
    ['no such object', () => ({ dar: 6 })],
    ['n out of range', () => ({ dar: 8 })],
    ['no start', () => [[NONE, NONE]]],
  ])('may be missing: %s', async (_what, rows) => {
    const { reader, line } = setUp(rows);
    expect((await reader.read(ONE, event, NOW)).events).toEqual([]);
    expect(line.asked).toHaveLength(1);
  });

  it('that cannot be are passed over, and are the result when nothing else is left', async () => {
    const wrong = outage('2026-11-19 10:00:00', '2026-11-19 09:00:00');
    const { reader } = setUp(freezes([outage('2026-11-03 00:00:00', '2026-11-03 00:10:00'), wrong]));
    expect((await reader.read(ONE, event, NOW)).events).toHaveLength(1);
    await expect(setUp(freezes([wrong])).reader.read(ONE, event, NOW)).rejects.toMatchObject({ reason: 'implausible' });
    const none = setUp(freezes([outage('2026-17-40 00:00:00', null)])).reader.read(ONE, event, NOW);
    await expect(none).rejects.toMatchObject({ reason: 'malformed' });
  });

  it('fail with another error', async () => {
    await expect(setUp(() => ({ dar: 2 })).reader.read(ONE, event, NOW)).rejects.toMatchObject({
      reason: 'device_error',
    });
  });
});
