import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LoadContext, type LoadPoint, loadHealth } from '#domain/usage/load-health.ts';

const CONTEXT: LoadContext = { ratio: 40, ratedVoltageV: 220, phases: 3, capacityKva: 100, stepMs: 900_000 };

function point(slot: number, over: Partial<LoadPoint> = {}): LoadPoint {
  const nothing = { powerW: null, reactiveVar: null, powerFactor: null };
  return { slot, ...nothing, voltagesV: [null, null, null], currentsA: [null, null, null], ...over };
}

describe('the load of a day', () => {
  it('is told with the ratio, and held against the capacity by its apparent power', () => {
    const loads = [500, 1500, 2100, 2600].map((powerW, i) => point(i, { powerW, reactiveVar: 0 }));
    expect(loadHealth(loads, CONTEXT)).toMatchObject({
      ...{ points: 4, maxKw: 104, maxAt: 3, minKw: 20, meanKw: 67, maxShare: 1.04, powerFactor: 1 },
      ...{ hoursOver80: 0.5, hoursOver100: 0.25 },
    });
    const reactive = loadHealth([point(0, { powerW: 1500, reactiveVar: 2000 })], CONTEXT);
    expect(reactive).toMatchObject({ maxKw: 60, maxShare: 1, hoursOver80: 0.25, hoursOver100: 0, powerFactor: 0.6 });
    expect(loadHealth([point(0, { powerW: 1000, powerFactor: -0.5 })], CONTEXT)).toMatchObject({ maxShare: 0.8 });
  });

  it('says nothing of a capacity that is not on record', () => {
    const health = loadHealth([point(0, { powerW: 9000 })], { ...CONTEXT, capacityKva: null });
    expect(health).toMatchObject({ maxKw: 360, maxShare: null, hoursOver80: null, hoursOver100: null });
  });

  it('says nothing where nothing came', () => {
    const health = loadHealth([point(0), point(1)], CONTEXT);
    expect(Object.values(health).filter((value) => value !== null)).toEqual([2]);
  });

  it('counts voltages within seven per cent of nominal, the bounds included', () => {
    const points = [point(0, { voltagesV: [220 * 0.93, 220 * 1.07, 250] }), point(1, { voltagesV: [204, null, 220] })];
    expect(loadHealth(points, CONTEXT)).toMatchObject({ voltageGood: 0.6, lowestVoltageV: 204, highestVoltageV: 250 });
    const single = loadHealth([point(0, { voltagesV: [220, 0, 0] })], { ...CONTEXT, phases: 1 });
    expect(single).toMatchObject({ voltageGood: 1, lowestVoltageV: 220, maxUnbalance: null });
  });

  it('compares the currents of the phases where enough flows and all are known', () => {
    const currents = [
      [10, 5, 10],
      [4, 4, -4],
      [0.4, 0, 0.2],
      [10, null, 10],
    ];
    const points = currents.map((currentsA, i) => point(i, { currentsA }));
    expect(loadHealth(points, CONTEXT)).toMatchObject({ maxUnbalance: 0.5, meanUnbalance: 0.25 });
  });

  it('is the same in whatever order the points come', () => {
    const some = fc.record({ powerW: fc.integer({ min: 0, max: 5000 }), powerFactor: fc.constantFrom(0.5, 1) });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 20 }), (values) => {
        const points = values.map((over, slot) => point(slot, over));
        const { maxAt: _a, meanKw: meanOne, powerFactor: factorOne, ...one } = loadHealth(points, CONTEXT);
        const turned = loadHealth(points.toReversed(), CONTEXT);
        const { maxAt: _b, meanKw: meanTwo, powerFactor: factorTwo, ...two } = turned;
        expect(two).toEqual(one);
        expect(meanTwo ?? 0).toBeCloseTo(meanOne ?? 0);
        expect(factorTwo ?? 0).toBeCloseTo(factorOne ?? 0);
      }),
    );
  });
});
