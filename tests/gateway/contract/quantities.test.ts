import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fromScaled,
  isQuantity,
  isSignedCounter,
  QUANTITIES,
  QUANTITY_NAMES,
  quantity,
  RATE_IMPORTS,
  toScaled,
} from '#contract/quantities.ts';
import { DEFAULT_TASKS } from '#contract/tasks.ts';

const names = fc.constantFrom(...QUANTITY_NAMES);

/** The unit that ends the name of a quantity. */
const SUFFIX: Readonly<Record<string, string>> = {
  Wh: '_wh',
  varh: '_varh',
  V: '_v',
  A: '_a',
  W: '_w',
  var: '_var',
  VA: '_va',
  Hz: '_hz',
  s: '_s',
  ms: '_at',
};

describe('the list of quantities', () => {
  it('names each quantity once, in both languages', () => {
    expect(new Set(QUANTITY_NAMES).size).toBe(QUANTITIES.length);
    expect(new Set(QUANTITIES.map((q) => q.zh)).size).toBe(QUANTITIES.length);
    expect(new Set(QUANTITIES.map((q) => q.en)).size).toBe(QUANTITIES.length);
  });

  it('ends each name with its unit', () => {
    for (const { name, unit } of QUANTITIES) {
      const suffix = SUFFIX[unit];
      if (suffix !== undefined) expect(name.endsWith(suffix), name).toBe(true);
    }
  });

  it('writes OBIS codes and data identifiers in full', () => {
    for (const { name, obis, di } of QUANTITIES) {
      if (obis !== null) expect(obis, name).toMatch(/^\d-\d:\d{1,3}\.\d{1,3}\.\d{1,3}$/);
      if (di !== null) expect(di, name).toMatch(/^[0-9A-F]{8}$/);
    }
  });

  it('keeps counters, states and times as whole numbers', () => {
    for (const { name, kind, decimals } of QUANTITIES) if (kind !== 'gauge') expect(decimals, name).toBe(0);
    expect(RATE_IMPORTS.every((name) => quantity(name).kind === 'counter')).toBe(true);
  });

  it('lets only combined energies run below zero', () => {
    expect(QUANTITY_NAMES.filter(isSignedCounter)).toEqual([
      'energy_reactive_import_varh',
      'energy_reactive_export_varh',
      'energy_combined_wh',
    ]);
  });

  it('is closed: names of objects’ own making are none', () => {
    expect(isQuantity('energy_import_wh')).toBe(true);
    expect(['', 'voltage', 'constructor', '__proto__', 'ENERGY_IMPORT_WH'].some(isQuantity)).toBe(false);
  });

  it('covers what the usual tasks ask for', () => {
    for (const task of DEFAULT_TASKS) expect(task.items.every(isQuantity), task.id).toBe(true);
  });
});

describe('stored integers', () => {
  it('come back unchanged from the value they stand for', () => {
    fc.assert(
      fc.property(names, fc.integer({ min: -1e12, max: 1e12 }), (name, scaled) => {
        expect(toScaled(name, fromScaled(name, scaled))).toBe(scaled);
      }),
    );
  });

  it('are the nearest to a value', () => {
    expect(toScaled('voltage_a_v', 230.46)).toBe(23_046);
    expect(toScaled('current_a_a', -0.0016)).toBe(-2);
    fc.assert(
      fc.property(names, fc.double({ min: -1e6, max: 1e6, noNaN: true }), (name, value) => {
        const half = 0.5 / 10 ** quantity(name).decimals;
        expect(Math.abs(fromScaled(name, toScaled(name, value)) - value)).toBeLessThanOrEqual(half * (1 + 1e-6));
      }),
    );
  });
});
