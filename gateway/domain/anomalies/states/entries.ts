import type { CatalogueEntry } from '../catalogue-entry.ts';
import { limitParameters, parameter } from '../parameter.ts';
import { STATE_BOUNDS, STATE_LIMITS, type StateRuleId } from './limits.ts';

const B = STATE_BOUNDS;
const INSTALL = parameter('installHours', B.installHours, 'h');
const COUNT_GROWS = 'the count of the event grows';

export const STATE_ENTRIES: Readonly<Record<StateRuleId, CatalogueEntry>> = {
  clock_wrong: {
    level: 3,
    needs: ['clock_offset_s'],
    parameters: limitParameters(STATE_LIMITS.clock_wrong, 's', { raise: 'provinces use 3 to 10 minutes' }),
  },
  cover_opened: {
    level: 1,
    needs: ['events cover_open, terminal_cover_open'],
    parameters: [...limitParameters(STATE_LIMITS.cover_opened, 'new events', { raise: COUNT_GROWS }), INSTALL],
  },
  magnetic_field: {
    level: 1,
    needs: ['events magnetic_field'],
    parameters: [...limitParameters(STATE_LIMITS.magnetic_field, 'new events', { raise: COUNT_GROWS }), INSTALL],
  },
  cost_control: {
    level: 2,
    needs: ['relay_open', 'arrears orders', 'credit_remaining, if the meter has one'],
    parameters: [
      ...limitParameters(STATE_LIMITS.cost_control, 'contradictions', { raise: 'relay not as the order wants it' }),
      parameter('commandGrace', B.commandGraceMin, 'min'),
      parameter('leastCredit', B.leastCreditCny, 'CNY'),
    ],
  },
};
