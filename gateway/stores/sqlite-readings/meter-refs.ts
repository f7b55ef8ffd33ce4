import { isId } from '#contract/ids.ts';
import type { SqliteClient } from '#platform/sqlite/client.ts';
import { refused } from '../refused.ts';

/** The small numbers under which meters are stored. They are only ever added, so what is known stays true. */
export class MeterRefs {
  readonly #client: SqliteClient;
  readonly #refs = new Map<string, number>();
  readonly #meters = new Map<number, string>();
  #newest = 0;

  constructor(client: SqliteClient) {
    this.#client = client;
  }

  ref(meter: string): number | undefined {
    return this.#refs.get(meter);
  }

  meter(ref: number): string | undefined {
    return this.#meters.get(ref);
  }

  /** Learns the meters that were added since the last time. */
  async load(): Promise<void> {
    const sql = 'SELECT id, meter FROM meter_ref WHERE id > ? ORDER BY id';
    const { count, columns } = await this.#client.columns(sql, [this.#newest], ['number', 'text']);
    const [refs, meters] = columns;
    for (let i = 0; i < count; i++) {
      const ref = refs?.[i] as number;
      const meter = meters?.[i] as string;
      this.#refs.set(meter, ref);
      this.#meters.set(ref, meter);
      this.#newest = Math.max(this.#newest, ref);
    }
  }

  /**
   * Gives a number to each meter that has none. This is on disk before the readings are, because other writes may
   * already use the number; a number without readings does no harm.
   */
  async add(meters: ReadonlySet<string>): Promise<void> {
    for (const meter of meters) {
      if (!isId(meter)) throw refused(`${JSON.stringify(meter)} is no meter id`);
    }
    const sql = 'INSERT INTO meter_ref (meter) VALUES (?) ON CONFLICT DO NOTHING';
    await this.#client.transaction([{ sql, columns: [[...meters]], count: meters.size }]);
    await this.load();
  }
}
