import { DAY_S, midnightBefore, wholeSecond } from '../clock/local-time.ts';
import { isActive } from '../faults/fault.ts';
import type { SimMeter } from '../world/meter.ts';
import type { DistrictSpec } from '../world/spec.ts';
import { World } from '../world/world.ts';
import { buildDistrict } from './build.ts';
import { defaultFaults, type NamedFault } from './default-faults.ts';
import { defaultPlan } from './default-plan.ts';
import { hotlineFaults, hotlinePlan } from './hotline-plan.ts';
import { mixedFaults, mixedPlan } from './mixed-plan.ts';

export interface Scenario {
  readonly spec: DistrictSpec;
  /** First start of the district, UTC ms. */
  readonly anchorMs: number;
  readonly faults: readonly NamedFault[];
}

export function defaultScenario(options: { readonly anchorMs: number; readonly seed?: number }): Scenario {
  const spec = buildDistrict(defaultPlan(options.seed ?? 1));
  return { spec, anchorMs: options.anchorMs, faults: defaultFaults(options.anchorMs) };
}

/** The districts that can be asked for by name. */
export const SCENARIOS = ['default', 'mixed', 'hotline'] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

/** A district by name. */
export function scenarioOf(
  name: ScenarioName,
  options: { readonly anchorMs: number; readonly seed?: number },
): Scenario {
  if (name === 'default') return defaultScenario(options);
  const { anchorMs, seed = 1 } = options;
  if (name === 'hotline') return { spec: buildDistrict(hotlinePlan(seed)), anchorMs, faults: hotlineFaults(anchorMs) };
  return { spec: buildDistrict(mixedPlan(seed)), anchorMs, faults: mixedFaults(anchorMs) };
}

export function openWorld({ spec, anchorMs, faults }: Scenario): World {
  const world = new World(spec);
  for (const { id, fault } of faults) world.faults.put(id, fault, anchorMs);
  return world;
}

/**
 * What an operator must see for one day freeze once every retry is over: a value, nothing due (the meter keeps no
 * history and collection had not begun), or the reason why there is none.
 */
export type Expected =
  | 'answered'
  | 'not_due'
  | 'no_answer'
  | 'concentrator_offline'
  | 'crc_error'
  | 'wrong_address'
  | 'malformed'
  | 'meter_clock_wrong'
  | 'stale_freeze'
  | 'not_supported'
  | 'implausible';

/** A clock that is further off than this is wrong (the usual limit of alarms), s. */
const CLOCK_LIMIT_S = 300;

/** `asOfMs`: when the last retry was made. */
export function expectedDayFreeze(meter: SimMeter, midnightMs: number, asOfMs: number): Expected {
  if (meter.protocol === 'modbus' || meter.protocol === 'dlt645-1997') return 'not_due';
  const talking = expectedTalk(meter, asOfMs);
  if (talking !== 'answered') return talking;
  if (meter.lacks('freezes', asOfMs)) return 'not_supported';
  if (Math.abs(meter.registers(asOfMs).clockOffsetS) > CLOCK_LIMIT_S) return 'meter_clock_wrong';
  if (!meter.dayFreeze(midnightMs)) return 'stale_freeze';
  const reversed = meter.faults.some((fault) => fault.kind === 'reversed' && isActive(fault, midnightMs - 1));
  return reversed ? 'implausible' : 'answered';
}

/** For every meter: the freeze of the midnight at which the day before the anchor began, seen the day after it. */
export function expectedYesterday(world: World, anchorMs: number): ReadonlyMap<string, Expected> {
  const yesterday = (midnightBefore(wholeSecond(anchorMs)) - DAY_S) * 1000;
  const later = anchorMs + DAY_S * 1000;
  return new Map(world.meters.map((meter) => [meter.spec.id, expectedDayFreeze(meter, yesterday, later)]));
}

function expectedTalk(meter: SimMeter, asOfMs: number): Expected {
  const active = meter.faults.filter((fault) => isActive(fault, asOfMs));
  const has = (kind: (typeof active)[number]['kind']): boolean => active.some((fault) => fault.kind === kind);
  if (has('concentrator-offline')) return 'concentrator_offline';
  if (has('dead') || has('late-reply') || !meter.canAnswer(asOfMs)) return 'no_answer';
  if (active.some(({ kind, params }) => kind === 'noise' && params.every === 1)) return 'crc_error';
  const wrong = active.find(({ kind }) => kind === 'wrong-reply');
  if (wrong) return wrong.params.as === 'item' ? 'malformed' : 'wrong_address';
  return 'answered';
}
