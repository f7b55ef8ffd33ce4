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

interface Found {
  readonly acknowledged: number;
  readonly code: string;
  readonly heldWhileFull: number;
  readonly held: [seq: number, n: number][];
  readonly sameEpoch: boolean;
  readonly nextSeq: number;
}

it.skipIf(!canMount)(
  'a full disk refuses an append and costs none that was acknowledged; with room it goes on where it was',
  async () => {
    const folder = scratch('disk');
    mkdirSync(folder, { recursive: true });
    const script =
      'mount -t tmpfs -o size=2m tmpfs "$1" && head -c 1000000 /dev/zero > "$1/ballast" && exec "$2" "$3" "$1/spool.db"';
    const { stdout } = await run('unshare', ['-rm', 'sh', '-c', script, 'sh', folder, process.execPath, WRITER]);
    const found = JSON.parse(stdout) as Found;
    expect(found.code).toMatch(/^store_(full|failed)$/);
    expect(found.acknowledged).toBeGreaterThan(20);
    expect(found.held).toEqual(Array.from({ length: found.acknowledged }, (_, i) => [i + 1, i + 1]));
    expect([found.acknowledged, -1]).toContain(found.heldWhileFull);
    expect(found.sameEpoch).toBe(true);
    expect(found.nextSeq).toBe(found.acknowledged + 1);
  },
);
