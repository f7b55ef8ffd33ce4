import type { PlanMeter } from '#contract/plan.ts';
import { Breaker } from './breaker.ts';

export interface GuardedMeter {
  readonly meter: PlanMeter;
  readonly breaker: Breaker;
}

/** The breakers of one line, one for each address. */
export class Breakers {
  readonly #byAddress = new Map<string, GuardedMeter>();

  of(meter: PlanMeter): Breaker {
    let known = this.#byAddress.get(meter.address);
    if (!known) {
      known = { meter, breaker: new Breaker() };
      this.#byAddress.set(meter.address, known);
    }
    return known.breaker;
  }

  /** Takes over what is known of these meters. */
  inherit(other: Breakers, meters: readonly PlanMeter[]): void {
    for (const meter of meters) {
      const known = other.#byAddress.get(meter.address);
      if (known) this.#byAddress.set(meter.address, { meter, breaker: known.breaker });
    }
  }

  isOpen(address: string): boolean {
    return (this.#byAddress.get(address)?.breaker.cause ?? null) !== null;
  }

  /** Addresses that are left alone. */
  get openCount(): number {
    let open = 0;
    for (const { breaker } of this.#byAddress.values()) if (breaker.cause !== null) open++;
    return open;
  }

  /** Of the addresses that are left alone, the one whose wait ends first. */
  get nextToProbe(): GuardedMeter | null {
    let next: GuardedMeter | null = null;
    for (const each of this.#byAddress.values()) {
      if (each.breaker.cause === null) continue;
      if (next === null || each.breaker.probeAt < next.breaker.probeAt) next = each;
    }
    return next;
  }
}
