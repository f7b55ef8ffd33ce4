import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';

const WRITER = fileURLToPath(new URL('./crash-writer.ts', import.meta.url));

/** Starts a writer at step `first`, kills it with -9 some time after step `enough`, and tells its last acknowledged step. */
export async function writeUntilKilled(kind: 'readings' | 'state', path: string, first: number, enough: number) {
  const child = spawn(process.execPath, [WRITER, kind, path, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (acknowledged(said) >= enough) child.kill('SIGKILL');
  });
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (signal !== 'SIGKILL') throw new Error(`the writer ended by itself: ${signal}`);
  return acknowledged(said);
}

/** The step named in the last whole line, or -1. */
function acknowledged(said: string): number {
  const lines = said.split('\n');
  return Number(lines.at(-2) ?? -1);
}

/** Findings of SQLite's own check of a file. */
export function integrityOf(path: string): unknown[] {
  const database = new DatabaseSync(path);
  const findings = database.prepare('PRAGMA integrity_check').all();
  database.close();
  return findings.map((row) => row['integrity_check']);
}
