import {
  CLOCK_LIMIT_S,
  CURRENT_LIMIT,
  RATES_SLACK_SHARE,
  RATES_SLACK_WH,
  VOLTAGE_LIMIT,
} from '../validation/gauges.ts';
import { RATING_MARGIN, ROLLOVER_SHARE, STEP_WH } from '../validation/register.ts';
import { DAY_PARAMETERS } from './parameters.ts';
import { RULE_TEXTS, RULES, type RuleId, type RuleText } from './rule-texts.ts';

/** When a rule looks: as a reading arrives, at the day freezes among themselves, at the profile against the freezes. */
export type RuleRun = 'ingest' | 'day' | 'profile';

export interface RuleParameter {
  readonly name: string;
  readonly value: number;
  /** '' for a plain number. */
  readonly unit: string;
  /** Where the number comes from: a practice that is named, or `ours` for one that this project chose. */
  readonly source: string;
}

export interface Rule extends RuleText {
  readonly id: RuleId;
  readonly runs: readonly RuleRun[];
  /** What it needs; without it the rule says nothing. */
  readonly needs: readonly string[];
  readonly parameters: readonly RuleParameter[];
}

type Entry = Omit<Rule, 'id' | keyof RuleText>;

const OURS = 'ours';
/** Names of the anomalies are those of SGCC's 计量在线监测与智能诊断; its numbers are not public. */
const METER_DEFAULT = 'meter default, Q/GDW 1354-2013 appendix D';

function parameter(name: string, value: number, unit: string, source = OURS): RuleParameter {
  return { name, value, unit, source };
}

const CAPACITY = [
  parameter('ratingMargin', RATING_MARGIN, '× Imax', `over-current at 1.2 Imax: ${METER_DEFAULT}`),
  parameter('stepWh', STEP_WH, 'Wh', 'register step 0.01 kWh: DL/T 645-2007'),
];
const ROLLOVER = [parameter('rolloverShare', ROLLOVER_SHARE, 'of the range')];
const P = DAY_PARAMETERS;
const HISTORY = parameter(
  'historyDays',
  P.historyDays,
  'days',
  'like days from the past 28: VEE practice, the number ours',
);
const SIMILAR = parameter('minSimilarDays', P.minSimilarDays, 'days');
const MIN_DAYS = parameter('minDays', P.minDays, 'days');
const LOW_FLOOR = parameter('lowFloorWh', P.lowFloorWh, 'Wh');
const REGISTERS = ['energy_import_wh of the day freeze'];
const DAYS = [...REGISTERS, 'day freezes of the days before'];
const INSTALLATIONS = [...REGISTERS, 'installations'];

const ENTRIES: Readonly<Record<RuleId, Entry>> = {
  register_range: { runs: ['ingest'], needs: ['energy_import_wh', 'rolloverWh of the model'], parameters: [] },
  register_reversed: {
    runs: ['ingest', 'day'],
    needs: ['energy_import_wh', 'last good register'],
    parameters: ROLLOVER,
  },
  register_jump: {
    runs: ['ingest', 'day'],
    needs: ['energy_import_wh', 'last good register', 'ratings of the model'],
    parameters: CAPACITY,
  },
  register_rollover: {
    runs: ['ingest', 'day'],
    needs: ['energy_import_wh', 'last good register'],
    parameters: [...ROLLOVER, ...CAPACITY],
  },
  rates_mismatch: {
    runs: ['ingest'],
    needs: ['energy_import_wh', 'energy_import_t1_wh … t4_wh'],
    parameters: [
      parameter('slackWh', RATES_SLACK_WH, 'Wh'),
      parameter('slackShare', RATES_SLACK_SHARE, 'of the total'),
    ],
  },
  voltage_implausible: {
    runs: ['ingest'],
    needs: ['voltage_a_v … c_v'],
    parameters: [parameter('most', VOLTAGE_LIMIT, '× Un')],
  },
  current_implausible: {
    runs: ['ingest'],
    needs: ['current_a_a … n_a'],
    parameters: [parameter('most', CURRENT_LIMIT, '× Imax')],
  },
  power_implausible: {
    runs: ['ingest'],
    needs: ['power_active_total_w, a, b, c'],
    parameters: [parameter('most', CURRENT_LIMIT, '× Imax × Un × phases')],
  },
  clock_offset: {
    runs: ['ingest'],
    needs: ['clock_offset_s'],
    parameters: [parameter('limitS', CLOCK_LIMIT_S, 's', 'SL 00108 names the alarm; provinces use 3 to 10 minutes')],
  },
  freeze_time: { runs: ['ingest'], needs: ['time stamp of the freeze', 'a model that keeps freezes'], parameters: [] },
  demand_over_capacity: {
    runs: ['ingest'],
    needs: ['demand_import_max_w', 'ratings of the model'],
    parameters: [
      parameter('ratingMargin', RATING_MARGIN, '× Imax × Un × phases', `demand above 1.2: ${METER_DEFAULT}`),
    ],
  },
  freeze_repeated: { runs: ['day'], needs: DAYS, parameters: [HISTORY, MIN_DAYS, LOW_FLOOR] },
  usage_high: {
    runs: ['day'],
    needs: DAYS,
    parameters: [
      HISTORY,
      SIMILAR,
      parameter('highFactor', P.highFactor, '× highest similar day'),
      parameter('highFloorWh', P.highFloorWh, 'Wh'),
    ],
  },
  usage_low: {
    runs: ['day'],
    needs: DAYS,
    parameters: [HISTORY, SIMILAR, parameter('lowShare', P.lowShare, '× lowest similar day'), LOW_FLOOR],
  },
  usage_spike: {
    runs: ['day'],
    needs: DAYS,
    parameters: [
      HISTORY,
      MIN_DAYS,
      parameter(
        'spikeFactor',
        P.spikeFactor,
        '',
        '180 % of the third highest: Californian VEE standard; form as in Oracle MDM',
      ),
      parameter('spikeFloorWh', P.spikeFloorWh, 'Wh'),
    ],
  },
  usage_zero: { runs: ['day'], needs: DAYS, parameters: [parameter('zeroDays', P.zeroDays, 'days')] },
  usage_inactive: {
    runs: ['day'],
    needs: [...DAYS, 'installations', 'status of the account now'],
    parameters: [parameter('inactiveWh', P.inactiveWh, 'Wh a day')],
  },
  reverse_energy: {
    runs: ['day'],
    needs: ['energy_export_wh of two day freezes on end', 'category of the account'],
    parameters: [parameter('reverseWh', P.reverseWh, 'Wh a day')],
  },
  exchange_mismatch: { runs: ['day'], needs: INSTALLATIONS, parameters: CAPACITY },
  exchange_register_missing: { runs: ['day'], needs: ['installations'], parameters: [] },
  ratio_changed: { runs: ['day'], needs: ['installations'], parameters: [] },
  sum_mismatch: {
    runs: ['profile'],
    needs: ['energy_import_wh of the profile at both ends of the day', 'day freezes at both ends'],
    parameters: [parameter('sumWh', P.sumWh, 'Wh'), parameter('sumShare', P.sumShare, 'of the day')],
  },
};

/**
 * Every rule that speaks about a reading, those that run at arrival first. A register that stands still while energy
 * flows (停走) is none of them: it has a beginning and an end, and is the anomaly `stopped_meter`.
 */
export const RULE_CATALOGUE: readonly Rule[] = RULES.map((id) => ({ id, ...RULE_TEXTS[id], ...ENTRIES[id] }));
