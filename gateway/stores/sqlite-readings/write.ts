import type { NewReadings, ReadingConflict, WriteResult } from '../reading-store.ts';
import { conflictsOf } from './conflicts.ts';
import { insertOf } from './encode.ts';
import type { ReadingFile } from './month-file.ts';

/** Writes that are ready: nothing in them is refused any more. `commit` puts them on disk in one transaction. */
export interface ReadyWrite {
  commit(): Promise<WriteResult>;
}

/** Adds the meters, tables and columns that the batches need and the file does not have, and checks every value. */
export async function prepareWrite(file: ReadingFile, batches: readonly NewReadings[]): Promise<ReadyWrite> {
  await makeRoom(file, batches);
  const statements = batches.map((batch) => insertOf(batch, file.refs));
  return {
    async commit() {
      const added = statements.length === 0 ? [] : await file.client.transaction(statements);
      return resultOf(file, batches, added);
    },
  };
}

/** The rows that were not added are compared with what stands in their place. */
async function resultOf(
  file: ReadingFile,
  batches: readonly NewReadings[],
  added: readonly number[],
): Promise<WriteResult> {
  let sent = 0;
  let stored = 0;
  const conflicts: ReadingConflict[] = [];
  for (const [i, batch] of batches.entries()) {
    sent += batch.rows.length;
    stored += added[i] ?? 0;
    if (added[i] !== batch.rows.length) conflicts.push(...(await conflictsOf(batch, file)));
  }
  return { stored, repeated: sent - stored - conflicts.length, conflicts };
}

async function makeRoom({ refs, catalogue }: ReadingFile, batches: readonly NewReadings[]): Promise<void> {
  const meters = new Set<string>();
  for (const { rows } of batches) {
    for (const { meter } of rows) if (refs.ref(meter) === undefined) meters.add(meter);
  }
  if (meters.size > 0) await refs.add(meters);
  for (const { task, quantities } of batches) {
    if (!catalogue.has(task, quantities)) await catalogue.ensure(task, quantities);
  }
}
