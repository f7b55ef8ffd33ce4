import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Registry } from '#contract/registry.ts';
import { type DayColumns, emptyDay, FLAG } from '#domain/collection/day-columns.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { AreaDays } from '../../../gateway/figures/area-days.ts';
import type { ChangedDay, KeptDays } from '../../../gateway/figures/follower.ts';
import { account, at, installation, meter, registry } from '../domain/site.ts';

const DATES = ['2026-11-18', '2026-11-19', '2026-11-20', '2026-11-21'];
const IDS = ['s1', 'c1', 'c2', 's2', 'c3', 'c4', 'h'];

/** Two areas with two customers each; c2 moves from a1 to a2; `h` is at the head of the feeder when it is so told. */
function site(over: Partial<Registry> = {}, heads: string[] = []): Registry {
  const noon = at('2026-11-19', '12:00');
  return registry({
    feeders: [{ id: 'f1', name: 'f1', district: 'd1', supplyMeters: heads }],
    areas: ['a1', 'a2'].map((id) => ({ id, name: id, feeder: 'f1', kva: 100 })),
    meters: [
      meter('s1', { role: 'supply', ct: 2, area: 'a1' }),
      meter('s2', { role: 'supply', area: 'a2' }),
      meter('h', { role: 'supply', area: 'a1' }),
      ...['c1', 'c2'].map((id) => meter(id, { area: 'a1' })),
      ...['c3', 'c4'].map((id) => meter(id, { area: 'a2' })),
    ],
    accounts: ['c1', 'c2', 'c3', 'c4'].map((id) => account(id)),
    installations: [
      ...['s1', 's2', 'h'].map((id) => installation(id)),
      ...['c1', 'c3', 'c4'].map((id) => installation(id, { account: id })),
      installation('c2', { account: 'c2', to: noon, endWh: 500 }),
      installation('c2', { account: 'c2', from: noon, startWh: 500, area: 'a2' }),
    ],
    ...over,
  });
}

class Days implements KeptDays {
  registry: RegistryIndex;
  readonly meters = IDS;
  readonly columns = new Map<string, DayColumns>();

  constructor(registered: Registry, dates = DATES) {
    this.registry = new RegistryIndex(registered);
    for (const date of dates) this.columns.set(date, emptyDay('freeze-day', date, at(date), IDS.length));
  }

  rowOf(id: string): number | undefined {
    const row = IDS.indexOf(id);
    return row < 0 ? undefined : row;
  }

  async of(_task: string, date: string): Promise<DayColumns | null> {
    return this.columns.get(date) ?? null;
  }

  put(date: string, id: string, importWh: number, flags = 0): ChangedDay {
    const day = this.columns.get(date);
    const row = IDS.indexOf(id);
    if (day) {
      day.importWh[row] = importWh;
      day.flags[row] = flags;
    }
    return { task: 'freeze-day', date, rows: new Set([row]) };
  }
}

async function rowsOf(follower: AreaDays, changes: readonly ChangedDay[], days: Days) {
  const { areaDays = [] } = await follower.follow(changes, days);
  return areaDays;
}

/** Everything worked out at once, by area and date. */
async function atOnce(days: Days): Promise<Map<string, unknown>> {
  const all = DATES.map((date) => ({ task: 'freeze-day', date, rows: new Set(IDS.keys()) }));
  const rows = await rowsOf(new AreaDays(), all, days);
  return new Map(rows.map(({ area, date, content }) => [`${area} ${date}`, content]));
}

