import type { Outage } from '#contract/outage.ts';
import type { OutagePredicate } from './due-class.ts';

/**
 * Tells the slots whose moment lay in one of the outages of the meter and that have no value. Without power a meter
 * can neither freeze nor answer, so nothing can be read of them later; where there is a value all the same, it counts.
 */
export function outagePredicate(
  outages: Iterable<Pick<Outage, 'kind' | 'meters' | 'startedAt' | 'restoredAt'>>,
  hasValue: (meter: string, slot: number) => boolean,
): OutagePredicate {
  const spans = new Map<string, { readonly start: number; readonly end: number }[]>();
  for (const { kind, meters, startedAt, restoredAt } of outages) {
    if (kind !== 'outage') continue;
    const span = { start: startedAt, end: restoredAt ?? Number.POSITIVE_INFINITY };
    for (const meter of meters) {
      const known = spans.get(meter);
      if (known) known.push(span);
      else spans.set(meter, [span]);
    }
  }
  return (meter, slot) =>
    (spans.get(meter) ?? []).some(({ start, end }) => start <= slot && slot < end) && !hasValue(meter, slot);
}
