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
  taskOf,
} from './reader-support.ts';
import { meterWith, type Wire } from './wire-stub.ts';

/** A whole repair of one meter: every day freeze that it may still have, newest first, by one reader. */
const TODAY = '2026-11-20';
const SLOT = local(TODAY);
const NOW = local('2026-11-20 10:30');
const METER = meterOf('dlt645-1ph');
const DAY = 86_400_000;
const KEPT = 62;
const task = taskOf('freeze-day');

/** How each slot ended, and the stamps that were read for it. */
async function run(wire: Wire, { now = () => NOW, days = KEPT } = {}) {
  const clock = { ...clockAt(NOW), now };
  const { reader, line } = readerOn(wire, clock);
  const found = new Map<number, number | string>();
  const stampsRead: number[] = [];
  for (let ago = 0; ago < days; ago++) {
    const slot = SLOT - ago * DAY;
    const before = line.asked.length;
    const answer = await reader.read(METER, task, slot).catch((error: { reason: string }) => error.reason);
    found.set(slot, typeof answer === 'string' ? answer : (answer.values.get('energy_import_wh') ?? Number.NaN));
    stampsRead.push(line.asked.slice(before).filter((di) => di.startsWith('050600')).length);
  }
  return { found, stampsRead, requests: line.requests.length };
}

const meterThatFroze = (stamps: readonly number[]): Wire =>
  meterWith(ADDRESS, { ...freezeItems(stamps), ...clockItems(NOW) });

/** `freezeItems` gives the n-th last freeze 1000 − n kWh. */
const valueAt = (place: number): number => 1_000_000 - (place + 1) * 1000;

const MOST_LATER = 2;
/** All midnights that play a part, each with values of its own. */
const ALL = freezeItems(midnights('2026-11-22', KEPT + MOST_LATER));
const nth = (n: number): string => n.toString(16).toUpperCase().padStart(2, '0');
const placeIn = (slot: number): number => (SLOT + MOST_LATER * DAY - slot) / DAY;
const ownValue = (slot: number): number => valueAt(placeIn(slot));

/** A meter that froze at `stamps`, and does at each midnight that comes; each request takes it `stepMs`. */
function sleepyMeter(stamps: readonly number[], stepMs: number): { wire: Wire; now: () => number } {
  let now = local('2026-11-20 22:30');
  const wire: Wire = (frame) => {
    now += stepMs;
    const later = Array.from({ length: MOST_LATER }, (_, i) => SLOT + (i + 1) * DAY).filter((slot) => slot <= now);
    const held = [...later, ...stamps].sort((a, b) => b - a).slice(0, KEPT);
    const items = held.flatMap((slot, i) =>
      ['050600', '050601', '050602'].map((series) => [series + nth(i + 1), ALL[series + nth(placeIn(slot) + 1)] ?? '']),
    );
    return meterWith(ADDRESS, { ...Object.fromEntries(items), ...clockItems(now) })(frame);
  };
  return { wire, now: () => now };
}

describe('a repair of all the day freezes of a meter', () => {
  it('reads one stamp for each when the meter missed none, and its clock once', async () => {
    const { found, stampsRead, requests } = await run(meterThatFroze(midnights(TODAY, KEPT)));
    expect([...found.values()]).toEqual(Array.from({ length: KEPT }, (_, i) => valueAt(i)));
    expect(stampsRead).toEqual(Array.from({ length: KEPT }, () => 1));
    // Stamp, import twice, export; the clock in two replies.
    expect(requests).toBe(KEPT * 4 + 2);
  });

  it('searches once for each midnight that the meter missed, not again for every older freeze', async () => {
    const stamps = midnights(TODAY, KEPT).filter((_, ago) => ago !== 5 && ago !== 6 && ago !== 20);
    const { found, stampsRead } = await run(meterThatFroze(stamps));
    expect([...found.values()].filter((each) => typeof each === 'number')).toEqual(stamps.map((_, i) => valueAt(i)));
    expect([5, 6, 20].map((ago) => found.get(SLOT - ago * DAY))).toEqual(Array(3).fill('stale_freeze'));
    expect(stampsRead.filter((count) => count > 1).length).toBeLessThanOrEqual(6);
  });

  it('costs a young meter one stamp for each day before it was born', async () => {
    const { found, stampsRead, requests } = await run(meterThatFroze(midnights(TODAY, 10)));
    expect([...found.values()].slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, i) => valueAt(i)));
    expect([...found.values()].slice(10)).toEqual(Array(KEPT - 10).fill('stale_freeze'));
    expect(stampsRead.slice(11)).toEqual(Array(KEPT - 11).fill(1));
    expect(requests).toBeLessThan(10 * 4 + 2 + KEPT);
  });

  it('costs a meter without freezes one stamp for each day once that is known', async () => {
    const { found, stampsRead } = await run(meterWith(ADDRESS, clockItems(NOW)));
    expect(new Set(found.values())).toEqual(new Set(['not_supported']));
    expect(stampsRead.slice(1)).toEqual(Array(KEPT - 1).fill(1));
  });

  it('finds what is there and mixes nothing up, whatever midnights were missed and one passes meanwhile', async () => {
    const present = fc.uniqueArray(fc.nat({ max: KEPT - 1 }), { maxLength: KEPT });
    await fc.assert(
      fc.asyncProperty(present, fc.constantFrom(0, 1000, 60_000), async (days, stepMs) => {
        const stamps = days.map((ago) => SLOT - ago * DAY);
        const meter = sleepyMeter(stamps, stepMs);
        const { found } = await run(meter.wire, { now: meter.now, days: 40 });
        const wrong = [...found].filter(([slot, result]) => {
          if (typeof result === 'number') return !stamps.includes(slot) || result !== ownValue(slot);
          // What moved up while it was looked for is read at the next pass.
          return stamps.includes(slot) && stepMs < 60_000;
        });
        expect(wrong).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
