import type { Outage, OutageHead } from '#contract/outage.ts';
import type { OutageFilter, OutageStore } from './outage-store.ts';

const AT_ONCE = 500;

type Wanted = Omit<OutageFilter, 'limit' | 'after'>;

/** All outages that the filter lets through, however many they are, newest start first. */
export function allOutages(outages: Pick<OutageStore, 'list'>, filter: Wanted): Promise<Outage[]> {
  return all((page) => outages.list(page), filter);
}

/** The same without their members and evidence. */
export function allOutageHeads(outages: Pick<OutageStore, 'heads'>, filter: Wanted): Promise<OutageHead[]> {
  return all((page) => outages.heads(page), filter);
}

async function all<T extends OutageHead>(read: (filter: OutageFilter) => Promise<T[]>, filter: Wanted): Promise<T[]> {
  const found: T[] = [];
  for (;;) {
    const last = found.at(-1);
    const after = last && { startedAt: last.startedAt, id: last.id };
    const page = await read({ ...filter, limit: AT_ONCE, ...(after && { after }) });
    found.push(...page);
    if (page.length < AT_ONCE) return found;
  }
}
