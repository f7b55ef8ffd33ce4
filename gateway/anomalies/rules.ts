import type { AnomalyLevel, AnomalyRule } from '#contract/anomaly.ts';
import { anomalyEntry } from '#domain/anomalies/catalogue.ts';
import { CURVE_QUANTITIES } from '#domain/anomalies/curve/columns.ts';
import { CurveJudge, type CurveJudgeOptions } from '#domain/anomalies/curve/judge.ts';
import { newCurveState, packCurveState, unpackCurveState } from '#domain/anomalies/curve/state.ts';
import { DayJudge } from '#domain/anomalies/days/judge.ts';
import { newDayState, packDayState, unpackDayState } from '#domain/anomalies/days/state.ts';
import type { LimitOverrides } from '#domain/anomalies/limits.ts';
import { StateJudge } from '#domain/anomalies/states/judge.ts';
import { newMeterState, packMeterState, unpackMeterState } from '#domain/anomalies/states/state.ts';
import type { Settings } from '#platform/settings/schema.ts';
import type { CurveRules, DayRules, StateRules } from './judges.ts';

type LevelOf = CurveRules['levelOf'];

/** The rules over curves, with one unpacked state that is used for all meters. */
export function curveRules(options: CurveJudgeOptions, levelOf: LevelOf): CurveRules {
  const judge = new CurveJudge(options);
  const scratch = newCurveState();
  return {
    quantities: CURVE_QUANTITIES,
    levelOf,
    judge: (meter, points, packed, now) => {
      unpack(packed, scratch, unpackCurveState);
      const transitions = judge.judge(meter, points, scratch, now);
      return { transitions, state: packCurveState(scratch) };
    },
  };
}

export function dayRules(limits: LimitOverrides, levelOf: LevelOf): DayRules {
  const judge = new DayJudge({ limits });
  const scratch = newDayState();
  return {
    levelOf,
    judge: (meter, days, place, packed, now) => {
      unpack(packed, scratch, unpackDayState);
      const transitions = judge.judge(meter, days, { from: place, to: place + 1 }, scratch, now);
      return { transitions, state: packDayState(scratch) };
    },
  };
}

export function stateRules(limits: LimitOverrides, levelOf: LevelOf): StateRules {
  const judge = new StateJudge({ limits });
  const scratch = newMeterState();
  return {
    levelOf,
    judge: (meter, facts, packed, now) => {
      unpack(packed, scratch, unpackMeterState);
      const transitions = judge.judge(meter, facts, scratch, now);
      return { transitions, state: packMeterState(scratch) };
    },
  };
}

function unpack(
  packed: Float64Array | null,
  into: Float64Array,
  unpacked: (packed: ArrayLike<number>, into: Float64Array) => Float64Array,
): void {
  if (packed) unpacked(packed, into);
  else into.fill(0);
}

/** Levels of the catalogue; theft, which is a matter of a whole area, is of the first. */
export function levelOf(rule: AnomalyRule): AnomalyLevel {
  return rule === 'theft_suspected' ? 1 : anomalyEntry(rule).level;
}

/** Limits that are settings. */
export function limitsOf({ stoppedMinWh }: Pick<Settings, 'stoppedMinWh'>): LimitOverrides {
  // What was reached is enough, and a rule speaks beyond its limit.
  const limit = stoppedMinWh - 0.5;
  return { all: { stopped_meter: { raise: limit, clear: limit } } };
}