describe('area days that follow the freezes', () => {
  it('are told of the day before and the day of a freeze, of the areas in which the meter ever hung', async () => {
    const days = new Days(site());
    const named = async (change: ChangedDay) =>
      (await rowsOf(new AreaDays(), [change], days)).map(({ area, date }) => `${area} ${date}`);
    expect(await named(days.put('2026-11-20', 'c1', 5))).toEqual(['a1 2026-11-19', 'a1 2026-11-20']);
    expect((await named(days.put('2026-11-19', 'c2', 5))).toSorted()).toEqual([
      ...['a1 2026-11-18', 'a1 2026-11-19', 'a2 2026-11-18', 'a2 2026-11-19'],
    ]);
  });

  it('are not told where one of the freezes is not kept, nor of other tasks', async () => {
    const days = new Days(site());
    expect(await rowsOf(new AreaDays(), [days.put('2026-11-18', 'c1', 5)], days)).toHaveLength(1);
    const other = { ...days.put('2026-11-19', 'c1', 5), task: 'freeze-month' };
    expect(await rowsOf(new AreaDays(), [other], days)).toEqual([]);
  });

  it('say what rests on an estimate', async () => {
    const days = new Days(site());
    for (const [date, wh] of [
      ['2026-11-20', 100],
      ['2026-11-21', 400],
    ] as const) {
      for (const id of ['s2', 'c2', 'c3', 'c4']) days.put(date, id, wh + 500);
    }
    const change = days.put('2026-11-21', 'c3', 890, FLAG.estimated);
    const rows = await rowsOf(new AreaDays(), [change], days);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.content).toMatchObject({ area: 'a2', read: 2, estimated: 1, estimatedWh: 290, soldWh: 890 });
  });

  it('are worked out anew in all areas of a day on a new basis, by the registry as it is then', async () => {
    const days = new Days(site());
    const follower = new AreaDays();
    for (const id of IDS) {
      days.put('2026-11-20', id, 1000);
      days.put('2026-11-21', id, 1100);
    }
    await rowsOf(follower, [days.put('2026-11-20', 'c1', 1000)], days);
    days.registry = new RegistryIndex(site({ meters: site().meters.map((each) => ({ ...each, ct: 3 })) }));
    const nothing = { task: 'freeze-day', date: '2026-11-20', rows: new Set<number>() };
    expect(await rowsOf(follower, [nothing], days)).toEqual([]);
    const rows = await rowsOf(follower, [{ ...nothing, isOnNewBasis: true }], days);
    expect(rows.map(({ area, date }) => `${area} ${date}`)).toEqual([
      ...['a1 2026-11-19', 'a2 2026-11-19', 'a1 2026-11-20', 'a2 2026-11-20'],
    ]);
    expect(rows[2]?.content).toMatchObject({ suppliedWh: 600, soldWh: 300 });
  });
});

const change = fc.record({
  date: fc.constantFrom(...DATES),
  id: fc.constantFrom(...IDS),
  wh: fc.integer({ min: 0, max: 1000 }),
});

test('any order, split and repetition of the changes gives what working out everything at once gives', async () => {
  const steps = fc.array(fc.array(change, { maxLength: 5 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), async (told, withHead) => {
      const days = new Days(site({}, withHead ? ['h'] : []));
      const follower = new AreaDays();
      const kept = await atOnce(days);
      for (const step of told) {
        const changes = step.map(({ date, id, wh }) => days.put(date, id, wh));
        for (const { area, date, content } of await rowsOf(follower, changes, days)) {
          kept.set(`${area} ${date}`, content);
        }
      }
      expect(new Map([...kept].sort())).toEqual(new Map([...(await atOnce(days))].sort()));
    }),
    { numRuns: 60 },
  );
});

test('the meters at the head of a feeder make a day of the feeder, which changes with every area below', async () => {
  const days = new Days(site({}, ['h']));
  for (const id of IDS) {
    days.put('2026-11-20', id, 1000);
    days.put('2026-11-21', id, 1100);
  }
  days.put('2026-11-21', 'h', 1450);
  const follower = new AreaDays();
  const ofFeeder = async (change: ChangedDay) =>
    (await rowsOf(follower, [change], days)).filter(({ area, date }) => area === 'feeder:f1' && date === '2026-11-20');
  const [first] = await ofFeeder({ task: 'freeze-day', date: '2026-11-21', rows: new Set([IDS.indexOf('h')]) });
  expect(first?.content).toMatchObject({ why: null, suppliedWh: 450, soldWh: 400, customers: 4 });
  const [second] = await ofFeeder(days.put('2026-11-21', 'c4', 1130));
  expect(second?.content).toMatchObject({ suppliedWh: 450, soldWh: 430 });
  days.registry = new RegistryIndex(site({ meters: site().meters.map((each) => ({ ...each, ct: 2 })) }, ['h']));
  const [third] = await ofFeeder(days.put('2026-11-21', 'c1', 1100));
  expect(third?.content).toMatchObject({ suppliedWh: 900, soldWh: 860 });
});
