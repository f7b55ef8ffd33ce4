import type { Outage } from '#contract/outage.ts';
import type { OutageFilter, OutageStore } from './state-store.ts';

const AT_ONCE = 500;

/** All outages that the filter lets through, however many they are, newest start first. */
export async function allOutages(
  outages: Pick<OutageStore, 'list'>,
  filter: Omit<OutageFilter, 'limit' | 'after'>,
): Promise<Outage[]> {
  const found: Outage[] = [];
  for (;;) {
    const last = found.at(-1);
    const after = last && { startedAt: last.startedAt, id: last.id };
    const page = await outages.list({ ...filter, limit: AT_ONCE, ...(after && { after }) });
    found.push(...page);
    if (page.length < AT_ONCE) return found;
  }
}
