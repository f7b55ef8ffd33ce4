import type { RegistryIndex } from '#domain/registry-index.ts';

/** How often it is looked whether the topology has changed, ms. */
const LOOK_MS = 600_000;

/** When the topology has to be made anew: meters come and go at the times of their installations. */
export class TopologyTimes {
  /** Ascending, UTC ms. */
  readonly #changes: readonly number[];
  #madeAt: number;
  #lookedAt: number;

  constructor(registry: Pick<RegistryIndex, 'installations'>, now: number, mono: number) {
    const changes: number[] = [];
    for (const { from, to } of registry.installations()) {
      if (from > now) changes.push(from);
      if (to !== null && to > now) changes.push(to);
    }
    this.#changes = changes.sort((a, b) => a - b);
    this.#madeAt = now;
    this.#lookedAt = mono;
  }

  /** True once for all changes since it was made last; asked more often than every ten minutes it says false. */
  isDue(now: number, mono: number): boolean {
    if (mono - this.#lookedAt < LOOK_MS) return false;
    this.#lookedAt = mono;
    const isDue = this.#changes.some((at) => at > this.#madeAt && at <= now);
    if (isDue) this.#madeAt = now;
    return isDue;
  }
}
