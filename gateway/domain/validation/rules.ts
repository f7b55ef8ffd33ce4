/**
 * `suspect`: the reading contradicts physics or itself; it is kept, but neither billed nor counted as answered.
 * `note`: worth a look, the values stand.
 */
export type Severity = 'suspect' | 'note';

export interface RuleText {
  readonly severity: Severity;
  readonly zh: string;
  readonly en: string;
}

export const RULES = [
  'register_range',
  'register_reversed',
  'register_jump',
  'register_rollover',
  'rates_mismatch',
  'voltage_implausible',
  'current_implausible',
  'power_implausible',
  'clock_offset',
] as const;
export type RuleId = (typeof RULES)[number];

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
};

/** What nearly every reading is given. */
export const NO_RULES: readonly RuleId[] = Object.freeze([]);

export function isSuspect(rules: readonly RuleId[]): boolean {
  return rules.some((rule) => RULE_TEXTS[rule].severity === 'suspect');
}
