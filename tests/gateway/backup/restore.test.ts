import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { holdLock } from '#platform/sqlite/lock.ts';
import { makeBackup } from '../../../gateway/backup/backup.ts';
import { restoreBackup } from '../../../gateway/backup/restore.ts';
import { refuseUnfinishedRestore } from '../../../gateway/backup/unfinished.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { meterway } from '../cli/centre-bench.ts';
import { DataFolder, lastSeen } from './data-folder.ts';

const NOW = Date.parse('2026-11-22T07:43:50Z');
const clock = new ManualClock(NOW);
const quiet = { clock, signal: new AbortController().signal, onProgress: () => {} };

let original: DataFolder;
let folder: DataFolder;
let backup = '';
beforeAll(async () => {
  original = await DataFolder.make();
  const settings = { dataDir: original.dataDir, readingStore: 'sqlite' as const, siteFile: '' };
  backup = (await makeBackup({ ...quiet, settings, folder: original.backups, link: false })).path;
});
afterAll(() => original.remove());
beforeEach(() => {
  folder = original.copy();
  backup = join(folder.backups, basename(backup));
});
afterEach(() => folder.remove());

const restored = (replace = false) => restoreBackup({ ...quiet, backup, dataDir: folder.dataDir, replace });

/** Everything in the data folder with its content. */
function contents(path = folder.dataDir): Record<string, string> {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    entries.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      return [file.slice(path.length + 1), readFileSync(file, 'latin1')];
    }),
  );
}

describe('a restore', () => {
  it('puts back what was lost, byte for byte, and leaves the spools of collectors alone', async () => {
    rmSync(folder.at('centre'), { recursive: true });
    rmSync(folder.at('admin-key'));
    const { movedAside } = await restored();
    expect(movedAside).toEqual([]);
    expect(lastSeen(folder.at('centre/readings/2026-11.sqlite'))).toBe(1000);
    expect(folder.read('admin-key')).toBe('mw_secret');
    expect(folder.read('collectors/c1/spool.sqlite')).toBe('the collector keeps this');
    const { 'manifest.json': _manifest, ...wanted } = contents(backup);
    expect(contents()).toMatchObject(wanted);
    expect(() => refuseUnfinishedRestore(folder.dataDir)).not.toThrow();
  });

  it('over stores that are there is refused, and with --replace moves them aside', async () => {
    folder.database('centre/readings/2026-12.sqlite', 5);
    folder.file('admin-key', 'mw_newer');
    const before = contents();
    await expect(restored()).rejects.toThrow(/centre, admin-key would be replaced; --replace moves/);
    expect(contents()).toMatchObject(before);
    const { movedAside } = await restored(true);
    expect(movedAside).toEqual([
      folder.at('admin-key.before-20261122T074350Z'),
      folder.at('centre.before-20261122T074350Z'),
    ]);
    expect(folder.read('admin-key.before-20261122T074350Z')).toBe('mw_newer');
    expect(lastSeen(folder.at('centre.before-20261122T074350Z/readings/2026-12.sqlite'))).toBe(5);
    expect(existsSync(folder.at('centre/readings/2026-12.sqlite'))).toBe(false);
  });

  it.each<[string, (path: string) => void, RegExp]>([
    [
      'a changed byte',
      (path) => flip(join(path, 'centre/readings/2026-11.sqlite')),
      /not what was written \(SHA-256\)/,
    ],
    ['a file cut short', (path) => truncateSync(join(path, 'centre/state.sqlite'), 4096), /has 4096 bytes instead of/],
    ['a missing file', (path) => rmSync(join(path, 'admin-key')), /missing in the backup/],
    ['a manifest that is no JSON', (path) => writeFileSync(join(path, 'manifest.json'), '{'), /it is no JSON/],
    ['no manifest', (path) => rmSync(join(path, 'manifest.json')), /name the folder of one backup/],
    ['a manifest that leads elsewhere', (path) => edit(path, 'admin-key', '../../admin-key'), /does not lie below/],
  ])('of a backup with %s is refused before anything is touched', async (_what, damage, message) => {
    damage(backup);
    const before = contents();
    await expect(restored(true)).rejects.toThrow(message);
    expect(contents()).toEqual(before);
  });

  it.each([
    ['centre/lock', 'a gateway is using it'],
    ['centre/figures.lock', 'a figures process is using it'],
    ['centre/anomalies.lock', 'an anomalies process is using it'],
    ['supervisor.lock', 'npm start is using it'],
  ])('is refused while %s is held: %s', async (lock, why) => {
    const release = holdLock(folder.at(lock), 'test');
    try {
      const argv = ['restore', backup, '--replace', '--data-dir', folder.dataDir];
      expect(await meterway(argv)).toMatchObject({ code: 1, err: expect.stringContaining(why) });
    } finally {
      release();
    }
    expect(readdirSync(folder.dataDir).filter((name) => name.includes('restoring'))).toEqual([]);
  });

  it('into a folder that does not exist makes it', async () => {
    const dataDir = join(folder.root, 'new', 'data');
    await restoreBackup({ ...quiet, backup, dataDir, replace: false });
    expect(lastSeen(join(dataDir, 'centre/readings/2026-11.sqlite'))).toBe(1000);
    mkdirSync(join(folder.root, 'empty'));
    const result = await meterway(['restore', backup, '--data-dir', join(folder.root, 'empty'), '--json']);
    expect(result.code).toBe(0);
    expect(JSON.parse(result.out)).toMatchObject({ files: 6, movedAside: [] });
  });
});

function flip(path: string): void {
  const bytes = readFileSync(path);
  const place = bytes.length - 100;
  bytes[place] = (bytes[place] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

function edit(path: string, from: string, to: string): void {
  const file = join(path, 'manifest.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace(`"path": "${from}"`, `"path": "${to}"`));
}
