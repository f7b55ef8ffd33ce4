import { isoLocal } from '#contract/zone.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import type { RegistryStore } from '#stores/state-store.ts';
import { ApiProblem } from '../errors.ts';

/** A changed registry is noticed after at most this, ms. */
const CHECK_MS = 2000;

/** What every answer says of itself. */
export interface Stamp {
  readonly asOf: string;
  readonly timeZone: string;
  readonly simulated: boolean;
}

/** The registry in memory, taken anew when it changes. */
export class SiteView {
  readonly #store: RegistryStore;
  readonly #clock: Clock;
  readonly #simulated: boolean;
  #index: RegistryIndex | null = null;
  #version: string | null = null;
  #checkAt = 0;
  #loading: Promise<void> | null = null;

  constructor(store: RegistryStore, clock: Clock, simulated: boolean) {
    this.#store = store;
    this.#clock = clock;
    this.#simulated = simulated;
  }

  /** Rejects with the problem `not_ready` until a registry is stored. */
  async index(): Promise<RegistryIndex> {
    if (this.#index === null || this.#clock.mono() >= this.#checkAt) {
      this.#loading ??= this.#load().finally(() => {
        this.#loading = null;
      });
      await this.#loading;
    }
    if (this.#index === null) throw new ApiProblem('not_ready', 'no registry is stored yet; is the gateway running?');
    return this.#index;
  }

  async stamp(): Promise<Stamp> {
    const { timeZone } = (await this.index()).registry;
    return { asOf: isoLocal(timeZone, this.#clock.now()), timeZone, simulated: this.#simulated };
  }

  async #load(): Promise<void> {
    const version = await this.#store.version();
    if (version !== this.#version || this.#index === null) {
      const registry = await this.#store.load();
      this.#index = registry ? new RegistryIndex(registry) : null;
      this.#version = version;
    }
    this.#checkAt = this.#clock.mono() + CHECK_MS;
  }
}
