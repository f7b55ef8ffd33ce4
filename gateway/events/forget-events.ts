import type { StateStore } from '#stores/state-store.ts';

const DAY_MS = 86_400_000;
/** Deliveries that were taken are of interest while somebody looks for one that he misses. */
export const KEEP_DELIVERED_DAYS = 7;

/** Deletes events and failed deliveries that are older than a number of days, 0 = none, and delivered ones. */
export async function forgetEvents(
  { events, webhooks }: Pick<StateStore, 'events' | 'webhooks'>,
  days: number,
  now: number,
): Promise<void> {
  await webhooks.forget('delivered', now - KEEP_DELIVERED_DAYS * DAY_MS);
  if (days === 0) return;
  await webhooks.forget('dead', now - days * DAY_MS);
  await events.forgetBefore(now - days * DAY_MS);
}
