import type { CatalogueEntry } from '../catalogue-entry.ts';
import { limitParameters, OURS, parameter } from '../parameter.ts';
import { DAY_BOUNDS, DAY_LIMITS, type DayRuleId } from './limits.ts';

const REGISTERS = 'energy_import_wh of the day freezes';
const TWO_FREEZES = 'ours: two freezes on end';
const THREE_FREEZES = 'ours: three freezes on end, so that no weekend does it alone';
const CONFIRMED = 'terminal practice: three points, so that a lone wrong register raises nothing';
const B = DAY_BOUNDS;

const HISTORY = [
  parameter('historyDays', B.historyDays, 'days', 'like days from the past 28: VEE practice, the number ours'),
  parameter('minLikeDays', B.minLikeDays, 'days'),
  parameter('steadyShare', B.steadyShare, 'of the mean', 'three of them are ±30 %: area practice'),
  parameter('usageFloorWh', B.usageFloorWh, 'Wh a day'),
];
const DEVIATIONS = 'deviations of the like days';

export const DAY_ENTRIES: Readonly<Record<DayRuleId, CatalogueEntry>> = {
  registers_unequal: {
    level: 2,
    needs: [REGISTERS, 'energy_import_t1_wh … t4_wh'],
    parameters: [
      ...limitParameters(DAY_LIMITS.registers_unequal, '× what is allowed', { persist: TWO_FREEZES }),
      parameter('ratesSlackWh', B.ratesSlackWh, 'Wh'),
      parameter('ratesSlackShare', B.ratesSlackShare, 'of the total'),
    ],
  },
  register_flying: {
    level: 1,
    needs: [REGISTERS, 'ratings of the model'],
    parameters: limitParameters(DAY_LIMITS.register_flying, '× 1.2 × Imax × Un × phases × time', {
      persist: CONFIRMED,
    }),
  },
  register_reversed: {
    level: 1,
    needs: [REGISTERS],
    parameters: limitParameters(DAY_LIMITS.register_reversed, 'Wh', {
      raise: 'terminal practice: at least 0.05 kWh',
      persist: CONFIRMED,
    }),
  },
  reverse_energy: {
    level: 2,
    needs: ['energy_export_wh of the day freezes', 'category of the account'],
    parameters: limitParameters(DAY_LIMITS.reverse_energy, 'Wh a day', { persist: TWO_FREEZES }),
  },
  usage_jump: {
    level: 3,
    needs: [REGISTERS, 'day freezes of the days before', 'an active account'],
    parameters: [
      ...limitParameters(DAY_LIMITS.usage_jump, DEVIATIONS, { raise: OURS, persist: THREE_FREEZES }),
      ...HISTORY,
    ],
  },
  usage_drop: {
    level: 3,
    needs: [REGISTERS, 'day freezes of the days before', 'an active account'],
    parameters: [
      ...limitParameters(DAY_LIMITS.usage_drop, DEVIATIONS, { raise: OURS, persist: THREE_FREEZES }),
      ...HISTORY,
    ],
  },
  usage_zero: {
    level: 3,
    needs: [REGISTERS, 'an active account'],
    parameters: limitParameters(DAY_LIMITS.usage_zero, 'days', { raise: 'ours: 7 days (less half a day)' }),
  },
  usage_closed_account: {
    level: 2,
    needs: [REGISTERS, 'status of the account'],
    parameters: limitParameters(DAY_LIMITS.usage_closed_account, 'Wh a day', { persist: TWO_FREEZES }),
  },
  demand_over_contract: {
    level: 2,
    needs: ['demand_import_max_w', 'contract capacity'],
    parameters: limitParameters(DAY_LIMITS.demand_over_contract, '× contract capacity', {
      raise: 'two-part tariff: demand above 105 % of what was agreed is charged double',
      persist: TWO_FREEZES,
    }),
  },
};
