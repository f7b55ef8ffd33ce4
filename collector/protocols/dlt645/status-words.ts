import { ReadError } from '../../lines/read-error.ts';

/**
 * Bits of the running status words 1 to 7 (DI 04000501 to 04000507) that say something when set. DL/T 645-2007
 * appendix C; bits of word 3 from 6 upward are a later extension, and bits not named here are reserved.
 */
const PHASE_FAULTS = [
  [0, 'voltage_loss'],
  [1, 'undervoltage'],
  [2, 'overvoltage'],
  [3, 'current_loss'],
  [4, 'overcurrent'],
  [5, 'overload'],
  [6, 'reverse_flow'],
  [7, 'phase_break'],
  [8, 'current_break'],
] as const;

const WORDS = {
  1: [
    [2, 'clock_battery_low'],
    [3, 'outage_battery_low'],
    [4, 'active_reversed'],
    [5, 'reactive_reversed'],
  ],
  2: [
    [0, 'active_reversed_a'],
    [1, 'active_reversed_b'],
    [2, 'active_reversed_c'],
    [4, 'reactive_reversed_a'],
    [5, 'reactive_reversed_b'],
    [6, 'reactive_reversed_c'],
  ],
  3: [
    [1, 'auxiliary_supply'],
    [2, 'battery_supply'],
    [3, 'programming_allowed'],
    [4, 'relay_open'],
    [6, 'relay_open_commanded'],
    [7, 'trip_warning'],
  ],
  4: PHASE_FAULTS,
  5: PHASE_FAULTS,
  6: PHASE_FAULTS,
  7: [
    [0, 'voltage_sequence'],
    [1, 'current_sequence'],
    [2, 'voltage_unbalance'],
    [3, 'current_unbalance'],
    [4, 'auxiliary_supply_lost'],
    [5, 'power_down'],
    [6, 'demand_exceeded'],
    [7, 'power_factor_low'],
    [8, 'severe_current_unbalance'],
  ],
} as const satisfies Record<number, readonly (readonly [bit: number, flag: string])[]>;

export type StatusWordNumber = keyof typeof WORDS;
export type StatusFlag = (typeof WORDS)[StatusWordNumber][number][1];

/** Names of the set bits of a status word, 2 bytes low first, lowest bit first. Throws ReadError `malformed`. */
export function statusFlags(word: StatusWordNumber, data: Uint8Array): StatusFlag[] {
  if (data.length !== 2) throw new ReadError('malformed', `${data.length} bytes for status word ${word}`);
  const bits = (data[0] ?? 0) | ((data[1] ?? 0) << 8);
  return WORDS[word].filter(([bit]) => ((bits >> bit) & 1) === 1).map(([, flag]) => flag);
}
