import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { scratchPaths } from '../../gateway/stores/scratch-folder.ts';

const scratch = scratchPaths();
const run = promisify(execFile);
const WRITER = fileURLToPath(new URL('./full-disk-writer.ts', import.meta.url));

/** A small disk of its own needs a mount namespace, which not every machine gives to every user. */
const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
const isContinuousIntegration = process.env['CI'] === 'true';
if (!canMount) process.stderr.write('NOT TESTED: the full disk; this machine does not let `unshare -rm` mount one\n');

interface Found {
  readonly taken: number;
  readonly refilled: number;
  readonly code: string;
  readonly heldWhileFull: number;
  readonly committed: number;
  readonly removed: number;
  readonly held: [seq: number, n: number][];
  readonly sameEpoch: boolean;
  readonly said: string[];
}

it.skipIf(!canMount && !isContinuousIntegration)(
  'a full disk costs no result that was acknowledged, takes deletions, and then goes on where it was',
  async () => {
    const folder = scratch('disk');
    mkdirSync(folder, { recursive: true });
    const script = 'mount -t tmpfs -o size=4m tmpfs "$1" && exec "$2" "$3" "$1/spool.db"';
    const { stdout } = await run('unshare', ['-rm', 'sh', '-c', script, 'sh', folder, process.execPath, WRITER]);
    const found = JSON.parse(stdout) as Found;
    expect(found.code).toBe('store_full');
    expect(found.taken).toBeGreaterThan(20);
    expect(found.heldWhileFull).toBe(found.taken);
    expect(found.sameEpoch).toBe(true);
    expect(found.removed).toBe(found.committed);
    const last = found.refilled + 1;
    expect(found.held).toEqual(
      Array.from({ length: last - found.committed }, (_, i) => [found.committed + 1 + i, found.committed + 1 + i]),
    );
    expect(found.said).toEqual(['warn', 'info']);
  },
  60_000,
);
