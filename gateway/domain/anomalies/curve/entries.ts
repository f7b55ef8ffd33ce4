import type { CatalogueEntry } from '../catalogue-entry.ts';
import { type LimitSources, limitParameters, OURS, parameter, type RuleParameter } from '../parameter.ts';
import { CURVE_BOUNDS, CURVE_LIMITS, type CurveRuleId, LARGE_CURVE_LIMITS } from './limits.ts';

const METER = 'meter default, Q/GDW 1354-2013 appendix D';
const TERMINAL = 'terminal practice: raised and cleared by two limits';
const LIMIT_MIN = 'terminal practice: a condition holds 5 minutes, and as long to clear';
const B = CURVE_BOUNDS;

const VOLTAGES = 'voltage_a_v … c_v';
const CURRENTS = 'current_a_a … c_a';
const POWER = 'power_active_total_w';
const REGISTER = 'energy_import_wh of the profile';

function rule(
  id: CurveRuleId,
  level: CatalogueEntry['level'],
  needs: readonly string[],
  unit: string,
  sources: LimitSources,
  more: readonly RuleParameter[] = [],
): CatalogueEntry {
  return { level, needs, parameters: [...limitParameters(CURVE_LIMITS[id], unit, sources), ...more] };
}

const DEAD = parameter('deadShare', B.deadShare, '× Un', METER);
const NO_CURRENT = parameter('noCurrentShare', B.noCurrentShare, '× Ib', METER);
const POWER_GAP = parameter('powerGap', B.powerGapMin, 'min');
const CONTRACT_MOST = parameter(
  'contractMost',
  B.contractMost,
  '× contract capacity',
  'a load beyond K × contract is dropped: master station practice; K ours',
);

