import { type DistrictPlan, meterId } from './build.ts';
import type { NamedFault } from './default-faults.ts';

/** Over the carrier a reply takes its time. */
const CARRIER = { baudRate: null, replyDelayMs: [200, 900] } as const;

/**
 * What else is found in the field beside the default district: Q/GDW 376.1 concentrators called and calling, DL/T 698.45
 * and DL/T 645-1997 meters, meters without records or blocks, and Modbus meters of other makers.
 */
export function mixedPlan(seed: number): DistrictPlan {
  return {
    seed,
    areas: [
      {
        id: 'X1',
        name: '上河台区',
        lines: [
          {
            id: 'T-0101',
            kind: 'gdw376-tcp',
            customers: 12,
            concentrator: 'T-0101',
            models: ['dlt645-1ph', 'dlt698-1ph'],
            timing: CARRIER,
            terminal: { eventCounters: [79, 0] },
          },
        ],
      },
      {
        id: 'X2',
        name: '下河台区',
        lines: [{ id: 'T-0102', kind: 'gdw376-dial-in', customers: 12, concentrator: 'T-0102', timing: CARRIER }],
      },
      {
        id: 'X3',
        name: '大坝台区',
        lines: [{ id: 'T-0103', kind: 'dlt698-dial-in', customers: 12, concentrator: 'T-0103' }],
      },
      {
        id: 'X4',
        name: '老街台区',
        lines: [
          { id: 'J-0104', kind: 'dlt698-tcp', customers: 10, concentrator: 'J-0104' },
          {
            id: 'J-0105',
            kind: 'dlt645-tcp',
            customers: 8,
            concentrator: 'J-0105',
            models: ['dlt645-1997-1ph', 'dlt645-1ph', 'dlt645-3ph'],
          },
        ],
        customers: new Map([
          [12, { meter: { options: { noLoadProfile: true } } }],
          [14, { meter: { options: { noFreezes: true, noBlocks: true } } }],
        ]),
      },
      {
        id: 'X5',
        name: '新区台区',
        lines: [
          {
            id: 'GW-X5',
            kind: 'modbus-tcp',
            customers: 5,
            models: ['dtsu666', 'iem3155', 'em24', 'sunspec-3ph', 'sunspec-3ph'],
          },
        ],
        customers: new Map([[5, { meter: { options: { sunspecFloats: true } } }]]),
      },
    ],
  };
}

/** One of each fault that the default district has not. */
export function mixedFaults(anchorMs: number): readonly NamedFault[] {
  const meter = (area: number, seq: number): { meter: string } => ({ meter: meterId(area, seq) });
  const hoursAgo = (hours: number): number => anchorMs - hours * 3_600_000;
  return [
    { id: 'x1-junk', fault: { kind: 'junk', target: meter(1, 3) } },
    { id: 'x1-disagree', fault: { kind: 'disagree', target: meter(1, 5) } },
    { id: 'x2-bad-profile', fault: { kind: 'bad-profile', target: meter(2, 4) } },
    { id: 'x2-follow-frames', fault: { kind: 'follow-frames', target: meter(2, 6) } },
    { id: 'x3-clock', fault: { kind: 'wrong-clock', target: meter(3, 2), offsetS: 1_500 } },
    { id: 'x3-voltage-loss', fault: { kind: 'voltage-loss', target: meter(3, 10), from: hoursAgo(5) } },
    {
      id: 'x4-cover-open',
      fault: { kind: 'cover-open', target: meter(4, 4), from: hoursAgo(30), until: hoursAgo(29) },
    },
    { id: 'x4-magnetic', fault: { kind: 'magnetic', target: meter(4, 12), from: hoursAgo(50), until: hoursAgo(49) } },
  ];
}
