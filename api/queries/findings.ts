import type { Static } from 'typebox';
import { dateOf, isoLocal } from '#contract/zone.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { isRule, RULE_TEXTS, RULES, type RuleId, type Severity } from '#domain/vee/rule-texts.ts';
import type { FiguresStore, Finding } from '#stores/figures-store.ts';
import { ApiProblem } from '../errors.ts';
import type { FindingShape } from '../schemas/findings.ts';
import { meterParameter } from './parameters.ts';

/** What of the findings is wanted. */
export interface FindingScope {
  readonly task: string;
  /** Slots [from, to), UTC ms. */
  readonly from: number;
  readonly to: number;
  readonly rule?: RuleId | undefined;
  readonly severity?: Severity | undefined;
  readonly meter?: string | undefined;
  readonly area?: string | undefined;
}

/** Position in the list: the finding after which a page begins. */
export type FindingPosition = readonly [slot: number, meter: string, rule: string];

export interface FindingPage {
  readonly findings: readonly Finding[];
  readonly next: FindingPosition | null;
}

/**
 * A page of findings, ascending by slot, meter and rule. Throws the problems `unknown_meter` and `unknown_area`; a meter
 * that is asked for together with an area where it does not hang has none.
 */
export async function findingPage(
  figures: Pick<FiguresStore, 'findings'>,
  index: RegistryIndex,
  scope: FindingScope,
  position: FindingPosition | null,
  limit: number,
): Promise<FindingPage> {
  const { task, from, to, rule, severity } = scope;
  const meters = metersOf(index, scope);
  const rules = severity === undefined ? null : RULES.filter((id) => RULE_TEXTS[id].severity === severity);
  const found = await figures.findings({
    ...{ task, from, to },
    ...(rule !== undefined && { rule }),
    ...(rules && { rules }),
    ...(meters && { meters }),
    ...(position && { after: { slot: position[0], meter: position[1], rule: position[2] } }),
    limit: limit + 1,
  });
  const findings = found.slice(0, limit);
  const last = found.length > limit ? findings.at(-1) : undefined;
  return { findings, next: last ? [last.slot, last.meter, last.rule] : null };
}

function metersOf(index: RegistryIndex, { meter, area }: FindingScope): string[] | null {
  const one = meter === undefined ? null : meterParameter(index, meter);
  if (area === undefined) return one ? [one.id] : null;
  if (!index.area(area)) throw new ApiProblem('unknown_area', `no area has the id ${area}`);
  const all = index.metersOfArea(area).map(({ id }) => id);
  return one ? all.filter((id) => id === one.id) : all;
}

export interface RuleCount {
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly count: number;
}

/** Findings of one slot by rule, in the order of the catalogue; rules that found nothing are left out. */
export async function ruleCounts(
  figures: Pick<FiguresStore, 'findingCounts'>,
  task: string,
  slots: readonly number[],
): Promise<RuleCount[]> {
  const counted = new Map<string, number>();
  for (const slot of slots) {
    for (const { rule, count } of await figures.findingCounts(task, slot)) {
      counted.set(rule, (counted.get(rule) ?? 0) + count);
    }
  }
  return RULES.flatMap((rule) => {
    const count = counted.get(rule);
    return count === undefined ? [] : [{ rule, severity: RULE_TEXTS[rule].severity, count }];
  });
}

/** Null for a finding of a rule that is no longer there. */
export function findingShape(index: RegistryIndex, finding: Finding): Static<typeof FindingShape> | null {
  const { task, slot, meter, rule, facts } = finding;
  if (!isRule(rule)) return null;
  const zone = index.registry.timeZone;
  const known = index.meter(meter);
  return {
    task,
    date: dateOf(zone, slot),
    slot: isoLocal(zone, slot),
    meter,
    meterNo: known?.no ?? null,
    area: known?.area ?? null,
    rule,
    severity: RULE_TEXTS[rule].severity,
    facts: { ...facts },
  };
}
