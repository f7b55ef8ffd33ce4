import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { MeterwayError, type Next } from '#platform/errors.ts';
import { failpoint } from '#platform/failpoint.ts';
import type { Month } from '../months.ts';
import type { PackReport } from './make-generation.ts';

export interface PackOptions {
  /** What DuckDB may hold in the child; it takes about as much again for code, threads and pages. */
  readonly memoryMb?: number;
  readonly threads?: number;
  /** Ends the child; what it began is a broken-off attempt. */
  readonly signal?: AbortSignal;
}

/** What the child says, last of all its report or its error. */
export type PackMessage =
  | { readonly kind: 'written' }
  | { readonly kind: 'report'; readonly report: PackReport }
  | { readonly kind: 'error'; readonly error: SentError };

export interface SentError {
  readonly message: string;
  readonly code: string;
  readonly next: Next;
  readonly context: MeterwayError['context'];
}

const PROGRAM = fileURLToPath(new URL('./pack-program.ts', import.meta.url));
/**
 * A chunk of rows is native memory, of which the engine does not know: it goes when the little object that stands for
 * it is collected, so that happens often.
 */
const FRUGAL = ['--max-semi-space-size=4'];
/** How much of what the child wrote to its error output stands in the error when it dies. */
const LAST_WORDS = 500;

/**
 * Makes the next generation of a month in a child process of low priority. Resolves when its manifest is on disk: then
 * the sealed file and the older generations may be deleted. Rejects with a MeterwayError, also when the child dies.
 */
export async function packMonth(folder: string, month: Month, options: PackOptions = {}): Promise<PackReport> {
  const { memoryMb = 512, threads = 2, signal } = options;
  signal?.throwIfAborted();
  const args = [folder, month, String(memoryMb), String(threads)];
  // Without the arguments of this process: with an inspector, the child would try to take its port.
  const child = fork(PROGRAM, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: FRUGAL });
  const stop = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await outcome(child, month, signal);
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
  }
}

async function outcome(child: ChildProcess, month: Month, signal: AbortSignal | undefined): Promise<PackReport> {
  let last: PackMessage | null = null;
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-LAST_WORDS);
  });
  child.on('message', (message: PackMessage) => {
    last = message;
    if (message.kind === 'written') failpoint('mid-archive');
  });
  const [code, killedBy] = (await once(child, 'close')) as [number | null, string | null];
  const message = last as PackMessage | null;
  if (message?.kind === 'report') return message.report;
  if (message?.kind === 'error') throw new MeterwayError(message.error.message, message.error);
  if (signal?.aborted) throw new MeterwayError(`cannot archive ${month}: stopped`, { code: 'archive_stopped' });
  const how = killedBy === null ? `ended with code ${code}` : `was killed by ${killedBy}`;
  throw new MeterwayError(`cannot archive ${month}: the packing process ${how} ${said}`.trim(), {
    code: 'archive_failed',
    next: 'retry',
  });
}
