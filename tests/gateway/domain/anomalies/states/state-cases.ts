import type { StateFact } from '#domain/anomalies/states/facts.ts';
import type { StateRuleId } from '#domain/anomalies/states/limits.ts';
import type { RuleCase } from '../kit/case.ts';
import { clocks, command, credit, event, judgedFacts, relays } from '../kit/facts.ts';
import { DAY, T0 } from '../kit/meters.ts';

function of(
  rule: StateRuleId,
  facts: RuleCase['facts'],
  told: Readonly<Record<'fires' | 'nearMiss' | 'missing', readonly StateFact[]>>,
): RuleCase {
  const judge = (list: readonly StateFact[]) => () => judgedFacts(list);
  return {
    basis: 'states',
    rule,
    facts,
    fires: judge(told.fires),
    nearMiss: judge(told.nearMiss),
    missing: judge(told.missing),
  };
}

const ORDERED = { ...command('open'), at: T0 - DAY };

export const STATE_CASES: readonly RuleCase[] = [
  of(
    'clock_wrong',
    { clock: 'slow', largestOffsetS: 301, limitS: 300 },
    {
      fires: clocks(3, -301),
      nearMiss: clocks(3, -300),
      missing: clocks(1, -301),
    },
  ),
  of(
    'cover_opened',
    { cover: 'terminals', times: 1 },
    {
      fires: [event('terminal_cover_open', T0 - DAY, T0)],
      nearMiss: [event('programming', T0 - DAY, T0)],
      missing: clocks(3, 0),
    },
  ),
  of(
    'magnetic_field',
    { times: 1 },
    {
      fires: [event('magnetic_field', T0 - DAY, T0)],
      nearMiss: [event('magnetic_field', T0 + DAY, T0)],
      missing: clocks(3, 0),
    },
  ),
  of(
    'cost_control',
    { relay: 'closed against the order' },
    {
      fires: [ORDERED, ...relays(4, false)],
      nearMiss: [ORDERED, ...relays(2, false)],
      missing: [ORDERED],
    },
  ),
  of(
    'cost_control',
    { relay: 'credit too low' },
    {
      fires: [{ ...credit(-0.01), at: T0 - DAY }, ...relays(4, false)],
      nearMiss: [{ ...credit(0), at: T0 - DAY }, ...relays(4, false)],
      missing: [credit(-0.01), { ...credit(-0.01), at: T0 + DAY }],
    },
  ),
];
