import { unit } from '../../../../../simulators/load/hash.ts';
import type { Run } from './flow.ts';

/** Something that is switched on some times a day. */
export interface Use {
  readonly watts: number;
  readonly factor: number;
  /** Hour round which it is used, and how far from it. */
  readonly hour: number;
  readonly spreadH: number;
  /** How long it runs, min: mean, drawn from half to one and a half of it. */
  readonly minutes: number;
  /** While it runs: minutes on, minutes off. */
  readonly cycle?: readonly [on: number, off: number];
  /** Share of the days. */
  readonly chance: number;
  readonly phases: readonly number[];
  /** First day on which it is there. */
  readonly since?: number;
  readonly restDaysOff?: boolean;
}

/** Day 0 is a Wednesday. */
export function isRest(day: number): boolean {
  const weekday = (day + 3) % 7;
  return weekday === 6 || weekday === 0;
}

export function runsOf(uses: readonly Use[], seed: number, day: number, life: number): Run[] {
  const runs: Run[] = [];
  uses.forEach((use, index) => {
    const draw = (channel: number): number => unit(seed, index, channel);
    const isOff = day < (use.since ?? 0) || (use.restDaysOff === true && isRest(day));
    const chance = use.hour === ALL_DAY ? 1 : use.chance * life;
    if (isOff || draw(1) >= chance) return;
    const from = use.hour === ALL_DAY ? 0 : Math.max(0, (use.hour + use.spreadH * (2 * draw(2) - 1)) * 60);
    const to = use.hour === ALL_DAY ? 1440 : from + use.minutes * (0.5 + draw(3));
    if (use.cycle) cycling(runs, use, from + use.cycle[0] * draw(4), to, use.cycle);
    else runs.push({ from, to, ...use });
  });
  return runs;
}

/** Runs from midnight to midnight, on holidays too. */
export const ALL_DAY = -1;

function cycling(runs: Run[], use: Use, from: number, to: number, [on, off]: readonly [number, number]): void {
  for (let at = from; at < to; at += on + off) {
    runs.push({ from: at, to: Math.min(to, at + on), watts: use.watts, factor: use.factor, phases: use.phases });
  }
}

const use = (watts: number, factor: number, hour: number, spreadH: number, minutes: number, chance: number): Use => ({
  watts,
  factor,
  hour,
  spreadH,
  minutes,
  chance,
  phases: [0],
});

const FRIDGE: Use = { ...use(110, 0.8, ALL_DAY, 0, 0, 1), cycle: [14, 27] };
const KETTLES = [7, 10, 14, 19].map((hour) => use(2000, 1, hour, 1, 5, 0.7));
const COOKING = [
  use(1800, 0.98, 11.5, 0.7, 30, 0.6),
  use(2100, 0.98, 18, 0.8, 45, 0.9),
  use(900, 0.9, 6.8, 0.5, 12, 0.7),
];
const WASHING = use(2000, 0.97, 20, 1.5, 25, 0.4);
const TANK = use(2500, 1, 21, 1.5, 55, 0.9);
const SHOWERS = [20, 20.7, 21.3, 22].map((hour) => use(7500, 1, hour, 0.5, 9, 0.85));
const AIR: Use = { ...use(1250, 0.88, 20, 1.2, 260, 0.8), cycle: [9, 7] };

/** Homes differ by how they heat water, and by what cools or heats them. */
export function household(pick: number): Use[] {
  const water = pick % 3 === 0 ? SHOWERS : [TANK];
  return [FRIDGE, ...KETTLES, ...COOKING, WASHING, ...water, ...(pick % 2 === 0 ? [AIR] : [])];
}

/** Spread over three phases as an electrician does it: kitchen, water, rooms. */
export function villa(pick: number): Use[] {
  const spread = household(pick).map((one, index): Use => ({ ...one, phases: [(index + pick) % 3] }));
  return [...spread, { ...use(3200, 0.87, 18, 2, 300, 0.7), phases: [0, 1, 2], cycle: [11, 8] }];
}

export const EV: Use = use(7000, 0.99, 22.5, 0.7, 150, 0.6);

/** Freezers round the clock, lights and machines by day. */
export function shop(pick: number): Use[] {
  const single = (phase: number, one: Use): Use => ({ ...one, phases: [(phase + pick) % 3] });
  return [
    single(0, { ...use(700, 0.8, ALL_DAY, 0, 0, 1), cycle: [8, 13] }),
    single(1, { ...use(1400, 0.82, ALL_DAY, 0, 0, 1), cycle: [10, 20] }),
    single(2, use(2000, 0.93, 9, 0.3, 700, 1)),
    single(1, { ...use(2600, 0.9, 10, 0.5, 560, 0.9), cycle: [12, 9] }),
    { ...use(6000, 0.84, 10, 1, 500, 0.8), phases: [0, 1, 2], cycle: [20, 10], restDaysOff: true },
    single(0, use(1600, 0.75, 13, 4, 25, 0.7)),
  ];
}

/** On the secondary side of the transformers, W at the meter. */
export function works(pick: number): Use[] {
  const three = (one: Use): Use => ({ ...one, phases: [0, 1, 2], restDaysOff: pick % 2 === 0 });
  return [
    three({ ...use(700, 0.86, 8, 0.2, 560, 1) }),
    three({ ...use(500, 0.82, 9, 0.5, 420, 1), cycle: [35, 10] }),
    three({ ...use(350, 0.88, 14, 0.5, 180, 0.9), cycle: [6, 5] }),
    { ...use(60, 0.9, 20, 0.3, 600, 1), phases: [pick % 3] },
  ];
}
