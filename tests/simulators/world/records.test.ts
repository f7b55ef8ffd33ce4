import { describe, expect, it } from 'vitest';
import type { World } from '../../../simulators/world/world.ts';
import { at, DAY, HOUR, ID, MIDNIGHT, MINUTE, NOW, oneLine, SUPPLY, strike } from '../support/small-world.ts';

const freezes = (world: World, id: string, now: number): number[] =>
  [...world.meter(id).freezes('day', now)].map(({ stampMs }) => stampMs);

describe('the records of a DL/T 645 meter', () => {
  it('are a freeze of every midnight, the last 62, with the registers of that moment', () => {
    const meter = oneLine('dlt645-tcp', 2).meter(ID);
    const all = [...meter.freezes('day', NOW)];
    expect(all).toHaveLength(62);
    expect(all[0]).toMatchObject({ stampMs: MIDNIGHT, takenMs: MIDNIGHT });
    expect(all[61]?.stampMs).toBe(MIDNIGHT - 61 * DAY);
    expect(all[1]?.importWh).toBe(meter.registers(MIDNIGHT - DAY).importWh);
    expect(meter.dayFreeze('2026-11-19')).toEqual(all[1]);
    expect(meter.dayFreeze(MIDNIGHT + MINUTE)).toBeUndefined();
  });

  it('are a freeze of every hour, the last 254', () => {
    const all = [...oneLine('dlt645-tcp', 2).meter(ID).freezes('hour', NOW)];
    expect(all).toHaveLength(254);
    expect(all[0]?.stampMs).toBe(at('2026-11-20T10:00:00'));
  });

  it('begin with the installation', () => {
    const early = at('2024-01-03T12:00:00');
    expect(freezes(oneLine('dlt645-tcp', 2), ID, early)).toEqual([
      at('2024-01-03T00:00:00'),
      at('2024-01-02T00:00:00'),
      at('2024-01-01T00:00:00'),
    ]);
  });

  it('do not exist in Modbus meters', () => {
    const meter = oneLine('modbus-tcp', 2).meter(ID);
    expect(meter.dayFreeze('2026-11-19')).toBeUndefined();
    expect(meter.loadProfile(MIDNIGHT)).toBeUndefined();
    expect([...meter.freezes('day', NOW)]).toEqual([]);
  });
});

describe('an area without power', () => {
  const from = at('2026-11-19T23:40:10');
  const until = at('2026-11-20T00:50:20');
  const dark = (): World => {
    const world = oneLine('dlt645-tcp', 3);
    strike(world, { kind: 'no-power', target: { area: 'A1' }, from, until });
    return world;
  };

  it('silences its customers while its supply meter answers from the battery', () => {
    const world = dark();
    expect(world.meter(ID).canAnswer(from)).toBe(false);
    expect(world.meter(SUPPLY).canAnswer(from)).toBe(true);
    expect(world.meter(SUPPLY).registers(from)).toMatchObject({
      onBattery: true,
      voltagesV: [0, 0, 0],
      frequencyHz: 0,
    });
    expect(world.meter(SUPPLY).registers(from).powersW.total).toBe(0);
    expect(world.meter(ID).canAnswer(from - 1000)).toBe(true);
    expect(world.meter(ID).canAnswer(until)).toBe(true);
  });

  it('silences a Modbus supply meter, too', () => {
    const world = oneLine('modbus-tcp', 2);
    strike(world, { kind: 'no-power', target: { area: 'A1' }, from, until });
    expect(world.meter(SUPPLY).canAnswer(from)).toBe(false);
  });

  it('counts no energy', () => {
    const meter = dark().meter(ID);
    expect(meter.registers(until).importWh).toBe(meter.registers(from).importWh);
    expect(meter.registers(until + 2 * HOUR).importWh).toBeGreaterThan(meter.registers(from).importWh);
  });

  it('leaves neither day freeze, hourly freeze nor load profile of its time', () => {
    const meter = dark().meter(ID);
    expect(meter.dayFreeze('2026-11-20')).toBeUndefined();
    expect([...meter.freezes('day', NOW)][0]?.stampMs).toBe(MIDNIGHT - DAY);
    expect([...meter.freezes('hour', NOW)].some(({ stampMs }) => stampMs === MIDNIGHT)).toBe(false);
    expect(meter.loadProfile(at('2026-11-19T23:30:00'))).toBeDefined();
    expect(meter.loadProfile(at('2026-11-19T23:45:00'))).toBeUndefined();
    expect(meter.loadProfile(at('2026-11-20T00:45:00'))).toBeUndefined();
    expect(meter.loadProfile(at('2026-11-20T01:00:00'))).toBeDefined();
  });

  it('leaves a power-down record, open while it lasts', () => {
    const world = dark();
    expect(world.meter(SUPPLY).powerDowns(from - 1000)).toEqual([]);
    expect(world.meter(SUPPLY).powerDowns(from)).toEqual([{ startMs: from, endMs: null }]);
    expect(world.meter(ID).powerDowns(until)).toEqual([{ startMs: from, endMs: until }]);
  });

  it('is one interruption where two faults overlap', () => {
    const world = dark();
    strike(world, { kind: 'no-power', target: { meter: ID }, from: until - MINUTE, until: until + HOUR }, 'f2');
    expect(world.meter(ID).powerDowns(NOW)).toEqual([{ startMs: from, endMs: until + HOUR }]);
    expect(world.meter('310001000002').powerDowns(NOW)).toEqual([{ startMs: from, endMs: until }]);
  });
});

