import type { AnomalyRule } from '#contract/anomaly.ts';
import type { Fault } from './faults.ts';
import type { Kind } from './people.ts';

const DAY = 96;
/** Wednesday, ten in the morning, to Saturday week at noon. */
const FROM = 5 * DAY + 40;
const TO = 15 * DAY + 48;

/** Something that is really wrong, the rule that has to say so, and how soon. */
export interface Plant {
  readonly what: string;
  readonly kind: Kind;
  readonly rule: AnomalyRule;
  readonly fault: Fault;
  readonly withinHours: number;
  /** Findings that it makes: one, unless it comes and goes. */
  readonly times?: number;
  readonly only?: (number: number) => boolean;
}

function plant(what: string, kind: Kind, rule: AnomalyRule, withinHours: number, fault: Partial<Fault>): Plant {
  return { what, kind, rule, withinHours, fault: { from: FROM, to: TO, ...fault } };
}

export const PLANTS: readonly Plant[] = [
  plant('a phase broken', 'shop', 'phase_broken', 3, { volts: [1, 0.05, 1], amps: [1, 0, 1], watts: [1, 0, 1] }),
  plant('the voltage of a phase lost at the meter', 'shop', 'voltage_lost', 3, {
    volts: [0.1, 1, 1],
    watts: [0.1, 1, 1],
  }),
  plant('the current of a transformer lost', 'works', 'current_lost', 30, { amps: [0, 1, 1], watts: [0, 1, 1] }),
  plant('the current of a phase lost in a shop', 'shop', 'current_lost', 96, { amps: [1, 1, 0], watts: [1, 1, 0] }),
  plant('all currents of transformers lost', 'works', 'current_broken', 60, { amps: 0, watts: 0 }),
  plant('an area on one phase', 'area', 'current_unbalanced', 30, { load: [2.2, 0.6, 0.6] }),
  plant('the current transformer of a phase reversed', 'works', 'reverse_flow', 6, { watts: [-1, 1, 1] }),
  plant('a bypass at a flat', 'flat', 'neutral_current', 96, { amps: 0.2, watts: 0.2 }),
  { ...plant('a stopped register', 'flat', 'stopped_meter', 36, { count: 0 }), only: (number) => number % 4 !== 1 },
  {
    ...plant('a stopped register of 1 kWh', 'flat', 'stopped_meter', 60, { count: 0 }),
    only: (number) => number % 4 === 1,
  },
  plant('a flying register', 'flat', 'register_flying', 48, { count: 8 }),
  plant('a register that counts far too much', 'shop', 'out_of_tolerance', 120, { count: 1.8 }),
  plant('over-voltage for three hours', 'flat', 'voltage_over', 2, { to: FROM + 12, volts: 1.3 }),
  {
    ...plant('a transformer at 110 % on four evenings', 'area', 'transformer_overloaded', 13, {
      to: FROM + 4 * DAY,
      hours: [18, 22],
      more: [3200, 800],
    }),
    times: 4,
    // Those whose four evenings were all read.
    only: (number) => number === 5 || number === 7,
  },
  {
    ...plant('a machine with a power factor of 0.2', 'villa', 'power_factor_low', 3, { more: [3000, 14_700] }),
    only: (number) => number % 3 !== 2,
  },
  plant('panels on the meter of a resident', 'flat', 'reverse_flow', 6, { hours: [8, 16], more: [-5500, 0] }),
  plant('panels on the meter of a resident, by its registers', 'flat', 'reverse_energy', 72, {
    hours: [8, 16],
    more: [-5500, 0],
  }),
  plant('a home left empty and switched off', 'flat', 'usage_zero', 9 * 24, { load: 0 }),
];
