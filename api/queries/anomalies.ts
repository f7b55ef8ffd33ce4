import type { Static } from 'typebox';
import type { Anomaly, AnomalyRule, AnomalyVerdict } from '#contract/anomaly.ts';
import { addDays, instantOf } from '#contract/zone.ts';
import { ANOMALY_CATALOGUE, anomalyEntry } from '#domain/anomalies/catalogue.ts';
import { toldFacts } from '#domain/anomalies/fact-texts.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { finestTask } from '#domain/task-choice.ts';
import type { AnomalyFilter } from '#stores/anomaly-store.ts';
import { ApiProblem } from '../errors.ts';
import type {
  AnomalyDetailShape,
  AnomalyQuery,
  AnomalyShape,
  CataloguedRuleShape,
  VerdictShape,
} from '../schemas/anomalies.ts';
import { shown } from './collection.ts';
import { dateParameter } from './parameters.ts';

interface Texts {
  readonly name: { readonly zh: string; readonly en: string };
  readonly text: { readonly zh: string; readonly en: string };
  readonly action: { readonly zh: string; readonly en: string };
}

/** Of a customer, in the light of the area; `/suspicions` says why. */
const THEFT: Texts & Pick<Static<typeof CataloguedRuleShape>, 'level' | 'needs'> = {
  level: 1,
  name: { zh: '疑似窃电', en: 'theft suspected' },
  text: {
    zh: '日用电量下降与台区损失电量上升同时发生，并与邻户及本户历史不符。',
    en: 'The use fell while the loss of the area rose, unlike that of the neighbours and of the time before.',
  },
  action: {
    zh: '携带测试仪表现场检查计量箱封印、接线与零火线电流，取证后按窃电查处流程办理。',
    en: 'On site, check seals, wiring and the currents of phase and neutral with an instrument; secure evidence and follow the procedure for theft.',
  },
  needs: ['energy_import_wh'],
};
/** Time shown around an anomaly in the curve, ms. */
const MARGIN_MS = 2 * 3_600_000;

export function ruleTexts(rule: AnomalyRule): Texts {
  return rule === 'theft_suspected' ? THEFT : anomalyEntry(rule);
}

/** The catalogue, with theft, which is judged over areas. */
export function cataloguedRules(): Static<typeof CataloguedRuleShape>[] {
  const rules = ANOMALY_CATALOGUE.map(({ id, basis, level, needs, parameters, ...texts }) => ({
    ...{ code: id, basis, level, ...textsOf(texts) },
    needs: [...needs],
    parameters: parameters.map((each) => ({ ...each })),
  }));
  const { level, needs } = THEFT;
  const theft = { code: 'theft_suspected' as const, basis: 'areas' as const, level, ...textsOf(THEFT), needs };
  return [...rules, { ...theft, parameters: [] }];
}

function textsOf({ name, text, action }: Texts): Texts {
  return { name: { ...name }, text: { ...text }, action: { ...action } };
}

/** What of the stored anomalies a query wants. `from` and `to` are business dates, both included. */
export function anomalyFilter(query: Static<typeof AnomalyQuery>, zone: string): Omit<AnomalyFilter, 'limit'> {
  const { rule, state, status, meter, area, district, minScore, from, to } = query;
  const during = from === undefined && to === undefined ? null : duringOf(zone, from, to);
  return {
    ...(rule && { rules: [rule] }),
    ...(state && { state }),
    ...(status && { judged: status === 'judged' }),
    ...(meter !== undefined && { meter }),
    ...(area !== undefined && { area }),
    ...(district !== undefined && { district }),
    ...(minScore !== undefined && { minScore }),
    ...(during && { during }),
  };
}

function duringOf(zone: string, from: string | undefined, to: string | undefined): { from: number; to: number } {
  const begin = from === undefined ? 0 : instantOf(zone, dateParameter('from', from));
  const end = to === undefined ? Number.MAX_SAFE_INTEGER : instantOf(zone, addDays(dateParameter('to', to), 1)) - 1;
  if (begin <= end) return { from: begin, to: end };
  throw new ApiProblem('bad_range', 'from is after to');
}

export function anomalyShape(
  index: RegistryIndex,
  anomaly: Anomaly,
  verdict: AnomalyVerdict | undefined,
): Static<typeof AnomalyShape> {
  const zone = index.registry.timeZone;
  const { id, rule, level, meter, area, district, openedAt, closedAt, from, to, facts, score } = anomaly;
  return {
    ...{ id, rule, level, meter, district, score },
    name: { ...ruleTexts(rule).name },
    state: closedAt === null ? 'open' : 'closed',
    area: area === '' ? null : area,
    openedAt: shown(zone, openedAt) ?? '',
    closedAt: shown(zone, closedAt),
    from: shown(zone, from) ?? '',
    to: shown(zone, to) ?? '',
    facts: { ...facts },
    verdict: verdict ? verdictShape(zone, verdict) : null,
  };
}

function verdictShape(zone: string, { verdict, at, by, note }: AnomalyVerdict): Static<typeof VerdictShape> {
  return { verdict, at: shown(zone, at) ?? '', by, note };
}

/** What an anomaly is, what it saw, and where to look. `now` UTC ms. */
export function anomalyDetail(
  index: RegistryIndex,
  anomaly: Anomaly,
  verdict: AnomalyVerdict | undefined,
  now: number,
): Omit<Static<typeof AnomalyDetailShape>, 'asOf' | 'timeZone' | 'simulated'> {
  const { rule, meter, openedAt, facts } = anomaly;
  const { text, action } = ruleTexts(rule);
  return {
    ...anomalyShape(index, anomaly, verdict),
    meterNo: index.meter(meter)?.no ?? null,
    account: index.accountAt(meter, openedAt)?.no ?? null,
    text: { ...text },
    action: { ...action },
    told: toldFacts(facts).map(({ zh, en, ...fact }) => ({ ...fact, text: { zh, en } })),
    curve: curveOf(index, anomaly, now),
  };
}

function curveOf(
  index: RegistryIndex,
  { rule, meter, from, to, closedAt }: Anomaly,
  now: number,
): Static<typeof AnomalyDetailShape>['curve'] {
  const zone = index.registry.timeZone;
  const task = finestTask(index, 'profile', meter, from);
  const entry = ANOMALY_CATALOGUE.find(({ id, basis }) => id === rule && basis === 'curve');
  if (!task || !entry) return null;
  const items = task.items.filter((item) => entry.needs.some((need) => isNeeded(need, item)));
  const end = Math.min(Math.max(to, closedAt ?? now) + MARGIN_MS, now);
  return {
    task: task.id,
    start: shown(zone, from - MARGIN_MS) ?? '',
    end: shown(zone, end) ?? '',
    items: items.length > 0 ? items : [...task.items],
  };
}

/** A need begins with a quantity, or with the first of several: the others of its kind are shown, too. */
function isNeeded(need: string, item: string): boolean {
  return item.startsWith(`${need.split('_')[0]}_`);
}
