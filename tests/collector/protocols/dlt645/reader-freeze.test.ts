import fc from 'fast-check';
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
  stamp,
  taskOf,
  wholeClockItem,
} from './reader-support.ts';
import { meterWith } from './wire-stub.ts';

const TODAY = '2026-11-20';
const SLOT = local(TODAY);
const NOW = local('2026-11-20 00:30');
const METER = meterOf('dlt645-1ph');
const DAY = 86_400_000;
const task = taskOf('freeze-day');

function setUp(items: Parameters<typeof meterWith>[1], now = NOW, stepMs = 0) {
  return readerOn(meterWith(ADDRESS, items), clockAt(now, stepMs));
}

/** Identifiers of freezes that were asked for; the look at the clock is another matter. */
function frozen(line: { readonly asked: readonly string[] }): string[] {
  return line.asked.filter((di) => di.startsWith('05'));
}

describe('the day freeze', () => {
  it('of today is the last one, with total, rates and export', async () => {
    const { reader, line } = setUp({ ...freezeItems(midnights(TODAY, 5)), ...clockItems(NOW) });
    const answer = await reader.read(METER, task, SLOT);
    expect(answer).toEqual({
      meterTime: SLOT,
      readAt: NOW,
      events: [],
      values: new Map([
        ['energy_import_wh', 999_000],
        ['energy_import_t1_wh', 99_900],
        ['energy_import_t2_wh', 99_900],
        ['energy_import_t3_wh', null],
        ['energy_import_t4_wh', null],
        ['energy_export_wh', 9990],
      ]),
    });
    expect(frozen(line)).toEqual(['05060001', '05060101', '05060101', '05060201']);
  });

  it('of n days ago is the n+1-th last', async () => {
    const { reader, line } = setUp({ ...freezeItems(midnights(TODAY, 62)), ...clockItems(NOW) });
    const answer = await reader.read(METER, task, SLOT - 61 * DAY);
    expect(answer.values.get('energy_import_wh')).toBe(938_000);
    expect(line.asked[0]).toBe('0506003E');
    expect(frozen(line)).toHaveLength(4);
  });

  it('asks for export only when the task wants it', async () => {
    const { reader, line } = setUp({ ...freezeItems(midnights(TODAY, 1)), ...clockItems(NOW) });
    const answer = await reader.read(METER, taskOf('freeze-day', ['energy_import_wh']), SLOT);
    expect([...answer.values]).toEqual([['energy_import_wh', 999_000]]);
    expect(frozen(line)).toEqual(['05060001', '05060101', '05060101']);
  });

  it('leaves export out when the meter has none', async () => {
    const { reader } = setUp({ ...freezeItems(midnights(TODAY, 1)), '05060201': { error: 2 } });
    const answer = await reader.read(METER, task, SLOT);
    expect(answer.values.has('energy_export_wh')).toBe(false);
    expect(answer.values.get('energy_import_wh')).toBe(999_000);
  });

  it.each([
    ['import is refused', { '05060101': { error: 2 } }, 'not_supported'],
    ['the meter falls silent', { '05060201': 'silent' }, 'no_answer'],
    ['the meter has another error', { '05060201': { error: 1 } }, 'device_error'],
    ['the value is not BCD', { '05060101': '0A000000' }, 'malformed'],
    ['the stamp is no date', { '05060001': '0000401326' }, 'malformed'],
  ] as const)('fails as a whole when %s', async (_what, trouble, reason) => {
    const { reader } = setUp({ ...freezeItems(midnights(TODAY, 3)), ...trouble });
    await expect(reader.read(METER, task, SLOT)).rejects.toMatchObject({ reason });
  });

  it('is found by its stamp whatever midnights the meter slept through', async () => {
    const present = fc.uniqueArray(fc.nat({ max: 61 }), { maxLength: 62 }).map((days) => days.sort((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(present, fc.nat({ max: 61 }), async (days, wanted) => {
        const stamps = days.map((ago) => SLOT - ago * DAY);
        const { reader, line } = setUp({ ...freezeItems(stamps), ...clockItems(NOW) });
        const slot = SLOT - wanted * DAY;
        const at = stamps.indexOf(slot);
        if (at >= 0) {
          const answer = await reader.read(METER, task, slot);
          expect(answer.meterTime).toBe(slot);
          expect(answer.values.get('energy_import_wh')).toBe(1_000_000 - (at + 1) * 1000);
        } else {
          const reason = days.length === 0 ? 'not_supported' : 'stale_freeze';
          await expect(reader.read(METER, task, slot)).rejects.toMatchObject({ reason, next: 'skip' });
        }
        // Three stamps by days, six by halving; then two blocks, one of them twice, or three replies of the clock.
        expect(line.requests.length).toBeLessThanOrEqual(13);
      }),
    );
  });

  it('of a meter that froze when power came back is stale, and names what was found', async () => {
    const { reader } = setUp({
      ...freezeItems([local('2026-11-20 00:17'), ...midnights('2026-11-19', 3)]),
      ...clockItems(NOW),
    });
    await expect(reader.read(METER, task, SLOT)).rejects.toMatchObject({
      reason: 'stale_freeze',
      detail: 'freeze of 2026-11-20 00:17',
      next: 'skip',
    });
  });

  it('that is missing names the nearest of the stamps that were seen', async () => {
    const stamps = ['2026-11-20', '2026-11-19', '2026-11-15', '2026-11-14'].map(local);
    const { reader, line } = setUp({ ...freezeItems(stamps), ...clockItems(NOW) });
    await expect(reader.read(METER, task, local('2026-11-18'))).rejects.toMatchObject({
      detail: 'freeze of 2026-11-19 00:00',
    });
    expect(line.asked).toEqual(['05060003', '05060001', '05060002', '04000101', '04000102']);
  });

  it('of a meter that has frozen nothing yet is stale', async () => {
    const { reader } = setUp({ ...freezeItems([null, null]), ...clockItems(NOW) });
    await expect(reader.read(METER, task, SLOT)).rejects.toMatchObject({
      reason: 'stale_freeze',
      detail: 'no freeze',
    });
  });

  it('of a meter in another time fails by the wrong clock, whichever way the clock is read', async () => {
    const shown = NOW - 93_600_000;
    for (const clock of [clockItems(shown), wholeClockItem(shown)]) {
      const { reader } = setUp({ ...freezeItems(midnights('2026-11-18', 3)), ...clock });
      await expect(reader.read(METER, task, SLOT)).rejects.toMatchObject({
        reason: 'meter_clock_wrong',
        detail: 'offset -93600 s',
        next: 'skip',
      });
    }
  });

  it('blames the clock only beyond five minutes', async () => {
    for (const [offsetS, reason] of [
      [300, 'stale_freeze'],
      [-300, 'stale_freeze'],
      [301, 'meter_clock_wrong'],
    ] as const) {
      const { reader } = setUp({ ...freezeItems(midnights('2026-11-19', 3)), ...clockItems(NOW + offsetS * 1000) });
      await expect(reader.read(METER, task, SLOT)).rejects.toMatchObject({ reason });
    }
  });

  it('of a meter whose clock shows no time fails by the wrong clock', async () => {
    const { reader } = setUp({
      ...freezeItems(midnights('2026-11-18', 3)),
      '04000101': '00000000',
      '04000102': '000000',
    });
    await expect(reader.read(METER, task, SLOT)).rejects.toMatchObject({ reason: 'meter_clock_wrong' });
  });

  it('is stale when the meter hides its clock', async () => {
    const { reader } = setUp(freezeItems(midnights('2026-11-18', 3)));
    await expect(reader.read(METER, task, SLOT)).rejects.toMatchObject({ reason: 'stale_freeze' });
  });

  it('older than the meter keeps is not supported, without a request', async () => {
    const { reader, line } = setUp(freezeItems(midnights(TODAY, 62)));
    await expect(reader.read(METER, task, SLOT - 62 * DAY)).rejects.toMatchObject({
      reason: 'not_supported',
      next: 'skip',
    });
    expect(line.requests).toHaveLength(0);
  });

  it.each([
    ['a right clock', '2026-11-20 23:59:58', 0],
    ['a clock half an hour ahead', '2026-11-20 23:29:58', 1800],
    ['a clock an hour behind', '2026-11-21 00:59:58', -3600],
    ['a clock that was an hour ahead and has been set', '2026-11-20 23:59:58', 3600],
    ['a clock that cannot be read', '2026-11-20 15:00', null],
  ])('is thrown away when a meter with %s froze while it was read', async (_what, text, offsetS) => {
    const now = local(text);
    const before = freezeItems(midnights(TODAY, 3));
    const after = freezeItems(midnights('2026-11-21', 4));
    let hasFrozen = false;
    const answer = (di: string) => () => {
      const item = (hasFrozen ? after : before)[di] ?? { error: 2 };
      hasFrozen ||= item === stamp(SLOT);
      return item;
    };
    const items = Object.fromEntries(Object.keys(after).map((di) => [di, answer(di)]));
    const { reader } = setUp({ ...items, ...(offsetS !== null && clockItems(now + offsetS * 1000)) }, now);
    await expect(reader.read(METER, task, SLOT)).rejects.toMatchObject({ reason: 'stale_freeze', next: 'retry' });
  });

  it.each([
    ['near midnight', 2, '2026-11-20 23:57', 0],
    ['just after midnight', 1, '2026-11-20 00:06', 0],
    ['in the day, with a clock an hour ahead', 1, '2026-11-20 10:30', 3600],
    ['near the midnight of a clock an hour ahead', 2, '2026-11-20 23:00', 3600],
    ['from a meter that hides its clock', 2, '2026-11-20 10:30', null],
  ])('read %s looks at the stamp this often: %i', async (_what, looks, text, offsetS) => {
    const now = local(text);
    const clock = offsetS === null ? {} : clockItems(now + offsetS * 1000);
    const { reader, line } = setUp({ ...freezeItems(midnights(TODAY, 3)), ...clock }, now);
    await reader.read(METER, task, SLOT);
    expect(frozen(line)).toEqual(['05060001', '05060101', '05060101', '05060201', '05060001'].slice(0, 3 + looks));
  });

  it('brings combined reactive energy below zero beside its main register', async () => {
    const items = { ...freezeItems(midnights(TODAY, 1)), '05060301': '34120080' };
    const wanted = taskOf('freeze-day', ['energy_import_wh', 'energy_reactive_import_varh']);
    const answer = await setUp(items).reader.read(meterOf('dlt645-3ph'), wanted, SLOT);
    expect([...answer.values]).toEqual([
      ['energy_import_wh', 999_000],
      ['energy_reactive_import_varh', -12_340],
    ]);
  });
});

describe('several day freezes', () => {
  it('are read one at a time: the first, and the rest is left to the next read', async () => {
    const { reader } = setUp(freezeItems(midnights(TODAY, 5)));
    const answers = await reader.readMany(METER, task, [SLOT, SLOT - DAY]);
    expect([...answers.keys()]).toEqual([SLOT]);
    expect(await reader.readMany(METER, task, [])).toEqual(new Map());
  });
});

describe('the month freeze', () => {
  const monthly = taskOf('freeze-month');

  it('is the day freeze of the first', async () => {
    const { reader, line } = setUp(freezeItems(midnights(TODAY, 30)));
    const answer = await reader.read(METER, monthly, local('2026-11-01'));
    expect(answer.meterTime).toBe(local('2026-11-01'));
    expect(line.asked[0]).toBe('05060014');
  });

  it('older than the day freezes is not supported', async () => {
    const { reader } = setUp(freezeItems(midnights(TODAY, 62)));
    await expect(reader.read(METER, monthly, local('2026-09-01'))).rejects.toMatchObject({ reason: 'not_supported' });
  });
});

describe('a three-phase freeze', () => {
  it('brings demand with its time and quadrant energies when they are wanted', async () => {
    const wanted = taskOf('freeze-day', ['energy_reactive_q1_varh', 'demand_import_max_w', 'demand_import_max_at']);
    const { reader, line } = setUp({
      ...freezeItems(midnights(TODAY, 1)),
      ...clockItems(NOW),
      '05060501': '01000000',
      '05060901': `452301${stamp(local('2026-11-19 18:15'))}`,
    });
    const answer = await reader.read(meterOf('dlt645-3ph'), wanted, SLOT);
    expect([...answer.values]).toEqual([
      ['energy_reactive_q1_varh', 10],
      ['demand_import_max_w', 1234.5],
      ['demand_import_max_at', local('2026-11-19 18:15')],
    ]);
    expect(frozen(line)).toEqual(['05060001', '05060901', '05060501']);
  });
});
