import { describe, expect, it } from 'vitest';
import type { FaultInput } from '../../../simulators/faults/parse-fault.ts';
import type { SimMeter } from '../../../simulators/world/meter.ts';
import type { World } from '../../../simulators/world/world.ts';
import {
  at,
  DAY,
  HOUR,
  ID,
  MINUTE,
  NOW,
  oneLine,
  SUPPLY,
  smallWorld,
  strike,
  THREE_PHASE,
} from '../support/small-world.ts';

const line = (id: string, customers = 12) => ({ id, kind: 'dlt645-tcp', customers }) as const;

/** Two feeders, the first with two areas. */
function town(): World {
  return smallWorld({
    feeders: [
      { id: 'F1', name: 'one' },
      { id: 'F2', name: 'two' },
    ],
    areas: [
      { id: 'A1', feeder: 'F1', lines: [line('L1', 24)] },
      { id: 'A2', feeder: 'F1', lines: [line('L2')] },
      { id: 'A3', feeder: 'F2', lines: [line('L3')] },
    ],
  });
}

const dark = (world: World): SimMeter[] => world.meters.filter((meter) => !meter.isPowered(NOW + 1000));
const placesOf = (meters: readonly SimMeter[], of: (spec: SimMeter['spec']) => unknown): unknown[] =>
  [...new Set(meters.map(({ spec }) => of(spec)))].toSorted();

describe('an outage', () => {
  it('of a feeder takes all of its areas with their supply meters, and no other', () => {
    const world = town();
    strike(world, { kind: 'no-power', target: { feeder: 'F1' }, from: NOW });
    expect(placesOf(dark(world), ({ area }) => area)).toEqual(['A1', 'A2']);
    expect(dark(world)).toHaveLength(38);
  });

  it.each<[FaultInput['target'], (spec: SimMeter['spec']) => unknown, number]>([
    [{ box: 'A1/X1' }, ({ area, box }) => `${area}/${box}`, 6],
    [{ branch: 'A1/B1' }, ({ area, branch }) => `${area}/${branch}`, 12],
  ])('of %j takes its meters alone, and what they drew is missing at the supply meter', (target, of, count) => {
    const world = town();
    const supply = world.meter(SUPPLY);
    const before = supply.registers(NOW + HOUR).importWh - supply.registers(NOW).importWh;
    strike(world, { kind: 'no-power', target, from: NOW });
    expect(placesOf(dark(world), of)).toEqual(Object.values(target));
    expect(dark(world)).toHaveLength(count);
    expect(supply.registers(NOW + HOUR).importWh - supply.registers(NOW).importWh).toBeLessThan(before);
  });

  it('of a box that does not exist cannot be set', () => {
    expect(() => strike(town(), { kind: 'no-power', target: { box: 'A3/X9' } })).toThrow('there is no box A3/X9');
  });
});

describe('a lost phase of an area', () => {
  it('darkens the single-phase meters on it, and leaves the others two phases or all they have', () => {
    const world = oneLine('dlt645-tcp', 12);
    strike(world, { kind: 'phase-lost', target: { area: 'A1' }, phase: 'c', from: NOW });
    for (const meter of world.meters) {
      const { voltagesV } = meter.registers(NOW + 1000);
      if (meter.phases === 3) expect(voltagesV.map((voltage) => (voltage ?? 0) > 200)).toEqual([true, true, false]);
      else expect(meter.isPowered(NOW + 1000)).toBe(meter.spec.phase !== 2);
    }
    expect(world.meter(THREE_PHASE).powerDowns(NOW + HOUR)).toEqual([]);
    expect(world.meter(THREE_PHASE).events('phase-lost', NOW + HOUR, 2)).toHaveLength(1);
    expect(world.meter(THREE_PHASE).events('phase-lost', NOW + HOUR, 1)).toEqual([]);
  });

  it('leaves the supply meter with what still flows to the customers', () => {
    const world = oneLine('dlt645-tcp', 30);
    strike(world, { kind: 'phase-lost', target: { area: 'A1' }, phase: 'a', from: NOW });
    const grown = (meter: SimMeter): number =>
      meter.spec.ct * (meter.registers(NOW + DAY).importWh - meter.registers(NOW).importWh);
    const [supply] = world.meters.filter(({ spec }) => spec.role === 'supply').map(grown);
    const sold = world.meters
      .filter(({ spec }) => spec.role === 'customer')
      .reduce((sum, meter) => sum + grown(meter), 0);
    expect((supply ?? 0) / sold).toBeGreaterThan(1);
    expect((supply ?? 0) / sold).toBeLessThan(1.08);
  });
});

it("a customer's own open breaker leaves voltage, a closed relay and no current", () => {
  const world = oneLine('dlt645-tcp', 2);
  const account = world.meter(ID).spec.account ?? '';
  strike(world, { kind: 'breaker-open', target: { account }, from: NOW });
  const now = world.meter(ID).registers(NOW + MINUTE);
  expect(now).toMatchObject({ relayOpen: false, onBattery: false, currentsA: [0, null, null] });
  expect(now.voltagesV[0]).toBeGreaterThan(200);
  expect(world.meter(ID).registers(NOW + DAY).importWh).toBe(world.meter(ID).registers(NOW + HOUR).importWh);
});

it('an overload multiplies the load of an area in the evenings of as many days as it is said to last', () => {
  const world = oneLine('dlt645-tcp', 30);
  const plain = oneLine('dlt645-tcp', 30);
  strike(world, { kind: 'overload', target: { area: 'A1' }, times: 6, days: 2, from: NOW });
  const ratio = (time: string): number => {
    const watts = (of: World): number => of.meter(SUPPLY).registers(at(time)).powersW.total;
    return watts(world) / watts(plain);
  };
  expect(ratio('2026-11-20T20:00:00')).toBeCloseTo(6, 1);
  expect(ratio('2026-11-21T20:00:00')).toBeCloseTo(6, 1);
  expect(ratio('2026-11-21T12:00:00')).toBeCloseTo(1, 2);
  expect(ratio('2026-11-22T20:00:00')).toBeCloseTo(1, 2);
});

describe('the terminal of a line', () => {
  const terminal = { holdMs: 5000, bootMs: 3000 };

  it('lives on for some seconds, is off until power is back, and starts again', () => {
    const world = oneLine('gdw376-dial-in', 2, undefined, {}, { terminal });
    strike(world, { kind: 'no-power', target: { area: 'A1' }, from: NOW, until: NOW + MINUTE });
    const states = [-1, 0, 4999, 5000, 60_000, 62_999, 63_000].map((ms) => world.isOffline('L1', NOW + ms));
    expect(states).toEqual([false, false, false, true, true, true, false]);
    expect([NOW, NOW + 5000, NOW + MINUTE].map((now) => world.nextBorder('L1', now))).toEqual([
      NOW + 5000,
      NOW + MINUTE,
      NOW + MINUTE + 3000,
    ]);
  });

  it('is not struck by an outage of a box, but hears of it; a line without one stays on the air', () => {
    const world = oneLine('dlt698-dial-in', 12, undefined, {}, { terminal });
    strike(world, { kind: 'no-power', target: { box: 'A1/X1' }, from: NOW });
    expect(world.isOffline('L1', NOW + HOUR)).toBe(false);
    expect(world.nextBorder('L1', NOW - 1)).toBe(NOW);
    const plain = oneLine('dlt645-tcp', 2);
    strike(plain, { kind: 'no-power', target: { area: 'A1' }, from: NOW });
    expect(plain.isOffline('L1', NOW + HOUR)).toBe(false);
  });
});
