import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Registers } from '../../../simulators/world/registers.ts';
import { at, DAY, HOUR, ID, NOW, oneLine, PV, strike, THREE_PHASE } from '../support/small-world.ts';

const world = oneLine('dlt645-tcp', 24);
const modbus = oneLine('modbus-tcp', 4);
const instants = fc.integer({ min: at('2025-12-01T00:00:00'), max: at('2026-12-01T00:00:00') });
const rates = ({ t1Wh, t2Wh, t3Wh, t4Wh }: Registers): number => (t1Wh ?? 0) + (t2Wh ?? 0) + (t3Wh ?? 0) + (t4Wh ?? 0);

describe('a simulated meter', () => {
  it('changes at whole seconds only', () => {
    const start = Math.floor(NOW / 1000) * 1000;
    expect(world.meter(ID).registers(start + 999)).toEqual(world.meter(ID).registers(start));
  });

  it('shows steps of 10 Wh, with rates that add up to the total but for truncation', () => {
    fc.assert(
      fc.property(instants, (t) => {
        const now = world.meter(ID).registers(t);
        expect(now.importWh % 10).toBe(0);
        expect(now.importWh - rates(now)).toBeGreaterThanOrEqual(0);
        expect(now.importWh - rates(now)).toBeLessThanOrEqual(30);
      }),
    );
  });

  it.each([
    ['19:00', 't1Wh'],
    ['09:00', 't2Wh'],
    ['13:00', 't3Wh'],
    ['02:00', 't4Wh'],
  ] as const)('counts the hour from %s at rate %s alone', (time, rate) => {
    const start = at(`2026-11-19T${time}:00`);
    const [before, after] = [start, start + HOUR].map((t) => world.meter(THREE_PHASE).registers(t));
    const grown = (name: 't1Wh' | 't2Wh' | 't3Wh' | 't4Wh') => (after?.[name] ?? 0) - (before?.[name] ?? 0);
    for (const name of ['t1Wh', 't2Wh', 't3Wh', 't4Wh'] as const) {
      if (name === rate) expect(grown(name)).toBeGreaterThan(100);
      else expect(grown(name)).toBe(0);
    }
  });

  it('has voltages, currents and powers that belong together', () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(ID, THREE_PHASE, PV), (t, id) => {
        const now = world.meter(id).registers(t);
        const { powersW, powerFactors, voltagesV, currentsA } = now;
        for (const [i, phase] of (['a', 'b', 'c'] as const).entries()) {
          const watts = powersW[phase];
          if (watts === null) continue;
          const volts = voltagesV[i] ?? 0;
          expect(volts).toBeGreaterThan(218);
          expect(volts).toBeLessThan(231);
          const product = volts * Math.abs(currentsA[i] ?? 0) * Math.abs(powerFactors[phase] ?? 0);
          expect(Math.abs(product - Math.abs(watts))).toBeLessThan(2 + Math.abs(watts) * 0.002);
        }
        expect(Math.abs(now.frequencyHz - 50)).toBeLessThan(0.05);
      }),
    );
  });

  it('has no phases B and C when it is a single-phase meter', () => {
    expect(world.meter(ID).registers(NOW).voltagesV.slice(1)).toEqual([null, null]);
    expect(
      world
        .meter(THREE_PHASE)
        .registers(NOW)
        .voltagesV.every((volts) => volts !== null),
    ).toBe(true);
  });

  it('gives Modbus energies as the float32 that is on the wire', () => {
    const { importWh } = modbus.meter(ID).registers(NOW);
    const kwh = Math.fround(importWh / 1000);
    expect(Math.round(kwh * 1000)).toBe(importWh);
    expect(modbus.meter(ID).registers(NOW).t1Wh).toBeNull();
  });

  it('is the same meter in a world that was built again', () => {
    const again = oneLine('dlt645-tcp', 24);
    for (const t of [NOW, NOW - 90 * DAY]) expect(again.meter(PV).registers(t)).toEqual(world.meter(PV).registers(t));
  });
});

