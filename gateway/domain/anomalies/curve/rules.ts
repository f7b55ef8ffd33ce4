import { CURRENT_BROKEN, CURRENT_OVER, CURRENT_UNBALANCED, NEUTRAL_CURRENT } from './current-rules.ts';
import type { CurveRule } from './curve-rule.ts';
import type { CurveRuleId } from './limits.ts';
import { CURRENT_LOST } from './lost-current.ts';
import {
  LOAD_OVER,
  LOAD_OVER_CONTRACT,
  POWER_FACTOR_LOW,
  REVERSE_FLOW,
  TRANSFORMER_HEAVY,
  TRANSFORMER_OVERLOADED,
} from './power-rules.ts';
import { OUT_OF_TOLERANCE, REGISTER_FLYING, STOPPED_METER } from './register-rules.ts';
import { PHASE_BROKEN, VOLTAGE_LOST, VOLTAGE_OVER, VOLTAGE_UNBALANCED, VOLTAGE_UNDER } from './voltage-rules.ts';

export const CURVE_RULE_MEASURES: Readonly<Record<CurveRuleId, CurveRule>> = {
  phase_broken: PHASE_BROKEN,
  voltage_lost: VOLTAGE_LOST,
  voltage_over: VOLTAGE_OVER,
  voltage_under: VOLTAGE_UNDER,
  voltage_unbalanced: VOLTAGE_UNBALANCED,
  current_lost: CURRENT_LOST,
  current_broken: CURRENT_BROKEN,
  current_unbalanced: CURRENT_UNBALANCED,
  current_over: CURRENT_OVER,
  load_over: LOAD_OVER,
  reverse_flow: REVERSE_FLOW,
  power_factor_low: POWER_FACTOR_LOW,
  neutral_current: NEUTRAL_CURRENT,
  stopped_meter: STOPPED_METER,
  register_flying: REGISTER_FLYING,
  out_of_tolerance: OUT_OF_TOLERANCE,
  load_over_contract: LOAD_OVER_CONTRACT,
  transformer_heavy: TRANSFORMER_HEAVY,
  transformer_overloaded: TRANSFORMER_OVERLOADED,
};
