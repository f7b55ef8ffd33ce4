import type { PlanMeter } from '#contract/plan.ts';

/** Tells at an instant, UTC ms, whether what answers under the address of a meter is another one. */
export type TakenOver = (meter: Pick<PlanMeter, 'id'>, now: number) => boolean;

/**
 * Of these meters: an address that was given on when its meter was removed. From then on nothing that comes from there
 * is the old meter's, whatever slot is asked for.
 */
export function takenOver(meters: readonly PlanMeter[]): TakenOver {
  const byAddress = new Map<string, PlanMeter[]>();
  for (const meter of meters) {
    // Zeros on the high side do not count.
    const place = `${meter.line} ${Number(meter.address)}`;
    const others = byAddress.get(place);
    if (others) others.push(meter);
    else byAddress.set(place, [meter]);
  }
  const taken = new Map<string, number>();
  for (const sharers of byAddress.values()) {
    for (const meter of sharers) {
      const since = takenAt(meter, sharers);
      if (since !== Number.POSITIVE_INFINITY) taken.set(meter.id, since);
    }
  }
  return ({ id }, now) => (taken.get(id) ?? Number.POSITIVE_INFINITY) <= now;
}

function takenAt({ id, removedAt }: PlanMeter, sharers: readonly PlanMeter[]): number {
  if (removedAt === null) return Number.POSITIVE_INFINITY;
  const others = sharers.filter(
    (other) => other.id !== id && (other.removedAt ?? Number.POSITIVE_INFINITY) > removedAt,
  );
  return Math.min(...others.map(({ installedAt }) => Math.max(installedAt, removedAt)));
}
