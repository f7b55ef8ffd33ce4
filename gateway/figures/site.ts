import { RegistryPacker } from '#domain/packed-registry/registry-packer.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { TextNumbers } from '#domain/text-numbers.ts';
import type { StateStore } from '#stores/state-store.ts';
import { collectGarbage } from './memory.ts';

/** Meters from which on it is worth a second to give back memory. */
const LARGE = 100_000;

/** The registry and the rows of its meters, as they are now. */
export class Site {
  readonly #state: Pick<StateStore, 'registry' | 'meterRows'>;
  #version: string | null = null;
  #index: RegistryIndex | null = null;
  #rows = new TextNumbers();

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
    return this.#rows.texts;
  }

  rowOf(meter: string): number | undefined {
    return this.#rows.numberOf(meter);
  }

  /**
   * Reads the registry again if it changed, and gives rows to its new meters. True when it changed; what was read
   * before stays as it is when that fails.
   */
  async refresh(): Promise<boolean> {
    const version = await this.#state.registry.version();
    if (version === null || version === this.#version) return false;
    const packer = new RegistryPacker();
    const rest = await this.#state.registry.lean(packer);
    if (!rest) return false;
    const index = packer.index(rest);
    const rows = await this.#rowsOf(index);
    this.#rows = rows;
    this.#index = index;
    this.#version = version;
    if (rows.size >= LARGE) collectGarbage();
    return true;
  }

  /** Rows of all meters, after the new ones were given theirs. */
  async #rowsOf(index: RegistryIndex): Promise<TextNumbers> {
    const { meterRows } = this.#state;
    const rowsOf = async (): Promise<TextNumbers> => {
      const rows = new TextNumbers();
      // The same text twice for a million meters would be 40 MB.
      for (const id of await meterRows.all()) rows.add(index.meter(id)?.id ?? id);
      return rows;
    };
    const rows = await rowsOf();
    const missing: string[] = [];
    for (const { id } of index.meters()) if (rows.numberOf(id) === undefined) missing.push(id);
    if (missing.length === 0) return rows;
    await meterRows.add(missing);
    return rowsOf();
  }
}
