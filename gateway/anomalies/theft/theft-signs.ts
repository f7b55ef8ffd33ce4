import type { Anomaly, AnomalyRule } from '#contract/anomaly.ts';
import type { TheftSign } from '#domain/anomalies/theft/theft-score.ts';
import type { AnomalyFilter, AnomalyStore } from '#stores/anomaly-store.ts';

/** Anomalies that go with tampering. */
const SIGN_RULES = [
  'cover_opened',
  'magnetic_field',
  'voltage_lost',
  'current_lost',
  'neutral_current',
] as const satisfies readonly (AnomalyRule & TheftSign['kind'])[];

const PAGE = 1000;

/** All anomalies that a filter lets through, however many they are, newest first. */
export async function allAnomalies(
  store: Pick<AnomalyStore, 'list'>,
  filter: Omit<AnomalyFilter, 'limit' | 'after'>,
): Promise<Anomaly[]> {
  const found: Anomaly[] = [];
  for (;;) {
    const last = found.at(-1);
    const after = last && { openedAt: last.openedAt, id: last.id };
    const page = await store.list({ ...filter, limit: PAGE, ...(after && { after }) });
    found.push(...page);
    if (page.length < PAGE) return found;
  }
}

/** By meter, what goes with tampering between the first and the last of the slots; each on the day on which it began. */
export async function theftSigns(
  store: Pick<AnomalyStore, 'list'>,
  slots: readonly number[],
): Promise<ReadonlyMap<string, TheftSign[]>> {
  const [from = 0] = slots;
  const to = slots.at(-1) ?? 0;
  const signs = new Map<string, TheftSign[]>();
  for (const { rule, meter, from: began } of await allAnomalies(store, { rules: SIGN_RULES, during: { from, to } })) {
    const day = Math.max(
      0,
      slots.findLastIndex((slot) => slot <= began),
    );
    const known = signs.get(meter) ?? [];
    known.push({ day, kind: rule as TheftSign['kind'] });
    signs.set(meter, known);
  }
  return signs;
}
