import { type IngestRuleId, RULE_TEXTS } from '../vee/rule-texts.ts';

export type RuleId = IngestRuleId;

/** What nearly every reading is given. */
export const NO_RULES: readonly RuleId[] = Object.freeze([]);

export function isSuspect(rules: readonly RuleId[]): boolean {
  return rules.some((rule) => RULE_TEXTS[rule].severity === 'suspect');
}
