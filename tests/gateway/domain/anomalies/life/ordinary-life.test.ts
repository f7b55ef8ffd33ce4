import { describe, expect, it } from 'vitest';
import { anomalyEntry } from '#domain/anomalies/catalogue.ts';
import type { Transition } from '#domain/anomalies/transition.ts';
import { QUARTER, T0 } from '../kit/meters.ts';
import { lifeOf, toldOf } from './lives.ts';
import { inhabitant, KINDS, type Kind } from './people.ts';
import { PLANTS, type Plant } from './plants.ts';

const HOUR = 3_600_000;
/** Months of life of each kind. */
const EACH = 10;
/** Meters that are not on a carrier, so that what is wrong can be found in time. */
const TRIES = [3, 5, 7];

/** A fortnight away and a car that is charged at home are changes: each may be told of by the one rule on such changes. */
const CHANGES: Partial<Record<Kind, string>> = { away: 'usage_drop', buyer: 'usage_jump' };

const MONTHS = new Map<string, readonly Transition[]>();

/** What is told of a month in which nothing is wrong. */
function monthOf(kind: Kind, number: number): readonly Transition[] {
  const key = `${kind} ${number}`;
  const told = MONTHS.get(key) ?? toldOf(inhabitant(kind, number));
  MONTHS.set(key, told);
  return told;
}

function opened(told: readonly Transition[]): Transition[] {
  return told.filter(({ kind }) => kind === 'open');
}

describe('ordinary life', () => {
  it('is far from what is sampled: single quarter hours say nothing', () => {
    const { curve } = lifeOf(inhabitant('flat', 2));
    const { energy_import_wh: wh = [], power_active_total_w: watts = [] } = curve.columns;
    let wild = 0;
    for (let i = 1; i < curve.length; i++) {
      const counted = (wh[i] ?? 0) - (wh[i - 1] ?? 0);
      const sampled = ((watts[i] ?? 0) + (watts[i - 1] ?? 0)) / 8;
      if (counted > 100 && counted > 3 * sampled) wild += 1;
    }
    expect(wild).toBeGreaterThan(50);
  });

  it.each(KINDS)('of a %s raises nothing', (kind) => {
    const told: string[] = [];
    for (let number = 0; number < EACH; number++) {
      for (const { rule, at, facts } of opened(monthOf(kind, number))) {
        if (CHANGES[kind] !== rule)
          told.push(`${kind} ${number}: ${rule} ${(at - T0) / QUARTER} ${JSON.stringify(facts)}`);
      }
    }
    expect(told).toEqual([]);
  });

  it('when it changes is told of, and is ordinary again', () => {
    for (const kind of ['away', 'buyer'] as const) {
      let found = 0;
      for (let number = 0; number < EACH; number++) {
        const told = monthOf(kind, number).filter(({ rule }) => rule === CHANGES[kind]);
        found += opened(told).length > 0 ? 1 : 0;
        if (kind === 'away') expect(told.at(-1)?.kind ?? 'close').toBe('close');
      }
      expect(found).toBeGreaterThan(EACH * 0.8);
    }
  });
});

describe.each(PLANTS)('$what', (plant: Plant) => {
  it(`is found by ${plant.rule} (level ${anomalyEntry(plant.rule).level}), ${plant.times ?? 1} time(s), and is over once mended`, () => {
    const said = TRIES.filter(plant.only ?? (() => true)).map((number) => {
      const told = toldOf(inhabitant(plant.kind, number), plant.fault).filter(({ rule }) => rule === plant.rule);
      const first = told[0];
      const last = told.at(-1);
      const hours = ((first?.at ?? Number.NaN) - T0 - plant.fault.from * QUARTER) / HOUR;
      const isAfter = (last?.at ?? 0) > T0 + (plant.fault.to - 1) * QUARTER;
      return [
        number,
        opened(told).length,
        hours >= 0 && hours <= plant.withinHours ? 'in time' : `after ${hours} h`,
        last?.kind === 'close' && (isAfter || plant.fault.hours)
          ? 'over'
          : `${last?.kind} ${((last?.at ?? 0) - T0) / QUARTER}`,
      ];
    });
    expect(said).toEqual(said.map(([number]) => [number, plant.times ?? 1, 'in time', 'over']));
  });
});
