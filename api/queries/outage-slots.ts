import type { OutagePredicate } from '#domain/collection/due-class.ts';
import type { OutageStore } from '#stores/state-store.ts';

const MAX_OUTAGES = 1000;

/**
 * Tells the slots whose moment lay in an outage of the meter and that have no value. Without power a meter can neither
 * freeze nor answer, so nothing can be read of them later; where there is a value all the same, it counts.
 */
export async function outageSlots(
  outages: Pick<OutageStore, 'list'>,
  slots: readonly number[],
  marks: Iterable<{ readonly meter: string; readonly slot: number }>,
): Promise<OutagePredicate> {
  const [from] = slots;
  const to = slots.at(-1);
  if (from === undefined || to === undefined) return () => false;
  const spans = new Map<string, { readonly start: number; readonly end: number }[]>();
  for (const { kind, meters, startedAt, restoredAt } of await outages.list({
    during: { from, to },
    limit: MAX_OUTAGES,
  })) {
    if (kind !== 'outage') continue;
    const span = { start: startedAt, end: restoredAt ?? Number.POSITIVE_INFINITY };
    for (const meter of meters) spans.set(meter, [...(spans.get(meter) ?? []), span]);
  }
  const valued = new Set<string>();
  for (const { meter, slot } of marks) if (spans.has(meter)) valued.add(`${meter} ${slot}`);
  return (meter, slot) =>
    (spans.get(meter) ?? []).some(({ start, end }) => start <= slot && slot < end) && !valued.has(`${meter} ${slot}`);
}
