import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Anomaly } from '#contract/anomaly.ts';
import { type ProfilePoint, restoreStopped, type StoppedState, stoppedMeter } from '#domain/anomalies/stopped-meter.ts';

const QUARTER = 900_000;
const T0 = Date.UTC(2026, 10, 20);

function point(quarter: number, importWh: number | null, powerW: number | null): ProfilePoint {
  return { slot: T0 + quarter * QUARTER, importWh, powerW };
}

function fold(
  points: readonly ProfilePoint[],
  start: StoppedState | null = null,
): { state: StoppedState | null; told: Anomaly[] } {
  let state = start;
  const told: Anomaly[] = [];
  for (const one of points) {
    const step = stoppedMeter(state, 'm1', one);
    state = step.state;
    if (step.changed) told.push(step.changed);
  }
  return { state, told };
}

/** `count` quarter hours at one register and power. */
function still(from: number, count: number, importWh: number, powerW: number | null): ProfilePoint[] {
  return Array.from({ length: count }, (_, i) => point(from + i, importWh, powerW));
}

describe('a stopped meter', () => {
  it('is one whose register stood still while 400 Wh flowed', () => {
    const { told } = fold(still(0, 3, 5000, 800));
    expect(told).toEqual([
      {
        id: expect.stringMatching(/^stopped-m1-[0-9a-z]+$/),
        rule: 'stopped_meter',
        meter: 'm1',
        openedAt: T0 + 2 * QUARTER,
        closedAt: null,
        from: T0,
        to: T0 + 2 * QUARTER,
        facts: { registerWh: 5000, flowedWh: 400, minWh: 400 },
      },
    ]);
  });

  it('is none just below that, nor without load, nor while it exports', () => {
    expect(fold(still(0, 3, 5000, 799)).told).toEqual([]);
    expect(fold(still(0, 400, 5000, 0)).told).toEqual([]);
    expect(fold(still(0, 400, 5000, -3000)).told).toEqual([]);
  });

  it('is none whose register moves, however little', () => {
    const creeping = Array.from({ length: 50 }, (_, i) => point(i, 5000 + i, 5000));
    expect(fold(creeping).told).toEqual([]);
  });

  it('is told once, and is over when the register advances', () => {
    const { told, state } = fold([...still(0, 20, 5000, 800), point(20, 5010, 800)]);
    expect(told).toHaveLength(2);
    expect(told[1]).toMatchObject({
      id: told[0]?.id,
      openedAt: T0 + 2 * QUARTER,
      closedAt: T0 + 20 * QUARTER,
      to: T0 + 19 * QUARTER,
      facts: { registerWh: 5000, flowedWh: 3800 },
    });
    expect(state?.open).toBeNull();
  });

  it('is not over when the register falls, and a fall begins a new count', () => {
    const { told, state } = fold([...still(0, 4, 5000, 800), point(4, 4000, 800), point(5, 4000, 800)]);
    expect(told).toHaveLength(1);
    expect(state?.open).not.toBeNull();
    expect(fold([point(6, 4001, 800)], state).told).toMatchObject([{ closedAt: T0 + 6 * QUARTER }]);
    expect(fold([...still(0, 2, 5000, 800), ...still(2, 2, 4000, 800)]).told).toEqual([]);
  });
});

describe('missing points', () => {
  it('add no energy: two hours without points prove nothing', () => {
    expect(fold([point(0, 5000, 9000), point(8, 5000, 9000)]).told).toEqual([]);
    expect(fold([point(0, 5000, 800), point(2, 5000, 800)]).told).toHaveLength(1);
  });

  it('without power add no energy on either side', () => {
    const every = Array.from({ length: 40 }, (_, i) => point(i, 5000, i % 2 === 0 ? 3000 : null));
    expect(fold(every).told).toEqual([]);
  });

  it('change nothing: neither a point without register nor one without power ends the count', () => {
    const { state } = fold(still(0, 2, 5000, 800));
    expect(stoppedMeter(state, 'm1', point(2, null, 800))).toEqual({ state, changed: null });
    expect(fold([...still(0, 2, 5000, 800), point(2, 5000, null), ...still(3, 2, 5000, 800)]).told).toHaveLength(1);
  });
});

describe('order and repetition', () => {
  const points = fc.array(
    fc.record({
      slot: fc.integer({ min: 0, max: 60 }).map((quarter) => T0 + quarter * QUARTER),
      importWh: fc.option(fc.integer({ min: 5000, max: 5003 })),
      powerW: fc.option(fc.integer({ min: -500, max: 3000 })),
    }),
    { maxLength: 80 },
  );

  it('of points that are not newer than the newest change nothing', () => {
    fc.assert(
      fc.property(points, (list) => {
        const { state } = fold(list);
        const taken = list.filter(({ importWh }) => importWh !== null);
        for (const one of taken) expect(stoppedMeter(state, 'm1', one)).toEqual({ state, changed: null });
      }),
      { numRuns: 300 },
    );
  });

  it('never make a finding out of missing points: under steady load, fewer points find no more', () => {
    const series = fc.array(fc.tuple(fc.constantFrom(0, 0, 0, 10), fc.boolean()), { maxLength: 60 });
    fc.assert(
      fc.property(series, fc.integer({ min: 0, max: 3000 }), (steps, powerW) => {
        let importWh = 5000;
        const all = steps.map(([moved, kept], quarter) => {
          importWh += moved;
          return { kept, one: point(quarter, importWh, powerW) };
        });
        const registers = (points_: readonly ProfilePoint[]): unknown[] =>
          fold(points_).told.map(({ facts }) => facts['registerWh']);
        const whole = registers(all.map(({ one }) => one));
        const some = registers(all.filter(({ kept }) => kept).map(({ one }) => one));
        for (const register of some) expect(whole).toContain(register);
      }),
      { numRuns: 300 },
    );
  });

  it('newest first find nothing: back-filled points have to be sorted', () => {
    expect(fold(still(0, 50, 5000, 3000).reverse()).told).toEqual([]);
  });

  it('opens and closes alternate, and every close has its open', () => {
    fc.assert(
      fc.property(points, (list) => {
        const { told } = fold([...list].sort((a, b) => a.slot - b.slot));
        for (const [i, anomaly] of told.entries()) {
          expect(anomaly.closedAt === null).toBe(i % 2 === 0);
          if (i % 2 === 1) expect(anomaly.id).toBe(told[i - 1]?.id);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('a process that starts again', () => {
  it('goes on with its states, which are plain data', () => {
    const all = [...still(0, 10, 5000, 800), point(10, 5001, 800)];
    const { state } = fold(all.slice(0, 6));
    const copy = JSON.parse(JSON.stringify(state)) as StoppedState;
    expect(fold(all.slice(6), copy)).toEqual(fold(all.slice(6), state));
  });

  it('closes what it had stored as open, even without the states', () => {
    const [open] = fold(still(0, 5, 5000, 800)).told;
    if (!open) throw new Error('nothing opened');
    const { told } = fold([...still(0, 8, 5000, 800), point(8, 5010, 800)], restoreStopped(open));
    expect(told).toMatchObject([{ id: open.id, closedAt: T0 + 8 * QUARTER }]);
  });
});
