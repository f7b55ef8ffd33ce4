import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CURVE_QUANTITIES, type CurveColumns, type CurveQuantity } from '#domain/anomalies/curve/columns.ts';
import { CurveJudge } from '#domain/anomalies/curve/judge.ts';
import { newCurveState, packCurveState, unpackCurveState } from '#domain/anomalies/curve/state.ts';
import type { JudgedMeter } from '#domain/anomalies/judged-meter.ts';
import { type Courses, curve, judged, part } from '../kit/curves.ts';
import { NOW, singlePhase, supplyMeter, threePhase, ZONE } from '../kit/meters.ts';

const POINTS = 96;
const N = Number.NaN;

/** Values at which something happens, for each kind of quantity. */
const LEVELS: Readonly<Record<CurveQuantity, readonly number[]>> = {
  voltage_a_v: [220, 220, 220, 150, 20, 270, N],
  voltage_b_v: [220, 220, 220, 150, 20, N],
  voltage_c_v: [220, 220, 180, N],
  current_a_a: [10, 10, 0, 75, N],
  current_b_a: [10, 10, 0, N],
  current_c_a: [10, 0, 3, N],
  current_n_a: [0, 10, N],
  power_active_total_w: [6000, 6000, 50_000, -3000, 0, N],
  power_active_a_w: [2000, -500, N],
  power_active_b_w: [2000, N],
  power_active_c_w: [2000, N],
  power_reactive_total_var: [1000, 9000, N],
  power_factor_total: [0.95, 0.2, N],
  energy_import_wh: [0, 0, 1500, 4000, N],
};

const METERS: readonly JudgedMeter[] = [
  threePhase(),
  singlePhase(),
  supplyMeter(),
  threePhase({ category: 'dedicated', isLarge: true, contractKw: 100, ratio: 20 }),
  threePhase({ ratio: 20 }),
];

/** Levels that last for some points each: what is only noise opens nothing. */
function course(levels: readonly number[]): fc.Arbitrary<number[]> {
  const run = fc.tuple(fc.constantFrom(...levels), fc.integer({ min: 1, max: 30 }));
  return fc
    .array(run, { minLength: 6, maxLength: 20 })
    .map((runs) => runs.flatMap(([value, length]) => Array.from({ length }, () => value)).slice(0, POINTS));
}

const curves: fc.Arbitrary<CurveColumns> = fc
  .tuple(...CURVE_QUANTITIES.map((name) => course(LEVELS[name])))
  .map((all) => {
    const courses = Object.fromEntries(
      CURVE_QUANTITIES.map((name, i) => [name, (point: number) => all[i]?.[point] ?? all[i]?.[0] ?? N]),
    );
    let sum = 1_000_000;
    const registers = Array.from({ length: POINTS }, (_, i) => {
      const step = courses['energy_import_wh']?.(i) ?? N;
      if (Number.isNaN(step)) return N;
      sum += step;
      return sum;
    });
    return curve(POINTS, { ...courses, energy_import_wh: (point) => registers[point] ?? N });
  });

/** Meters that are the same all day: sound, or with a fault. */
const STEADY: readonly (readonly [JudgedMeter, Courses])[] = [
  [threePhase(), {}],
  [threePhase(), { voltage_a_v: 100 }],
  [threePhase(), { voltage_b_v: 20, current_b_a: 0 }],
  [threePhase(), { voltage_c_v: 160, current_a_a: 0, current_n_a: 30 }],
  [threePhase(), { current_a_a: 75, voltage_b_v: 270, power_active_total_w: 48_000 }],
  [threePhase(), { power_active_b_w: -500, power_factor_total: 0.2 }],
  [threePhase(), { energy_import_wh: 1_000_000 }],
  [threePhase(), { energy_import_wh: (i) => 1_000_000 + i * 8000 }],
  [supplyMeter(), { energy_import_wh: (i) => 1_000_000 + i * 1567 }],
];

