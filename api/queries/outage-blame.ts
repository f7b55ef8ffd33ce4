import type { Task } from '#contract/tasks.ts';
import type { FailingMeter } from '#domain/collection/failures.ts';
import { tookSupply } from '#domain/collection/outage-slots.ts';
import { DEFAULT_OUTAGE_SETTINGS } from '#domain/outages/settings.ts';
import { allOutages } from '#stores/all-outages.ts';
import type { StateStore } from '#stores/state-store.ts';

/** A meter may fail to answer this long before the first evidence of its outage comes in, ms. */
const LAG_MS = DEFAULT_OUTAGE_SETTINGS.windowMs;

interface OutageBlame {
  /** Outage by meter. */
  readonly of: ReadonlyMap<string, string>;
  /** Meters that each of them touches. */
  readonly meters: ReadonlyMap<string, number>;
}

/**
 * The outage, announced ones among them, in which each meter was when its read failed; of several the one that began
 * last. A read that nobody reported failed at its slot. `until`: no read was tried after it, UTC ms.
 */
export async function outagesOf(
  { outages, ledger }: Pick<StateStore, 'outages' | 'ledger'>,
  task: Task,
  failing: readonly FailingMeter[],
  until: number,
): Promise<OutageBlame> {
  const slots = new Map(failing.map(({ meter, slot }) => [meter.id, slot]));
  const from = failing.reduce((least, { slot }) => Math.min(least, slot), Number.POSITIVE_INFINITY);
  const during = { from, to: Math.max(from, until) + LAG_MS };
  const found = (await allOutages(outages, { during })).filter(tookSupply);
  const touched = new Set(
    found.flatMap(({ members }) => members.flatMap(({ meter }) => (slots.has(meter) ? [meter] : []))),
  );
  const failedAt = new Map<string, number>();
  for (const [slot, meters] of Map.groupBy(touched, (meter) => slots.get(meter) ?? 0)) {
    for (const meter of meters) failedAt.set(meter, slot);
    for (const { meter, at } of await ledger.outcomesOfSlot(task.id, slot, meters)) failedAt.set(meter, at);
  }
  const of = new Map<string, string>();
  for (const { id, members, restoredAt } of found) {
    for (const { meter, from: dark, to: lit } of members) {
      const at = failedAt.get(meter);
      const inside = at !== undefined && dark <= at + LAG_MS && at < (lit ?? restoredAt ?? Number.POSITIVE_INFINITY);
      if (inside && !of.has(meter)) of.set(meter, id);
    }
  }
  return { of, meters: new Map(found.map(({ id, members }) => [id, members.length])) };
}