describe('a meter whose clock is 26 hours slow', () => {
  const slow = (from: number | null = null): World => {
    const world = oneLine('dlt645-tcp', 2);
    strike(world, { kind: 'wrong-clock', target: { meter: ID }, offsetS: -93_600, from });
    return world;
  };

  it('shows the wrong time and freezes at its own midnight', () => {
    const meter = slow().meter(ID);
    expect(meter.clockMs(NOW)).toBe(NOW - 26 * HOUR);
    expect(meter.registers(NOW).clockOffsetS).toBe(-93_600);
    const [latest] = [...meter.freezes('day', NOW)];
    expect(latest).toMatchObject({ stampMs: MIDNIGHT - DAY, takenMs: at('2026-11-20T02:00:00') });
    expect(latest?.importWh).toBe(meter.registers(at('2026-11-20T02:00:00')).importWh);
    expect(latest?.importWh).toBeGreaterThan(meter.registers(MIDNIGHT - DAY).importWh);
  });

  it('writes the same midnight twice when its clock falls back, the later one last', () => {
    const jump = at('2026-11-18T12:00:00');
    const stamps = [...slow(jump).meter(ID).freezes('day', NOW)].slice(0, 4);
    expect(stamps.map(({ stampMs }) => stampMs)).toEqual(
      ['2026-11-19', '2026-11-18', '2026-11-18', '2026-11-17'].map((day) => at(`${day}T00:00:00`)),
    );
    expect(stamps.map(({ takenMs }) => takenMs)).toEqual([
      at('2026-11-20T02:00:00'),
      at('2026-11-19T02:00:00'),
      at('2026-11-18T00:00:00'),
      at('2026-11-17T00:00:00'),
    ]);
  });
});

describe('a meter with stale freezes', () => {
  it('lacks the midnights of the fault and goes on after it', () => {
    const world = oneLine('dlt645-tcp', 2);
    const [from, until] = [MIDNIGHT - DAY - MINUTE, MIDNIGHT + MINUTE];
    strike(world, { kind: 'stale-freeze', target: { meter: ID }, from, until });
    expect(freezes(world, ID, NOW)[0]).toBe(MIDNIGHT - 2 * DAY);
    expect(freezes(world, ID, NOW + DAY).slice(0, 2)).toEqual([MIDNIGHT + DAY, MIDNIGHT - 2 * DAY]);
    expect([...world.meter(ID).freezes('hour', NOW)].some(({ stampMs }) => stampMs === MIDNIGHT)).toBe(true);
  });

  it('may lack single dates', () => {
    const world = oneLine('dlt645-tcp', 2);
    strike(world, { kind: 'stale-freeze', target: { meter: ID }, dates: ['2026-11-19'] });
    expect(freezes(world, ID, NOW).slice(0, 2)).toEqual([MIDNIGHT, MIDNIGHT - 2 * DAY]);
  });
});
