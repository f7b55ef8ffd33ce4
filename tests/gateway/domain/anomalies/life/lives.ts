import { CurveJudge } from '#domain/anomalies/curve/judge.ts';
import { newCurveState } from '#domain/anomalies/curve/state.ts';
import { DayJudge } from '#domain/anomalies/days/judge.ts';
import { newDayState } from '#domain/anomalies/days/state.ts';
import type { Transition } from '#domain/anomalies/transition.ts';
import { DayCache } from '../../../../../simulators/load/day-source.ts';
import { NOW, ZONE } from '../kit/meters.ts';
import type { Fault } from './faults.ts';
import { flowOf, HISTORY_DAYS } from './flow.ts';
import { withGaps } from './gaps.ts';
import { type Metered, metered } from './metered.ts';
import type { Inhabitant } from './people.ts';

/** Days whose curve and freezes are judged. */
export const LIFE_DAYS = 30;

const CACHE = new DayCache(64);
const CURVES = new CurveJudge({ zoneOffsetMs: ZONE });
const DAYS = new DayJudge();

export function lifeOf(who: Inhabitant, fault: Fault | null = null): Metered {
  const flow = flowOf(who, HISTORY_DAYS + LIFE_DAYS + 1, CACHE);
  return withGaps(metered(flow, who, fault), who.seed, who.isCarrier);
}

/** All that is told of a month of a meter, of its curve first. */
export function toldOf(who: Inhabitant, fault: Fault | null = null): Transition[] {
  const { curve, days } = lifeOf(who, fault);
  const span = { from: HISTORY_DAYS, to: days.slots.length };
  return [
    ...CURVES.judge(who.meter, curve, newCurveState(), NOW),
    ...DAYS.judge(who.meter, days, span, newDayState(), NOW),
  ];
}
