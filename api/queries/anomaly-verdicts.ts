import { ANOMALY_RULES, type Anomaly, type AnomalyRule, type VerdictKind } from '#contract/anomaly.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { AnomalyGroup } from '#stores/anomaly-store.ts';
import { ApiProblem } from '../errors.ts';
import type { Kit } from '../routes/route-kit.ts';
import { ruleTexts } from './anomalies.ts';
import { notNow } from './jobs.ts';

export async function anomalyById({ state }: Pick<Kit, 'state'>, id: string): Promise<Anomaly> {
  const anomaly = await state.anomalies.get(id);
  if (anomaly) return anomaly;
  throw new ApiProblem('unknown_anomaly', `no anomaly has the id ${id}`);
}

interface Said {
  readonly verdict: VerdictKind;
  readonly note?: string | undefined;
  /** Id of the key. */
  readonly by: string;
}

/** Stores what the field found, with its event; the same word of the same key as the newest changes nothing. */
export async function judgeAnomaly(
  { state, clock }: Pick<Kit, 'state' | 'clock'>,
  { id, rule, meter, area, district }: Anomaly,
  { verdict, note = '', by }: Said,
): Promise<void> {
  const [newest] = await state.anomalies.verdicts([id]);
  if (newest?.verdict === verdict && newest.note === note && newest.by === by) return;
  const at = clock.now();
  const data = { rule, meter, area, verdict };
  const event = { type: 'anomaly.judged.v1' as const, at, district, subject: id, evidenceAt: null, data };
  await state.anomalies.judge({ anomaly: id, verdict, at, by, note }, event).catch(notNow);
}

/** Names of the keys of counts; null for one that is not known any more. */
export function keyNames(index: RegistryIndex, by: AnomalyGroup): (key: string) => string | null {
  if (by === 'area') return (key) => index.area(key)?.name ?? null;
  if (by === 'district') return (key) => index.registry.districts.find(({ id }) => id === key)?.name ?? null;
  const isRule = (key: string): key is AnomalyRule => (ANOMALY_RULES as readonly string[]).includes(key);
  return (key) => (isRule(key) ? ruleTexts(key).name.zh : null);
}