export const CURVE_ENTRIES: Readonly<Record<CurveRuleId, CatalogueEntry>> = {
  phase_broken: rule(
    'phase_broken',
    1,
    [VOLTAGES, CURRENTS, 'three phases'],
    '× Un',
    { raise: METER, clear: 'terminal: above 80 % is on', persist: LIMIT_MIN },
    [NO_CURRENT],
  ),
  voltage_lost: rule(
    'voltage_lost',
    1,
    [VOLTAGES, CURRENTS, 'three phases'],
    '× Un',
    { raise: METER, clear: METER, persist: LIMIT_MIN },
    [NO_CURRENT, parameter('soundShare', B.soundShare, '× Un')],
  ),
  voltage_over: rule('voltage_over', 3, [VOLTAGES], '× Un', { raise: METER, persist: LIMIT_MIN }),
  voltage_under: rule('voltage_under', 3, [VOLTAGES], '× Un', { raise: METER, clear: METER, persist: LIMIT_MIN }, [
    DEAD,
  ]),
  voltage_unbalanced: rule('voltage_unbalanced', 3, [VOLTAGES, 'three phases'], '(max − min) ÷ max', { raise: METER }, [
    DEAD,
  ]),
  current_lost: rule(
    'current_lost',
    1,
    [CURRENTS, VOLTAGES, 'three phases'],
    'min without current',
    { raise: 'ours: a day, less half a minute' },
    [
      parameter('raiseLarge', LARGE_CURVE_LIMITS.current_lost?.raise ?? Number.NaN, 'min without current'),
      NO_CURRENT,
      parameter('suppliedShare', B.suppliedShare, '× Un', METER),
      parameter('otherCurrentShare', B.otherCurrentShare, '× Ib', 'ours; meter default 0.05'),
    ],
  ),
  current_broken: rule(
    'current_broken',
    2,
    [CURRENTS, VOLTAGES, 'ct × pt above 1', 'an active account'],
    '× Ib',
    { raise: METER },
    [DEAD],
  ),
  current_unbalanced: rule(
    'current_unbalanced',
    3,
    [CURRENTS, 'three phases', 'ct × pt above 1, or a supply meter'],
    '(max − min) ÷ max',
    { raise: TERMINAL, clear: TERMINAL },
    [parameter('unbalancedFloorShare', B.unbalancedFloorShare, '× Ib')],
  ),
  current_over: rule('current_over', 2, [CURRENTS], '× Imax', { raise: METER, persist: LIMIT_MIN }),
  load_over: rule('load_over', 2, [POWER], '× Imax × Un × phases', { raise: METER, persist: LIMIT_MIN }),
  reverse_flow: rule(
    'reverse_flow',
    2,
    [`${POWER}, a, b, c`, 'category of the account'],
    '× Un × Ib × phases',
    { raise: METER },
    [
      parameter(
        'reverseLeastShare',
        B.reverseLeastShare,
        '× Un',
        'terminal practice: not judged at under- or overvoltage',
      ),
      parameter(
        'reverseMostShare',
        B.reverseMostShare,
        '× Un',
        'terminal practice: not judged at under- or overvoltage',
      ),
    ],
  ),
  power_factor_low: rule(
    'power_factor_low',
    3,
    ['power_factor_total, or active and reactive power', POWER],
    '',
    { raise: METER },
    [
      parameter(
        'raiseLarge',
        LARGE_CURVE_LIMITS.power_factor_low?.raise ?? Number.NaN,
        '',
        'terminal practice: bands 0.8 and 0.95',
      ),
      parameter('clearLarge', LARGE_CURVE_LIMITS.power_factor_low?.clear ?? Number.NaN, ''),
      parameter('powerFactorFloorShare', B.powerFactorFloorShare, '× Un × Ib × phases'),
    ],
  ),
  neutral_current: rule(
    'neutral_current',
    2,
    [CURRENTS, 'current_n_a'],
    '× the largest current',
    { raise: 'terminal practice: ratio 50 %' },
    [parameter('neutralFloorShare', B.neutralFloorShare, '× Ib', 'terminal practice: above 20 %')],
  ),
  stopped_meter: rule(
    'stopped_meter',
    1,
    [REGISTER, POWER],
    'Wh',
    { raise: 'terminal practice: 0.4 kWh without movement (less half a Wh)' },
    [parameter('stoppedSteps', B.stoppedSteps, 'steps of a register of 0.1 or 1 kWh in addition'), POWER_GAP],
  ),
  register_flying: rule(
    'register_flying',
    1,
    [REGISTER, POWER],
    '× ∫P dt',
    { raise: OURS, persist: 'ours: three windows on end, for power is sampled and counting is not' },
    [
      parameter('flyingHours', B.flyingHours, 'h'),
      parameter('flyingFloorShare', B.flyingFloorShare, '× Un × Ib × phases × hours'),
      POWER_GAP,
    ],
  ),
  out_of_tolerance: rule(
    'out_of_tolerance',
    2,
    [REGISTER, POWER],
    '× Un × Ib × phases × hours',
    { raise: 'form: terminal practice, energy against Un × In × interval; number ours' },
    [
      parameter('toleranceHours', B.toleranceHours, 'h'),
      parameter('toleranceShare', B.toleranceShare, 'of the larger energy'),
      POWER_GAP,
    ],
  ),
  load_over_contract: rule(
    'load_over_contract',
    2,
    [POWER, 'contract capacity'],
    '× contract capacity',
    { raise: 'form: P × ratio above K × contract, master station practice; K ours' },
    [
      parameter('raiseLarge', LARGE_CURVE_LIMITS.load_over_contract?.raise ?? Number.NaN, '× contract capacity'),
      CONTRACT_MOST,
    ],
  ),
  transformer_heavy: rule(
    'transformer_heavy',
    3,
    [`${POWER} of the supply meter`, 'rating of the transformer'],
    '× kVA',
    { raise: 'area practice: heavy above 80 %' },
  ),
  transformer_overloaded: rule(
    'transformer_overloaded',
    3,
    [`${POWER} of the supply meter`, 'rating of the transformer'],
    '× kVA',
    { raise: 'area practice: overloaded above 100 %' },
    [
      parameter('overloadHours', B.overloadHours, 'h of the day'),
      parameter('overloadDays', B.overloadDays, 'days in a row'),
    ],
  ),
};
