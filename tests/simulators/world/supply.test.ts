import { describe, expect, it } from 'vitest';
import type { World } from '../../../simulators/world/world.ts';
import { NOW, oneLine, SUPPLY, smallWorld, strike } from '../support/small-world.ts';

const DAY = 86_400_000;

/** Energy that passed between two instants according to the registers, Wh; export counts against import. */
function net(world: World, id: string, from: number, to: number): number {
  const a = world.meter(id).registers(from);
  const b = world.meter(id).registers(to);
  return b.importWh - a.importWh - (b.exportWh - a.exportWh);
}

function customers(world: World, from: number, to: number): number {
  return world.meters
    .filter(({ spec }) => spec.role === 'customer')
    .reduce((sum, { spec }) => sum + net(world, spec.id, from, to), 0);
}

function lossOf(world: World, from: number, to: number): number {
  const supplied = net(world, SUPPLY, from, to) * world.meter(SUPPLY).spec.ct;
  return (supplied - customers(world, from, to)) / supplied;
}

describe('the supply meter of an area', () => {
  it('counts what its customers draw and feed in, plus 2 to 4 % technical loss, on the secondary side', () => {
    const world = oneLine('dlt645-tcp', 40);
    expect(lossOf(world, NOW - 5 * DAY, NOW)).toBeGreaterThan(0.019);
    expect(lossOf(world, NOW - 5 * DAY, NOW)).toBeLessThan(0.041);
    expect(world.meter(SUPPLY).spec.ct).toBe(60);
  });

  it('counts the way back where panels outweigh the load', () => {
    const world = smallWorld({
      areas: [{ id: 'A1', lines: [{ kind: 'dlt645-tcp', customers: 6 }], pvEvery: 1, ct: 1 }],
    });
    const noon = Date.parse('2026-05-06T12:07:00+08:00');
    expect(world.meter(SUPPLY).registers(noon).powersW.total).toBeLessThan(0);
    const [before, after] = [noon, noon + 3_600_000].map((at) => world.meter(SUPPLY).registers(at));
    expect((after?.exportWh ?? 0) - (before?.exportWh ?? 0)).toBeGreaterThan(500);
    expect(after?.importWh).toBe(before?.importWh);
  });

  it('still counts what a stopped or slow-counting meter no longer does', () => {
    const world = oneLine('dlt645-tcp', 10);
    const before = lossOf(world, NOW - 2 * DAY, NOW);
    strike(world, { kind: 'stopped', target: { meter: '310001000010' }, from: NOW - 2 * DAY });
    expect(lossOf(world, NOW - 2 * DAY, NOW)).toBeGreaterThan(before + 0.1);
  });

  it('no longer counts a customer whose relay is open, although it was asked before', () => {
    const world = oneLine('dlt645-tcp', 10);
    expect(net(world, '310001000010', NOW - 2 * DAY, NOW)).toBeGreaterThan(20_000);
    expect(lossOf(world, NOW - 2 * DAY, NOW)).toBeGreaterThan(0.015);
    strike(world, { kind: 'relay-open', target: { meter: '310001000010' }, from: NOW - 2 * DAY });
    expect(net(world, '310001000010', NOW - 2 * DAY, NOW)).toBe(0);
    expect(lossOf(world, NOW - 2 * DAY, NOW)).toBeGreaterThan(0.015);
    expect(lossOf(world, NOW - 2 * DAY, NOW)).toBeLessThan(0.05);
    const power = world.meters
      .filter(({ spec }) => spec.role === 'customer')
      .reduce((sum, { spec }) => sum + world.meter(spec.id).registers(NOW).powersW.total, 0);
    const supplied = world.meter(SUPPLY).registers(NOW).powersW.total * world.meter(SUPPLY).spec.ct;
    expect(supplied / power).toBeGreaterThan(1.01);
    expect(supplied / power).toBeLessThan(1.06);
  });

  it('forgets nothing that it counted before a fault was switched', () => {
    const world = oneLine('dlt645-tcp', 10);
    const before = world.meter(SUPPLY).registers(NOW);
    world.meter(SUPPLY).registers(NOW + DAY);
    strike(world, { kind: 'relay-open', target: { meter: '310001000010' }, from: NOW });
    expect(world.meter(SUPPLY).registers(NOW).importWh).toBe(before.importWh);
    strike(world, { kind: 'no-power', target: { area: 'A1' }, from: NOW }, 'f2');
    expect(world.meter(SUPPLY).registers(NOW + DAY).importWh).toBe(before.importWh);
  });
});
