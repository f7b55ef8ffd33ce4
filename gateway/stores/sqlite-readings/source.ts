import { MeterwayError } from '#platform/errors.ts';
import { SqliteClient } from '#platform/sqlite/client.ts';
import { WhenThere } from '#platform/sqlite/when-there.ts';
import { Catalogue } from './catalogue.ts';
import { CREATE_META, LAYOUT } from './layout.ts';
import { MeterRefs } from './meter-refs.ts';

/** An open file of readings and what is known of it. */
export interface ReadingFile {
  readonly client: SqliteClient;
  readonly catalogue: Catalogue;
  readonly refs: MeterRefs;
}

export interface ReadingSource {
  /** Null while there is nothing to read yet. */
  forReading(): Promise<ReadingFile | null>;
  forWriting(): Promise<ReadingFile>;
  close(): Promise<void>;
}

export async function openForWriting(path: string): Promise<ReadingSource> {
  const client = await SqliteClient.open(path);
  try {
    if ((await layoutOf(client)) === 0) {
      const statements = [CREATE_META, `PRAGMA user_version = ${LAYOUT}`];
      await client.transaction(statements.map((sql) => ({ sql, rows: [] })));
    }
    const file = fileOf(client);
    await file.refs.load();
    return { forReading: async () => file, forWriting: async () => file, close: () => client.close() };
  } catch (error) {
    await client.close();
    throw error;
  }
}

export function openForReading(path: string): ReadingSource {
  const there = new WhenThere(path, async (client) => ((await layoutOf(client)) === 0 ? null : fileOf(client)));
  return {
    forReading: () => there.get(),
    forWriting: () =>
      Promise.reject(new MeterwayError(`cannot write to ${path}: opened for reading`, { code: 'store_read_only' })),
    close: () => there.close(),
  };
}

function fileOf(client: SqliteClient): ReadingFile {
  return { client, catalogue: new Catalogue(client), refs: new MeterRefs(client) };
}

/** 0 for a file without tables. */
async function layoutOf(client: SqliteClient): Promise<number> {
  const [row] = await client.all<{ user_version: number }>('PRAGMA user_version');
  const layout = row?.user_version ?? 0;
  if (layout <= LAYOUT) return layout;
  throw new MeterwayError(
    `cannot use ${client.path}: it has layout ${layout}, written by a newer program; this one knows up to ${LAYOUT}`,
    { code: 'store_newer' },
  );
}
