import type { QuantityName } from '#contract/quantities.ts';

/** How a DL/T 645-1997 meter model is read, as data. Data identifiers are written DI1 DI0. */
interface Dlt645v1997Profile {
  /** Id of the model in the contract's list. */
  readonly id: string;
  readonly protocol: 'dlt645-1997';
  readonly phases: 1 | 3;
  readonly quantities: readonly QuantityName[];
  /** Identifiers that may be asked for; the fewest that cover what is wanted are used. */
  readonly present: readonly string[];
  /** What an engineer should know before trusting the model. */
  readonly caveats: readonly string[];
  readonly sources: readonly string[];
}

export const DLT645_1997_PROFILES: readonly Dlt645v1997Profile[] = [
  {
    id: 'dlt645-1997-1ph',
    protocol: 'dlt645-1997',
    phases: 1,
    quantities: [
      'energy_import_wh',
      'energy_import_t1_wh',
      'energy_import_t2_wh',
      'energy_import_t3_wh',
      'energy_import_t4_wh',
      'energy_export_wh',
      'voltage_a_v',
      'current_a_a',
      'power_active_total_w',
      'power_factor_total',
      'clock_offset_s',
    ],
    present: ['9010', '9011', '9012', '9013', '9014', '901F', '9020', 'B611', 'B621', 'B630', 'B650'],
    caveats: [
      'the meter freezes nothing by the day and keeps no curve: a value that is not read at its moment is lost',
      'voltage comes in whole volts and current in hundredths of an ampere',
      'rates 1 to 4 are taken as 尖 峰 平 谷; a province may number them otherwise',
      'follow-up frames are not numbered: one that is repeated cannot be told from the next',
      'many meters of 1997 begin at 1200 baud; simple ones have neither voltage nor current nor a clock',
    ],
    sources: [
      'DL/T 645-1997 appendix A (data identifiers)',
      'recorded frame in tests/collector/protocols/dlt645-1997/vectors/dlt645-1997.json',
    ],
  },
];

const BY_ID = new Map(DLT645_1997_PROFILES.map((profile) => [profile.id, profile]));

/** How a model is read, or undefined when it is not a DL/T 645-1997 meter. */
export function dlt645v1997Profile(id: string): Dlt645v1997Profile | undefined {
  return BY_ID.get(id);
}
