import { describe, expect, it } from 'vitest';
import type { EventKind } from '#contract/envelope.ts';
import { EVENT_SOURCES } from '../../../../collector/protocols/dlt645/event-sources.ts';
import { ADDRESS, clockAt, eventTime, local, meterOf, readerOn, taskOf } from './reader-support.ts';
import { meterWith, type Trouble } from './wire-stub.ts';

const NOW = local('2026-11-20 10:30');
const SINGLE = meterOf('dlt645-1ph');
const THREE = meterOf('dlt645-3ph');
const task = taskOf('event');

const DOWN_COUNT = '03110000';
const COVER_COUNT = '03300D00';

type Items = Record<string, string | Trouble>;

/** A meter whose memory may change between two reads. */
function setUp(items: Items) {
  return readerOn((request) => meterWith(ADDRESS, items)(request), clockAt(NOW));
}

function record(start: string, end: string | null): string {
  return eventTime(local(start)) + (end === null ? '000000000000' : eventTime(local(end)));
}

function counted(count: number): string {
  return Buffer.from(String(count).padStart(6, '0'), 'hex').reverse().toString('hex');
}

const DOWNS: Items = {
  [DOWN_COUNT]: counted(4),
  '03110001': record('2026-11-20 09:00', '2026-11-20 09:10'),
  '03110002': record('2026-11-19 09:00', '2026-11-19 09:30:01'),
  '03110003': record('2026-11-18 09:00', '2026-11-18 09:30'),
  '03110004': record('2026-11-17 09:00', '2026-11-17 09:30'),
};

describe('the first event read', () => {
  it('gives the last power failures, newest first, and no end while the power is down', async () => {
    const { reader, line } = setUp({ ...DOWNS, '03110001': record('2026-11-20 09:00', null) });
    const answer = await reader.read(SINGLE, task, NOW);
    const common = { meter: 'm1', kind: 'power_down', readAt: NOW };
    expect(answer.events).toEqual([
      { ...common, start: local('2026-11-20 09:00'), end: null },
      { ...common, start: local('2026-11-19 09:00'), end: local('2026-11-19 09:30:01') },
      { ...common, start: local('2026-11-18 09:00'), end: local('2026-11-18 09:30') },
    ]);
    expect(answer.values.size).toBe(0);
    expect(line.asked).toEqual([DOWN_COUNT, '03110001', '03110002', '03110003', COVER_COUNT]);
  });

  it.each([
    ['refuses the next', { '03110002': { error: 2 } }],
    ['has zeros for the next', { '03110002': '00'.repeat(12) }],
    ['has counted no more', { [DOWN_COUNT]: counted(1) }],
  ] as const)('stops where the meter %s', async (_what, rest) => {
    const { reader } = setUp({ ...DOWNS, ...rest });
    expect((await reader.read(SINGLE, task, NOW)).events).toHaveLength(1);
  });

  it('gives the last opening of the cover, from a record with registers behind its times', async () => {
    const opened = record('2026-11-20 08:00', '2026-11-20 08:05') + '00'.repeat(48);
    const { reader, line } = setUp({ [DOWN_COUNT]: counted(0), [COVER_COUNT]: counted(27), '03300D01': opened });
    expect((await reader.read(SINGLE, task, NOW)).events).toMatchObject([
      { kind: 'cover_open', start: local('2026-11-20 08:00'), end: local('2026-11-20 08:05') },
    ]);
    expect(line.asked).toEqual([DOWN_COUNT, COVER_COUNT, '03300D01']);
  });

  it('of a three-phase meter tells the phases apart', async () => {
    const counts = [1, 0, 2].map((count) => counted(count) + counted(5)).join('');
    const rest = '00'.repeat(119);
    const { reader, line } = setUp({
      '03010000': counts,
      '03010101': record('2026-11-19 08:00', '2026-11-19 08:05') + rest,
      '03010301': record('2026-11-20 08:00', null) + rest,
    });
    const kinds = (await reader.read(THREE, task, NOW)).events.map(({ kind, end }) => [kind, end !== null]);
    expect(kinds).toEqual([
      ['voltage_loss_a', true],
      ['voltage_loss_c', false],
    ]);
    expect(line.asked).toEqual([DOWN_COUNT, '03110001', COVER_COUNT, '03010000', '03010101', '03010301', '03040000']);
  });
});

