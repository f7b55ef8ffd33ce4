import { MeterwayError } from '#platform/errors.ts';
import { SqliteClient } from '#platform/sqlite/client.ts';
import { Catalogue } from './catalogue.ts';
import { partAt } from './folder.ts';
import { CREATE_META, LAYOUT } from './layout.ts';
import { MeterRefs } from './meter-refs.ts';

/** An open file of readings and what is known of it. */
export interface ReadingFile {
  readonly client: SqliteClient;
  readonly catalogue: Catalogue;
  readonly refs: MeterRefs;
}

/** Opens a file for reading and writing, and makes it when it is missing. */
export async function openToWrite(path: string): Promise<ReadingFile> {
  const client = await SqliteClient.open(path);
  try {
    if ((await layoutOf(client)) === 0) {
      const statements = [CREATE_META, `PRAGMA user_version = ${LAYOUT}`];
      await client.transaction(statements.map((sql) => ({ sql, rows: [] })));
    }
    const file = fileOf(client);
    await file.refs.load();
    return file;
  } catch (error) {
    await client.close();
    throw error;
  }
}

const SQLITE_CANTOPEN = 14;

/** Opens a file that another process may be writing; null when it is not there, or not yet set up. */
export async function openToRead(path: string): Promise<ReadingFile | null> {
  const client = await SqliteClient.open(path, { readOnly: true }).catch((error: unknown) => {
    const isMissing = error instanceof MeterwayError && error.context['sqlite'] === SQLITE_CANTOPEN && !partAt(path);
    if (isMissing) return null;
    throw error;
  });
  try {
    if (client && (await layoutOf(client)) > 0) return fileOf(client);
  } catch (error) {
    await client?.close();
    throw error;
  }
  await client?.close();
  return null;
}

function fileOf(client: SqliteClient): ReadingFile {
  return { client, catalogue: new Catalogue(client), refs: new MeterRefs(client) };
}

/** 0 for a file without tables. */
export async function layoutOf(client: SqliteClient): Promise<number> {
  const [row] = await client.all<{ user_version: number }>('PRAGMA user_version');
  const layout = row?.user_version ?? 0;
  if (layout <= LAYOUT) return layout;
  throw new MeterwayError(
    `cannot use ${client.path}: it has layout ${layout}, written by a newer program; this one knows up to ${LAYOUT}`,
    { code: 'store_newer' },
  );
}
