import { ANOMALY_RULES, type AnomalyRule } from '#contract/anomaly.ts';
import type { CatalogueEntry } from './catalogue-entry.ts';
import { CURVE_ENTRIES } from './curve/entries.ts';
import { DAY_ENTRIES } from './days/entries.ts';
import { type JudgedRule, RULE_TEXTS, type RuleText } from './rule-texts.ts';
import { STATE_ENTRIES } from './states/entries.ts';
import type { RuleBasis } from './transition.ts';

/** One rule as it looks at one kind of data: `register_flying` stands here twice. */
export interface CataloguedRule extends RuleText, CatalogueEntry {
  readonly id: JudgedRule;
  readonly basis: RuleBasis;
}

const FAMILIES: readonly (readonly [RuleBasis, Readonly<Partial<Record<AnomalyRule, CatalogueEntry>>>])[] = [
  ['curve', CURVE_ENTRIES],
  ['days', DAY_ENTRIES],
  ['states', STATE_ENTRIES],
];

/**
 * Every rule on one meter, in the order of `ANOMALY_RULES`. The names are those of SGCC's 计量在线监测与智能诊断; its
 * table of numbers is not public, so each number says where it comes from.
 */
export const ANOMALY_CATALOGUE: readonly CataloguedRule[] = ANOMALY_RULES.flatMap((id) =>
  id === 'theft_suspected' ? [] : FAMILIES.flatMap(([basis, entries]) => entryOf(id, basis, entries[id])),
);

function entryOf(id: JudgedRule, basis: RuleBasis, entry: CatalogueEntry | undefined): CataloguedRule[] {
  return entry ? [{ id, basis, ...RULE_TEXTS[id], ...entry }] : [];
}

const BY_ID = new Map<AnomalyRule, CataloguedRule>([...ANOMALY_CATALOGUE].reverse().map((entry) => [entry.id, entry]));

/** The first entry of a rule: its texts and level. Never asked for `theft_suspected`. */
export function anomalyEntry(id: AnomalyRule): CataloguedRule {
  const entry = BY_ID.get(id);
  if (!entry) throw new Error(`BUG: rule ${id} is not in the catalogue`);
  return entry;
}
