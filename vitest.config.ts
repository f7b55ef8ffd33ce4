import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Code that Node has compiled once, so that the thread of each database that a test opens begins in half the time. */
const COMPILED = fileURLToPath(new URL('node_modules/.cache/meterway-tests', import.meta.url));

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/system/**', 'tests/faults/**', 'tests/interop/**'],
          testTimeout: 20_000,
          hookTimeout: 30_000,
          // What is polled for is mostly there at once, but on a busy machine a disk may take its time.
          expect: { poll: { timeout: 10_000 } },
          env: { NODE_COMPILE_CACHE: COMPILED },
          // Our modules keep no state of their own, so that files may share them: half the time goes into loading else.
          isolate: false,
          // Some tests wait for a disk or another process: one worker more than there are cores keeps all of them busy.
          maxWorkers: availableParallelism() + 1,
        },
      },
      {
        test: {
          name: 'system',
          include: ['tests/system/**/*.test.ts', 'tests/faults/**/*.test.ts', 'tests/interop/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
