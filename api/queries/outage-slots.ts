import type { OutagePredicate } from '#domain/collection/due-class.ts';
import { outagePredicate, tookSupply } from '#domain/collection/outage-slots.ts';
import { allOutages } from '#stores/all-outages.ts';
import type { OutageStore } from '#stores/outage-store.ts';

/** The predicate of the outages that touch the slots; a slot with a mark has a value. Slots ascending. */
export async function outageSlots(
  outages: Pick<OutageStore, 'list'>,
  slots: readonly number[],
  marks: Iterable<{ readonly meter: string; readonly slot: number }>,
): Promise<OutagePredicate> {
  const [from] = slots;
  const to = slots.at(-1);
  if (from === undefined || to === undefined) return () => false;
  const found = await allOutages(outages, { during: { from, to } });
  const touched = new Set(found.filter(tookSupply).flatMap(({ members }) => members.map(({ meter }) => meter)));
  const valued = new Set<string>();
  for (const { meter, slot } of marks) if (touched.has(meter)) valued.add(`${meter} ${slot}`);
  return outagePredicate(found, (meter, slot) => valued.has(`${meter} ${slot}`));
}
