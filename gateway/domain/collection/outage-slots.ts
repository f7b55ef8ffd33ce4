import type { Outage } from '#contract/outage.ts';
import type { OutagePredicate } from './due-class.ts';

/**
 * Whether an incident took supply from whole meters: one that is confirmed, of kind outage or planned. A lost phase
 * leaves most meters able to answer, and a collection finding says nothing about supply.
 */
export function tookSupply({ kind, state }: Pick<Outage, 'kind' | 'state'>): boolean {
  return (kind === 'outage' || kind === 'planned') && (state === 'open' || state === 'restored');
}

/**
 * Tells the slots whose moment lay in one of the outages of the meter and that have no value. Each meter counts with
 * its own times: inside one outage some are back earlier than others; one that
 * never told when it was back ends with the outage. Without power a meter can neither freeze nor
 * answer, so nothing can be read of them later; where there is a value all the same, it counts.
 */
export function outagePredicate(
  outages: Iterable<Pick<Outage, 'kind' | 'state' | 'members' | 'restoredAt'>>,
  hasValue: (meter: string, slot: number) => boolean,
): OutagePredicate {
  const spans = new Map<string, { readonly start: number; readonly end: number }[]>();
  for (const outage of outages) {
    if (!tookSupply(outage)) continue;
    for (const { meter, from, to } of outage.members) {
      const span = { start: from, end: to ?? outage.restoredAt ?? Number.POSITIVE_INFINITY };
      const known = spans.get(meter);
      if (known) known.push(span);
      else spans.set(meter, [span]);
    }
  }
  return (meter, slot) =>
    (spans.get(meter) ?? []).some(({ start, end }) => start <= slot && slot < end) && !hasValue(meter, slot);
}
