import { isoLocal } from '#contract/zone.ts';
import { RegistryPacker } from '#domain/packed-registry/registry-packer.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import type { RegistryStore } from '#stores/state-store.ts';
import { ApiProblem } from '../errors.ts';

/** A changed registry is noticed after at most this, ms. */
const CHECK_MS = 2000;
/** Reading the registry of a district of a million meters takes many seconds. Who asks meanwhile waits so long, ms: */
const WAIT_MS = 3000;
/** when there is one from before, which then answers, */
const WAIT_BESIDE_MS = 300;

/** What every answer says of itself. */
export interface Stamp {
  readonly asOf: string;
  readonly timeZone: string;
  readonly simulated: boolean;
}

interface Loading {
  readonly begun: number;
  readonly done: Promise<void>;
}

/** The registry in memory, taken anew when it changes; the one from before answers until the new one is there. */
export class SiteView {
  readonly #store: RegistryStore;
  readonly #clock: Clock;
  readonly #simulated: boolean;
  #index: RegistryIndex | null = null;
  #version: string | null = null;
  #checkAt = 0;
  #loading: Loading | null = null;

  constructor(store: RegistryStore, clock: Clock, simulated: boolean) {
    this.#store = store;
    this.#clock = clock;
    this.#simulated = simulated;
  }

  /** Rejects with the problem `not_ready` until a registry is stored and read. */
  async index(): Promise<RegistryIndex> {
    const isThere = await this.#look(this.#index === null ? WAIT_MS : WAIT_BESIDE_MS);
    if (this.#index) return this.#index;
    const why = isThere ? 'no registry is stored yet; is the gateway running?' : 'the registry is being read';
    throw new ApiProblem('not_ready', why);
  }

  /** Whether a registry is in memory; begins to read it when not. */
  async isRead(): Promise<boolean> {
    await this.#look(WAIT_BESIDE_MS);
    return this.#index !== null;
  }

  async stamp(): Promise<Stamp> {
    const { timeZone } = (await this.index()).registry;
    return { asOf: isoLocal(timeZone, this.#clock.now()), timeZone, simulated: this.#simulated };
  }

  /** Looks for a registry that changed when it is time for it. False when that takes longer than `ms` from its beginning. */
  async #look(ms: number): Promise<boolean> {
    const clock = this.#clock;
    if (this.#index !== null && clock.mono() < this.#checkAt) return true;
    this.#loading ??= this.#begin();
    const { begun, done } = this.#loading;
    const left = begun + ms - clock.mono();
    if (left <= 0) return false;
    const late = Promise.withResolvers<false>();
    const cancel = clock.after('registry', left, () => late.resolve(false));
    try {
      return await Promise.race([done.then(() => true), late.promise]);
    } finally {
      cancel();
    }
  }

  #begin(): Loading {
    const done = this.#load().finally(() => {
      this.#loading = null;
    });
    // Who waits hears of it; when nobody does any more, the next one tries again.
    done.catch(() => {});
    return { begun: this.#clock.mono(), done };
  }

  async #load(): Promise<void> {
    const version = await this.#store.version();
    if (version !== this.#version || this.#index === null) {
      const packer = new RegistryPacker();
      const rest = await this.#store.pages(packer);
      this.#index = rest ? packer.index(rest) : null;
      this.#version = version;
    }
    this.#checkAt = this.#clock.mono() + CHECK_MS;
  }
}
