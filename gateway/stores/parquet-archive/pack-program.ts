import { setPriority } from 'node:os';
import { systemClock } from '#platform/clock.ts';
import { MeterwayError, messageOf } from '#platform/errors.ts';
import { makeGeneration } from './make-generation.ts';
import type { PackMessage } from './pack.ts';

/** Child process of packMonth: `pack-program.ts FOLDER MONTH MEMORY_MB THREADS`. */
const NICE = 10;

// First of all, because threads take the priority of the one that starts them.
setPriority(NICE);
// Who asked for the archive is gone: nobody is left to tell, and the next one begins anew.
const orphaned = (): void => process.exit(1);
process.on('disconnect', orphaned);

const [folder = '', month = '', memoryMb, threads] = process.argv.slice(2);

function say(message: PackMessage): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, () => resolve());
  });
}

try {
  const report = await makeGeneration(folder, month, {
    memoryMb: Number(memoryMb),
    threads: Number(threads),
    clock: systemClock(),
    onWritten: () => say({ kind: 'written' }),
  });
  await say({ kind: 'report', report });
} catch (error) {
  const { code, next, context } = error instanceof MeterwayError ? error : unforeseen(error);
  await say({ kind: 'error', error: { message: messageOf(error), code, next, context } });
}
process.off('disconnect', orphaned);
process.disconnect();

function unforeseen(cause: unknown): MeterwayError {
  return new MeterwayError(messageOf(cause), { code: 'archive_failed', cause });
}
