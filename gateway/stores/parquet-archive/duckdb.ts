import type { DuckDBConnection, DuckDBInstance, DuckDBType, DuckDBValue } from '@duckdb/node-api';

export interface DuckOptions {
  /** What DuckDB may hold of rows and caches; code, threads and decompression come on top. */
  readonly memoryMb: number;
  readonly threads: number;
  /** Where sorts spill to, a folder that no other process uses; null: they fail when memory does not do. */
  readonly spillFolder: string | null;
}

/** A text, a whole number, or a list of them: values are always bound, never written into a statement. */
export type Bound = string | bigint | readonly string[] | readonly bigint[];

type Api = typeof import('@duckdb/node-api');

/** One in-memory DuckDB. Its library is 68 MB of native code, so it is loaded by the first `open` and not before. */
export class Duck {
  readonly #api: Api;
  readonly #instance: DuckDBInstance;

  private constructor(api: Api, instance: DuckDBInstance) {
    this.#api = api;
    this.#instance = instance;
  }

  static async open({ memoryMb, threads, spillFolder }: DuckOptions): Promise<Duck> {
    const api = await import('@duckdb/node-api');
    const instance = await api.DuckDBInstance.create(':memory:', {
      memory_limit: `${memoryMb}MB`,
      threads: String(threads),
      temp_directory: spillFolder ?? '',
      // Everything that is needed is built in; DuckDB would otherwise fetch extensions from the network.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    return new Duck(api, instance);
  }

  /** A connection for one caller: while a result streams, another query on the same connection would end it. */
  async connected<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.#instance.connect();
    try {
      return await use(connection);
    } finally {
      connection.closeSync();
    }
  }

  /**
   * Runs a query and hands over its rows chunk by chunk, at most 2048 at a time, column by column. Between two chunks
   * the event loop goes on.
   */
  query(
    sql: string,
    values: readonly Bound[],
    each: (columns: readonly Cells[], count: number) => void,
  ): Promise<void> {
    return this.connected(async (connection) => {
      for await (const { columns, count } of this.stream(connection, sql, values)) each(columns, count);
    });
  }

  async *stream(connection: DuckDBConnection, sql: string, values: readonly Bound[]): AsyncGenerator<Chunk> {
    const [bound, types] = this.#bound(values);
    const result = await connection.stream(sql, bound, types);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (!chunk || chunk.rowCount === 0) return;
      yield { count: chunk.rowCount, columns: chunk.getColumns() as Cells[] };
    }
  }

  async run(connection: DuckDBConnection, sql: string, values: readonly Bound[] = []): Promise<void> {
    const [bound, types] = this.#bound(values);
    await connection.run(sql, bound, types);
  }

  /** Appends to a table of `numbers` DOUBLE columns and one of texts. */
  async appender(connection: DuckDBConnection, table: string, numbers: number): Promise<Appender> {
    const { DOUBLE, DuckDBDataChunk, VARCHAR } = this.#api;
    const types = [...new Array<DuckDBType>(numbers).fill(DOUBLE), VARCHAR];
    const inner = await connection.createAppender(table);
    return {
      append: (columns, texts) => {
        for (let from = 0; from < texts.length; from += CHUNK) {
          const to = Math.min(from + CHUNK, texts.length);
          const chunk = DuckDBDataChunk.create(types, to - from);
          // Any list that can be indexed will do; a copy as an ordinary array would cost more than the append.
          for (const [c, column] of columns.entries()) chunk.setColumnValues(c, listOf(column.subarray(from, to)));
          chunk.setColumnValues(numbers, texts.slice(from, to));
          inner.appendDataChunk(chunk);
        }
      },
      close: () => inner.closeSync(),
    };
  }

  close(): void {
    this.#instance.closeSync();
  }

  #bound(values: readonly Bound[]): [DuckDBValue[], DuckDBType[]] {
    const { BIGINT, LIST, VARCHAR, listValue } = this.#api;
    const typeOf = (value: string | bigint | undefined): DuckDBType => (typeof value === 'bigint' ? BIGINT : VARCHAR);
    const isList = (value: Bound): value is readonly string[] | readonly bigint[] => Array.isArray(value);
    return [
      values.map((value) => (isList(value) ? listValue([...value]) : value)),
      values.map((value) => (isList(value) ? LIST(typeOf(value[0])) : typeOf(value))),
    ];
  }
}

/** Rows of a chunk, fixed by DuckDB. */
const CHUNK = 2048;

export interface Appender {
  append(columns: readonly Float64Array[], texts: readonly (string | null)[]): void;
  close(): void;
}

function listOf(numbers: Float64Array): readonly number[] {
  return numbers as unknown as readonly number[];
}

/** Cells of one column; the statements of the archive give texts and numbers only. */
export type Cells = readonly (number | string | null)[];

export interface Chunk {
  readonly columns: readonly Cells[];
  readonly count: number;
}

/** A path as read_parquet takes it, which would see a pattern in some letters that may stand in the name of a folder. */
export function exactPath(path: string): string {
  return path.replace(/[[*?]/g, '[$&]');
}

/** The rows of a file whose path is bound to parameter `place`. A folder named `a=b` must not become a column. */
export function rowsOfFile(place: number): string {
  return `read_parquet($${place}, hive_partitioning = false)`;
}
