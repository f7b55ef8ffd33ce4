import { DAY_S, midnightBefore } from '../clock/local-time.ts';
import type { LineKind } from '../world/spec.ts';
import type { AreaPlan, CustomerPlan, DistrictPlan } from './build.ts';
import type { NamedFault } from './default-faults.ts';

const CUSTOMERS = 12;
/** Terminals that are back within seconds, so that a storm and its end can be watched. */
const TERMINAL = { holdMs: 4_000, bootMs: 1_000, heartbeatS: 30, backOffMs: [500, 4_000] } as const;

interface Place {
  readonly id: string;
  readonly name: string;
  readonly feeder: string;
  readonly kind?: LineKind;
  readonly kva?: number;
  readonly customers?: ReadonlyMap<number, CustomerPlan>;
}

function area({ kind = 'gdw376-dial-in', ...place }: Place): AreaPlan {
  const number = place.id.slice(1).padStart(2, '0');
  const line = { id: `T-08${number}`, kind, customers: CUSTOMERS, concentrator: `T-08${number}`, terminal: TERMINAL };
  return { kva: 200, pvEvery: 0, ...place, lines: [line] };
}

/**
 * A district for the stories of the hotline: four feeders whose areas all have terminals that dial in and tell of their
 * own supply. H2 has a household with an incubator; H9 has a transformer that is small for its evenings.
 */
export function hotlinePlan(seed: number): DistrictPlan {
  const incubator = { name: '秦晓梅（家用保温箱）', priority: 'vulnerable', category: 'resident' } as const;
  return {
    seed,
    feeders: [
      { id: 'F1', name: '10kV 沿江线' },
      { id: 'F2', name: '10kV 北山线' },
      { id: 'F3', name: '10kV 东湖线' },
      { id: 'F4', name: '10kV 新城线' },
    ],
    areas: [
      area({ id: 'H1', name: '码头台区', feeder: 'F1' }),
      area({ id: 'H2', name: '沿江里台区', feeder: 'F1', customers: new Map([[5, incubator]]) }),
      area({ id: 'H3', name: '北山台区', feeder: 'F2' }),
      area({ id: 'H4', name: '果园台区', feeder: 'F2' }),
      area({ id: 'H5', name: '东湖台区', feeder: 'F3', kind: 'dlt698-dial-in' }),
      area({ id: 'H6', name: '柳荫台区', feeder: 'F3' }),
      area({ id: 'H7', name: '新城一区台区', feeder: 'F4' }),
      area({ id: 'H8', name: '新城二区台区', feeder: 'F4', kind: 'dlt698-dial-in' }),
      area({ id: 'H9', name: '新城三区台区', feeder: 'F4', kva: 50 }),
      area({ id: 'H10', name: '新城四区台区', feeder: 'F4' }),
    ],
  };
}

/** What is so from the beginning: the evenings of H9, and the SIM card of the terminal of H10. */
export function hotlineFaults(anchorMs: number): readonly NamedFault[] {
  const yesterday = (midnightBefore(Math.floor(anchorMs / 1000)) - DAY_S) * 1000;
  return [
    { id: 'h9-overload', fault: { kind: 'overload', target: { area: 'H9' }, times: 20, days: 10, from: yesterday } },
    { id: 'h10-sim', fault: { kind: 'concentrator-offline', target: { line: 'T-0810' } } },
  ];
}