describe('a metering fault', () => {
  it('stops the register while power flows', () => {
    const w = oneLine('dlt645-tcp', 2);
    const before = w.meter(ID).registers(NOW).importWh;
    strike(w, { kind: 'stopped', target: { meter: ID }, from: NOW });
    expect(w.meter(ID).registers(NOW + 3 * DAY).importWh).toBe(before);
    expect(w.meter(ID).registers(NOW + 3 * DAY).powersW.total).toBeGreaterThan(0);
  });

  it('goes on from where the register stood when it ends', () => {
    const w = oneLine('dlt645-tcp', 2);
    const { importWh } = w.meter(ID).registers(NOW);
    strike(w, { kind: 'stopped', target: { meter: ID }, from: NOW });
    w.faults.end('f1', NOW + DAY);
    expect(w.meter(ID).registers(NOW + DAY).importWh).toBe(importWh);
    const day = w.meter(ID).registers(NOW + 2 * DAY).importWh - importWh;
    expect(day).toBeGreaterThan(1_000);
    expect(day).toBeLessThan(30_000);
  });

  it('turns the register backwards by what it should have counted', () => {
    const w = oneLine('dlt645-tcp', 2);
    const plain = w.meter(ID).registers(NOW + DAY).importWh - w.meter(ID).registers(NOW).importWh;
    strike(w, { kind: 'reversed', target: { meter: ID }, from: NOW });
    const reversed = w.meter(ID).registers(NOW + DAY).importWh - w.meter(ID).registers(NOW).importWh;
    expect(Math.abs(reversed + plain)).toBeLessThanOrEqual(20);
  });

  it('counts and shows only a part when the meter is bypassed', () => {
    const w = oneLine('dlt645-tcp', 2);
    const plain = w.meter(ID).registers(NOW + DAY);
    strike(w, { kind: 'under-counting', target: { meter: ID }, factor: 0.4, from: NOW });
    const start = w.meter(ID).registers(NOW);
    const now = w.meter(ID).registers(NOW + DAY);
    expect((now.importWh - start.importWh) / (plain.importWh - start.importWh)).toBeCloseTo(0.4, 2);
    expect(now.powersW.total / plain.powersW.total).toBeCloseTo(0.4, 2);
  });

  it('lets the register pass its end at the instant asked for, total and rates still in step', () => {
    const w = oneLine('dlt645-tcp', 2);
    strike(w, { kind: 'rollover', target: { meter: ID }, at: NOW });
    expect(w.meter(ID).registers(NOW - HOUR).importWh).toBeGreaterThan(999_990_000);
    expect(w.meter(ID).registers(NOW).importWh).toBe(0);
    expect(w.meter(ID).registers(NOW + DAY).importWh).toBeLessThan(30_000);
    const now = w.meter(ID).registers(NOW + DAY);
    expect((now.importWh - rates(now) + 1_000_000_000) % 1_000_000_000).toBeLessThanOrEqual(30);
  });
});

describe('a supply fault', () => {
  it('takes the voltage, current and share of phase B', () => {
    const w = oneLine('dlt645-tcp', 10);
    const plain = w.meter(THREE_PHASE).registers(NOW);
    strike(w, { kind: 'phase-lost', target: { meter: THREE_PHASE }, from: NOW - 2 * DAY });
    const now = w.meter(THREE_PHASE).registers(NOW);
    expect(now.voltagesV[1]).toBe(0);
    expect(now.currentsA[1]).toBe(0);
    expect(now.powersW.b).toBe(0);
    expect(now.powersW.a).toBe(plain.powersW.a);
    const counted = now.importWh - w.meter(THREE_PHASE).registers(NOW - DAY).importWh;
    const share = now.powersW.total / plain.powersW.total;
    const whole =
      plain.importWh -
      oneLine('dlt645-tcp', 10)
        .meter(THREE_PHASE)
        .registers(NOW - DAY).importWh;
    expect(counted / whole).toBeCloseTo(share, 2);
  });

  it('leaves voltage but no current behind an open relay', () => {
    const w = oneLine('dlt645-tcp', 2);
    strike(w, { kind: 'relay-open', target: { meter: ID }, from: NOW });
    const now = w.meter(ID).registers(NOW + 1000);
    expect(now).toMatchObject({ relayOpen: true, onBattery: false, currentsA: [0, null, null] });
    expect(now.voltagesV[0]).toBeGreaterThan(200);
    expect(w.meter(ID).registers(NOW - 1000).relayOpen).toBe(false);
  });
});