describe('a later event read', () => {
  it('of a quiet meter costs one request for each kind, and none for a kind that it does not know', async () => {
    const { reader, line } = setUp(DOWNS);
    await reader.read(SINGLE, task, NOW);
    line.requests.length = 0;
    expect((await reader.read(SINGLE, task, NOW)).events).toEqual([]);
    expect(line.asked).toEqual([DOWN_COUNT]);
  });

  it('reads what is new when the count has grown', async () => {
    const items = { ...DOWNS };
    const { reader, line } = setUp(items);
    await reader.read(SINGLE, task, NOW);
    line.requests.length = 0;
    items[DOWN_COUNT] = counted(6);
    items['03110001'] = record('2026-11-20 10:20', '2026-11-20 10:21');
    items['03110002'] = record('2026-11-20 10:10', '2026-11-20 10:11');
    const { events } = await reader.read(SINGLE, task, NOW);
    expect(events.map(({ start }) => start)).toEqual(['2026-11-20 10:20', '2026-11-20 10:10'].map(local));
    expect(line.asked).toEqual([DOWN_COUNT, '03110001', '03110002']);
  });

  it('looks at an event without end until it has one', async () => {
    const items: Items = { ...DOWNS, '03110001': record('2026-11-20 09:00', null) };
    const { reader, line } = setUp(items);
    await reader.read(SINGLE, task, NOW);
    line.requests.length = 0;
    items['03110001'] = record('2026-11-20 09:00', '2026-11-20 10:25');
    expect((await reader.read(SINGLE, task, NOW)).events).toMatchObject([{ end: local('2026-11-20 10:25') }]);
    await reader.read(SINGLE, task, NOW);
    expect(line.asked).toEqual([DOWN_COUNT, '03110001', DOWN_COUNT]);
  });

  it('begins anew when the count has fallen', async () => {
    const items = { ...DOWNS };
    const { reader } = setUp(items);
    await reader.read(SINGLE, task, NOW);
    items[DOWN_COUNT] = counted(1);
    expect((await reader.read(SINGLE, task, NOW)).events).toHaveLength(1);
  });

  it('tells again what was read before the line failed', async () => {
    const items: Items = { ...DOWNS, [COVER_COUNT]: 'silent' };
    const { reader } = setUp(items);
    await expect(reader.read(SINGLE, task, NOW)).rejects.toMatchObject({ reason: 'no_answer' });
    items[COVER_COUNT] = counted(0);
    expect((await reader.read(SINGLE, task, NOW)).events).toHaveLength(3);
  });

  it('reads ten records in one go and leaves the other kinds to the next', async () => {
    const items: Items = { ...DOWNS, [COVER_COUNT]: counted(0) };
    const { reader, line } = setUp(items);
    await reader.read(SINGLE, task, NOW);
    for (let n = 1; n <= 10; n++) {
      items[`031100${n.toString(16).toUpperCase().padStart(2, '0')}`] = record('2026-11-20 10:20', '2026-11-20 10:21');
    }
    Object.assign(items, { [DOWN_COUNT]: counted(90), [COVER_COUNT]: counted(1), '03300D01': DOWNS['03110001'] });
    line.requests.length = 0;
    expect((await reader.read(SINGLE, task, NOW)).events).toHaveLength(10);
    expect(line.requests).toHaveLength(12);
    expect((await reader.read(SINGLE, task, NOW)).events).toMatchObject([{ kind: 'cover_open' }]);
  });
});

describe('a meter that does not count its power failures', () => {
  it('is read from the newest record to one that is known', async () => {
    const { [DOWN_COUNT]: _count, ...items } = DOWNS;
    const { reader, line } = setUp(items);
    expect((await reader.read(SINGLE, task, NOW)).events).toHaveLength(3);
    line.requests.length = 0;
    expect((await reader.read(SINGLE, task, NOW)).events).toEqual([]);
    expect(line.asked).toEqual(['03110001']);
  });
});

describe('a meter that keeps no events', () => {
  it('is not supported, and is not asked again', async () => {
    const { reader, line } = setUp({});
    const refused = { reason: 'not_supported', next: 'skip' };
    await expect(reader.read(SINGLE, task, NOW)).rejects.toMatchObject(refused);
    expect(line.asked).toEqual([DOWN_COUNT, '03110001', COVER_COUNT]);
    await expect(reader.read(SINGLE, task, NOW)).rejects.toMatchObject(refused);
    expect(line.requests).toHaveLength(3);
  });
});

describe('a record that cannot be', () => {
  it.each([
    ['ends before it starts', record('2026-11-20 09:00', '2026-11-19 09:00'), 'implausible'],
    ['has a time that is none', `${'00'.repeat(4)}1326${'00'.repeat(6)}`, 'malformed'],
    ['is too short', '00'.repeat(6), 'malformed'],
  ])('is passed over when it %s, and fails only when there is no other', async (_what, spoilt, reason) => {
    const { reader } = setUp({ ...DOWNS, '03110002': spoilt });
    const { events } = await reader.read(SINGLE, task, NOW);
    expect(events.map(({ start }) => start)).toEqual(['2026-11-20 09:00', '2026-11-18 09:00'].map(local));
    const alone = setUp({ [DOWN_COUNT]: counted(1), '03110001': spoilt });
    await expect(alone.reader.read(SINGLE, task, NOW)).rejects.toMatchObject({ reason });
    expect((await alone.reader.read(SINGLE, task, NOW)).events).toEqual([]);
  });

  it('of a count costs the other kinds nothing', async () => {
    const { reader } = setUp({ ...DOWNS, [COVER_COUNT]: '0A0000' });
    expect((await reader.read(SINGLE, task, NOW)).events).toHaveLength(3);
  });
});

describe('the kinds of events', () => {
  it('stand behind one identifier each', () => {
    const kinds = Object.values(EVENT_SOURCES).flatMap(({ series }) => series.map(({ kind }): EventKind => kind));
    expect(new Set(kinds).size).toBe(kinds.length);
  });
});
