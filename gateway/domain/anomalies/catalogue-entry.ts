import type { AnomalyLevel } from '#contract/anomaly.ts';
import type { RuleParameter } from './parameter.ts';

/** What a family of rules says of one of its rules, beside the texts. */
export interface CatalogueEntry {
  readonly level: AnomalyLevel;
  /** What it needs; without it the rule says nothing. */
  readonly needs: readonly string[];
  readonly parameters: readonly RuleParameter[];
}
