import type { FiguresStore } from '#stores/figures-store.ts';
import { isVisible, RULES_OF } from './expected-rules.ts';
import { CUSTOMERS_AN_AREA, DEFECTS, type Defect, type GeneratedPlan } from './plan.ts';
import type { AreaRegisters } from './registers.ts';
import { meterId, replacementId } from './site.ts';

const PAGE = 10_000;

/** Rules that spoke about each meter, on any day. */
export async function rulesByMeter(figures: FiguresStore): Promise<Map<string, Set<string>>> {
  const byMeter = new Map<string, Set<string>>();
  let after: { slot: number; meter: string; rule: string } | undefined;
  for (;;) {
    const page = await figures.findings({ limit: PAGE, ...(after && { after }) });
    for (const { meter, rule } of page) byMeter.set(meter, (byMeter.get(meter) ?? new Set()).add(rule));
    const last = page.at(-1);
    if (!last || page.length < PAGE) return byMeter;
    after = { slot: last.slot, meter: last.meter, rule: last.rule };
  }
}

export interface AlarmVerdict {
  /** Defects that could be seen, and of how many of them a rule spoke. */
  readonly defects: ReadonlyMap<Defect, { put: number; found: number }>;
  readonly missed: readonly string[];
  /** Meters of which a rule spoke without any such defect. */
  readonly falseAlarms: ReadonlyMap<string, { steady: number; lively: number }>;
}

/** Holds what the rules said against what was put into the district. */
export function judged(
  plan: GeneratedPlan,
  registersOf: (area: number) => AreaRegisters,
  byMeter: ReadonlyMap<string, ReadonlySet<string>>,
): AlarmVerdict {
  const defects = new Map<Defect, { put: number; found: number }>(DEFECTS.map((each) => [each, { put: 0, found: 0 }]));
  const missed: string[] = [];
  const falseAlarms = new Map<string, { steady: number; lively: number }>();
  for (const { area, nth } of customers(plan)) {
    const { defect, day } = plan.defectOf(area, nth);
    const rules = [meterId(area, nth), replacementId(area, nth)].flatMap((id) => [...(byMeter.get(id) ?? [])]);
    const of = RULES_OF[defect];
    for (const rule of rules.filter((each) => !of?.one.includes(each) && !of?.also.includes(each))) {
      const count = falseAlarms.get(rule) ?? { steady: 0, lively: 0 };
      falseAlarms.set(rule, count);
      count[registersOf(area).isLively(nth) ? 'lively' : 'steady']++;
    }
    const count = defects.get(defect);
    if (!of || !count || !isVisible(plan, area, nth)) continue;
    count.put++;
    if (of.one.some((rule) => rules.includes(rule))) count.found++;
    else missed.push(`${defect} of ${meterId(area, nth)} on day ${day}; rules: ${rules.join(' ') || 'none'}`);
  }
  return { defects, missed, falseAlarms };
}

function* customers(plan: GeneratedPlan): Generator<{ area: number; nth: number }> {
  for (let area = 0; area < plan.areas; area++) {
    for (let nth = 0; nth <= CUSTOMERS_AN_AREA; nth++) yield { area, nth };
  }
}