const meters = fc.constantFrom(...METERS);
const JUDGE = new CurveJudge({ zoneOffsetMs: ZONE });

/** Whatever is told, in one order: a judge tells rule by rule for each piece. */
function told(meter: JudgedMeter, pieces: readonly CurveColumns[]): { told: unknown[]; state: number[] } {
  let state = newCurveState();
  const all = pieces.flatMap((piece) => {
    const some = JUDGE.judge(meter, piece, state, NOW);
    state = unpackCurveState(JSON.parse(JSON.stringify([...packCurveState(state)])));
    return some;
  });
  const order = ({ rule, at }: { rule: string; at: number }): string => `${rule} ${at}`;
  return { told: [...all].sort((a, b) => (order(a) < order(b) ? -1 : 1)), state: [...state] };
}

describe('judging a day', () => {
  it('in pieces is judging it at once, with the state kept as JSON between them', () => {
    let found = 0;
    fc.assert(
      fc.property(
        meters,
        curves,
        fc.array(fc.integer({ min: 0, max: POINTS }), { maxLength: 6 }),
        (meter, day, cuts) => {
          const ends = [0, ...[...cuts].sort((a, b) => a - b), POINTS];
          const pieces = ends.slice(1).map((end, i) => part(day, ends[i] ?? 0, end));
          const whole = told(meter, [day]);
          found += whole.told.length;
          expect(told(meter, pieces)).toEqual(whole);
        },
      ),
      { numRuns: 150 },
    );
    expect(found).toBeGreaterThan(150);
  });

  it('again from the state at its beginning gives the same', () => {
    fc.assert(
      fc.property(meters, curves, (meter, day) => {
        const state = newCurveState();
        JUDGE.judge(meter, part(day, 0, 40), state, NOW);
        const kept = packCurveState(state);
        const first = JUDGE.judge(meter, part(day, 40, POINTS), state, NOW);
        const again = unpackCurveState(kept);
        expect(JUDGE.judge(meter, part(day, 40, POINTS), again, NOW)).toEqual(first);
        expect([...again]).toEqual([...state]);
      }),
      { numRuns: 100 },
    );
  });

  it('a second time from the state at its end tells nothing: points that are not newer are passed over', () => {
    fc.assert(
      fc.property(meters, curves, (meter, day) => {
        const state = newCurveState();
        JUDGE.judge(meter, day, state, NOW);
        const kept = [...state];
        const last = day.slots.filter((_, i) =>
          Object.values(day.columns).some((values) => !Number.isNaN(values[i] ?? N)),
        );
        expect(JUDGE.judge(meter, part(day, 0, last.length), state, NOW)).toEqual([]);
        expect([...state]).toEqual(kept);
      }),
      { numRuns: 50 },
    );
  });

  it('leaves finite numbers only, which a state of another layout does not take over', () => {
    fc.assert(
      fc.property(meters, curves, (meter, day) => {
        const state = newCurveState();
        for (const { facts } of JUDGE.judge(meter, day, state, NOW)) {
          for (const value of Object.values(facts))
            expect(typeof value === 'string' || Number.isFinite(value)).toBe(true);
        }
        expect(state.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 50 },
    );
    expect(unpackCurveState([99, 1, 2, 3])).toEqual(newCurveState());
  });
});

describe('missing points', () => {
  it('change nothing, wherever they stand: neither what is told nor the state', () => {
    fc.assert(
      fc.property(
        meters,
        curves,
        fc.array(fc.tuple(fc.integer({ min: 0, max: POINTS }), fc.integer({ min: 1, max: 800_000 })), {
          maxLength: 40,
        }),
        (meter, day, holes) => {
          const places = holes.map(([after, ms]) => (day.slots[Math.min(after, POINTS - 1)] ?? 0) + ms);
          expect(told(meter, [inserted(day, places)])).toEqual(told(meter, [day]));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('of any quantities open nothing at a sound meter, and close nothing at a faulty one', () => {
    const cells = fc.array(
      fc.tuple(fc.constantFrom(...CURVE_QUANTITIES), fc.nat(POINTS - 1), fc.integer({ min: 1, max: 30 })),
      {
        maxLength: 40,
      },
    );
    let opened = 0;
    fc.assert(
      fc.property(cells, fc.constantFrom(...STEADY), (gone, [meter, courses]) => {
        const day = curve(POINTS, courses);
        for (const [name, from, count] of gone) day.columns[name]?.fill(N, from, from + count);
        const kinds = judged(meter, day).map(({ kind }) => kind);
        opened += kinds.length;
        expect(Object.keys(courses).length === 0 ? kinds : kinds.filter((kind) => kind === 'close')).toEqual([]);
      }),
      { numRuns: 400 },
    );
    expect(opened).toBeGreaterThan(100);
  });

  it('of one phase of a fault do not end it', () => {
    const holed = curve(48, { voltage_a_v: (i) => (i < 10 ? 100 : N) });
    expect(judged(threePhase(), holed, ['voltage_lost']).map(({ kind }) => kind)).toEqual(['open']);
    const without = curve(48, { voltage_a_v: (i) => (i < 10 ? 100 : 220), current_a_a: (i) => (i < 10 ? 10 : N) });
    expect(judged(threePhase(), without, ['voltage_lost']).map(({ kind }) => kind)).toEqual(['open', 'close']);
  });
});

describe('repeated points', () => {
  it('and their order change nothing', () => {
    const repeated = fc.array(fc.integer({ min: 0, max: POINTS - 1 }), { maxLength: 60 });
    fc.assert(
      fc.property(
        meters,
        curves,
        repeated,
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (meter, day, more, stream) => {
          const places = [...day.slots.keys(), ...more];
          const keys = new Map(places.map((_, i) => [i, stream.next().value ?? 0]));
          const order = [...places.keys()]
            .sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0))
            .map((i) => places[i] ?? 0);
          expect(told(meter, [picked(day, order)])).toEqual(told(meter, [day]));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('that contradict each other count as missing, and what one of them lacks is taken from the other', () => {
    const low = { voltage_a_v: 100 };
    const both = (a: CurveColumns, b: CurveColumns): CurveColumns => ({
      length: a.length + b.length,
      slots: Float64Array.from([...a.slots, ...b.slots]),
      columns: Object.fromEntries(
        CURVE_QUANTITIES.map((name) => [
          name,
          Float64Array.from([...(a.columns[name] ?? []), ...(b.columns[name] ?? [])]),
        ]),
      ),
    });
    expect(judged(threePhase(), both(curve(8, low), curve(8)), ['voltage_lost'])).toEqual([]);
    expect(judged(threePhase(), both(curve(8, low), curve(8, { voltage_a_v: N })), ['voltage_lost'])).toHaveLength(1);
    const thrice = both(both(curve(8, low), curve(8)), curve(8, low));
    expect(judged(threePhase(), thrice, ['voltage_lost'])).toEqual([]);
  });
});

function picked(day: CurveColumns, places: readonly number[]): CurveColumns {
  const pick = (values: Float64Array): Float64Array => Float64Array.from(places, (place) => values[place] ?? N);
  const columns = Object.fromEntries(Object.entries(day.columns).map(([name, values]) => [name, pick(values)]));
  return { length: places.length, slots: pick(day.slots), columns };
}

/** With points at which everything is missing. */
function inserted(day: CurveColumns, slots: readonly number[]): CurveColumns {
  const all = [...day.slots, ...slots];
  const columns = Object.fromEntries(
    Object.entries(day.columns).map(([name, values]) => [name, Float64Array.from(all, (_, i) => values[i] ?? N)]),
  );
  return { length: all.length, slots: Float64Array.from(all), columns };
}
