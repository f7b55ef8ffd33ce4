import { RegistryIndex } from '#domain/registry-index.ts';
import type { StateStore } from '#stores/state-store.ts';
import { collectGarbage } from './memory.ts';

/** Meters from which on it is worth a second to give back memory. */
const LARGE = 100_000;

/** The registry and the rows of its meters, as they are now. */
export class Site {
  readonly #state: Pick<StateStore, 'registry' | 'meterRows'>;
  #version: string | null = null;
  #index: RegistryIndex | null = null;
  #meters: readonly string[] = [];
  #rowOf: ReadonlyMap<string, number> = new Map();

  constructor(state: Pick<StateStore, 'registry' | 'meterRows'>) {
    this.#state = state;
  }

  /** Digest of the registry, or null while there is none. */
  get version(): string | null {
    return this.#version;
  }

  get index(): RegistryIndex {
    if (this.#index) return this.#index;
    throw new Error('BUG: the registry was asked for before it was read');
  }

  /** Ids by meter row. */
  get meters(): readonly string[] {
    return this.#meters;
  }

  rowOf(meter: string): number | undefined {
    return this.#rowOf.get(meter);
  }

  /**
   * Reads the registry again if it changed, and gives rows to its new meters. True when it changed; what was read
   * before stays as it is when that fails.
   */
  async refresh(): Promise<boolean> {
    const version = await this.#state.registry.version();
    if (version === null || version === this.#version) return false;
    const registry = await this.#state.registry.load({ lean: true });
    if (!registry) return false;
    const isLarge = registry.meters.length >= LARGE;
    if (isLarge) collectGarbage();
    const index = new RegistryIndex(registry);
    const { meters, rowOf } = await this.#rows(index);
    this.#rowOf = rowOf;
    this.#meters = meters;
    this.#index = index;
    this.#version = version;
    if (isLarge) collectGarbage();
    return true;
  }

  /** Rows of all meters, after the new ones were given theirs. */
  async #rows(index: RegistryIndex): Promise<{ meters: readonly string[]; rowOf: ReadonlyMap<string, number> }> {
    const { meterRows } = this.#state;
    const { registry } = index;
    const rowsOf = (ids: readonly string[]): Map<string, number> => {
      const rowOf = new Map<string, number>();
      // The same text twice for a million meters would be 40 MB.
      for (const [row, id] of ids.entries()) rowOf.set(index.meter(id)?.id ?? id, row);
      return rowOf;
    };
    let rowOf = rowsOf(await meterRows.all());
    const missing = registry.meters.filter(({ id }) => !rowOf.has(id)).map(({ id }) => id);
    if (missing.length > 0) {
      await meterRows.add(missing);
      rowOf = rowsOf(await meterRows.all());
    }
    return { meters: [...rowOf.keys()], rowOf };
  }
}
