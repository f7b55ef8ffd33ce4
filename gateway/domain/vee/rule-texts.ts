/**
 * `suspect`: the reading contradicts physics, itself or the registry. Found when the reading arrives, it is kept but
 * neither billed nor counted as answered; found by the rules of the day, it is told beside the value that counts, for a
 * person to decide. `note`: worth a look, the values stand. No rule ever changes a value.
 */
export type Severity = 'suspect' | 'note';

export interface RuleText {
  readonly severity: Severity;
  readonly zh: string;
  readonly en: string;
}

/** Rules that judge a reading when it arrives; their ids stand in the `rules` of the stored reading. */
export const INGEST_RULES = [
  'register_range',
  'register_reversed',
  'register_jump',
  'register_rollover',
  'rates_mismatch',
  'voltage_implausible',
  'current_implausible',
  'power_implausible',
  'clock_offset',
  'freeze_time',
  'demand_over_capacity',
] as const;
export type IngestRuleId = (typeof INGEST_RULES)[number];

/** Rules that judge a day freeze among the other days of its meter. Three of them judge at arrival as well. */
export const DAY_RULES = [
  'register_reversed',
  'register_jump',
  'register_rollover',
  'freeze_repeated',
  'usage_high',
  'usage_low',
  'usage_spike',
  'usage_zero',
  'usage_inactive',
  'reverse_energy',
  'exchange_mismatch',
  'exchange_register_missing',
  'ratio_changed',
] as const;
export type DayRuleId = (typeof DAY_RULES)[number];

/** Rules that hold the load profile of a day against its day freezes. */
export const PROFILE_RULES = ['sum_mismatch'] as const;
export type ProfileRuleId = (typeof PROFILE_RULES)[number];

export type RuleId = IngestRuleId | DayRuleId | ProfileRuleId;

export const RULES: readonly RuleId[] = [...new Set<RuleId>([...INGEST_RULES, ...DAY_RULES, ...PROFILE_RULES])];

export function isRule(id: string): id is RuleId {
  return Object.hasOwn(RULE_TEXTS, id);
}

export const RULE_TEXTS: Readonly<Record<RuleId, RuleText>> = {
  register_range: {
    severity: 'suspect',
    zh: '示值超出计度器量程',
    en: 'register beyond its number of digits',
  },
  register_reversed: {
    severity: 'suspect',
    zh: '示值倒走：晚于基准却更小，或早于基准却更大',
    en: 'register runs backwards: later than the last good one and lower, or earlier and higher',
  },
  register_jump: {
    severity: 'suspect',
    zh: '示值飞走：超过表计最大电流所能计量的电量',
    en: 'register jumps: more energy than the meter’s largest current can carry',
  },
  register_rollover: {
    severity: 'note',
    zh: '计度器满度翻转归零',
    en: 'the register passed its end and began again at zero',
  },
  rates_mismatch: {
    severity: 'suspect',
    zh: '示值不平：总示值与各费率之和不符',
    en: 'total and sum of the rates differ',
  },
  voltage_implausible: {
    severity: 'suspect',
    zh: '电压超出可能范围',
    en: 'voltage that cannot occur on this meter',
  },
  current_implausible: {
    severity: 'suspect',
    zh: '电流超出可能范围',
    en: 'current that this meter cannot measure',
  },
  power_implausible: {
    severity: 'suspect',
    zh: '功率超出可能范围',
    en: 'power that this meter cannot carry',
  },
  clock_offset: {
    severity: 'note',
    zh: '电能表时钟偏差超过 5 分钟',
    en: 'the clock of the meter is more than 5 minutes off',
  },
  freeze_time: {
    severity: 'suspect',
    zh: '冻结时标与采集时点不符',
    en: 'the freeze bears the time stamp of another moment',
  },
  demand_over_capacity: {
    severity: 'note',
    zh: '最大需量超过表计容量',
    en: 'maximum demand above what the meter can carry',
  },
  freeze_repeated: {
    severity: 'note',
    zh: '冻结示值与前一日相同，疑似重复冻结',
    en: 'the freeze repeats that of another day although the meter always counted',
  },
  usage_high: {
    severity: 'note',
    zh: '电量突增：超过同类日最高电量的倍数',
    en: 'far more energy than on any similar day of the past weeks',
  },
  usage_low: {
    severity: 'note',
    zh: '电量突减：低于同类日最低电量的比例',
    en: 'far less energy than on any similar day of the past weeks',
  },
  usage_spike: {
    severity: 'note',
    zh: '电量尖峰：与第三高日电量相差过大',
    en: 'one day stands out against the third highest of the past weeks',
  },
  usage_zero: {
    severity: 'note',
    zh: '连续多日零电量',
    en: 'no energy for many days on end',
  },
  usage_inactive: {
    severity: 'note',
    zh: '无户、停电或销户用户仍有用电量',
    en: 'energy at a meter whose account is disconnected, closed or missing',
  },
  reverse_energy: {
    severity: 'note',
    zh: '非发电用户出现反向电量',
    en: 'energy fed into the grid by a customer who is no generator',
  },
  exchange_mismatch: {
    severity: 'suspect',
    zh: '换表起止码与冻结示值不符',
    en: 'register written down at the exchange does not fit the freezes',
  },
  exchange_register_missing: {
    severity: 'note',
    zh: '换表未登记起码或止码',
    en: 'exchange without start or end register',
  },
  ratio_changed: {
    severity: 'note',
    zh: '综合倍率与上一装拆记录不同',
    en: 'transformer ratio differs from that of the installation before',
  },
  sum_mismatch: {
    severity: 'suspect',
    zh: '曲线电量之和与日冻结电量不符',
    en: 'sum of the load profile and day energy differ',
  },
};
