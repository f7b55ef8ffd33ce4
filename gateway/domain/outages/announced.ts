import type { PlannedOutage } from '#contract/outage.ts';

/** Announced work around now, and when that ended which is not named any more. */
export class Announced {
  #plans: readonly PlannedOutage[] = [];
  #ends = new Map<string, number>();

  get plans(): readonly PlannedOutage[] {
    return this.#plans;
  }

  /** Replaces what was known. Returns the plans that came, went or changed, as they were and as they are. */
  replace(plans: readonly PlannedOutage[]): readonly PlannedOutage[] {
    const before = new Map(this.#plans.map((plan) => [plan.externalId, plan]));
    const changed = plans.filter((plan) => JSON.stringify(before.get(plan.externalId)) !== JSON.stringify(plan));
    const now = new Set(plans.map(({ externalId }) => externalId));
    const gone = this.#plans.filter(({ externalId }) => !now.has(externalId));
    const old = changed.flatMap(({ externalId }) => before.get(externalId) ?? []);
    for (const { externalId, to } of plans) this.#ends.set(externalId, to);
    this.#plans = plans;
    return [...changed, ...old, ...gone];
  }

  /** Whether a plan is named no longer only because its time is over. */
  isPast(externalId: string, now: number): boolean {
    return !this.#plans.some((plan) => plan.externalId === externalId) && (this.#ends.get(externalId) ?? 0) <= now;
  }

  /** Forgets when those ended that are long over. */
  forget(before: number): void {
    for (const [externalId, to] of this.#ends) if (to < before) this.#ends.delete(externalId);
  }
}
