import { type AreaPlan, buildDistrict, type DistrictPlan, type LinePlan } from '../../../simulators/district/build.ts';
import type { FaultInput } from '../../../simulators/faults/parse-fault.ts';
import type { LineKind, LineTiming, MeterOptions } from '../../../simulators/world/spec.ts';
import { World } from '../../../simulators/world/world.ts';

/** Friday 2026-11-20, 10:20:30 in China. */
export const NOW = Date.parse('2026-11-20T10:20:30+08:00');
export const at = (text: string): number => Date.parse(`${text}+08:00`);
export const MIDNIGHT = at('2026-11-20T00:00:00');
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

/** Answers at once: for tests that are not about time. */
export const AT_ONCE: LineTiming = { baudRate: null, replyDelayMs: [0, 0] };

export function smallWorld(plan: Partial<DistrictPlan> & { readonly areas: readonly AreaPlan[] }): World {
  return new World(buildDistrict(plan));
}

/** One area with one line; customers 10, 20, … have three phases. Exact clocks unless faults say otherwise. */
export function oneLine(
  kind: LineKind,
  customers: number,
  timing: LineTiming = AT_ONCE,
  options: MeterOptions = {},
  plan: Partial<LinePlan> = {},
): World {
  const line = { id: 'L1', kind, customers, timing, options, ...plan };
  const spec = buildDistrict({ areas: [{ id: 'A1', lines: [line] }] });
  return new World({ ...spec, meters: spec.meters.map((meter) => ({ ...meter, clockOffsetS: 0 })) });
}

export const ID = '310001000001';
export const THREE_PHASE = '310001000010';
export const PV = '310001000023';
export const SUPPLY = '310001900001';

/** Sets a fault as of `NOW`. */
export function strike(world: World, fault: FaultInput, id = 'f1'): void {
  world.faults.put(id, fault, NOW);
}
