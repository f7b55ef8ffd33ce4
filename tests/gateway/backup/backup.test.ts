import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BackupOptions, makeBackup } from '../../../gateway/backup/backup.ts';
import { forgetOldBackups } from '../../../gateway/backup/kept-backups.ts';
import { readManifest } from '../../../gateway/backup/manifest.ts';
import { verifyBackup } from '../../../gateway/backup/verify.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { DataFolder, lastSeen } from './data-folder.ts';

const NOW = Date.parse('2026-11-22T07:43:50Z');

let folder: DataFolder;
beforeEach(async () => {
  folder = await DataFolder.make();
});
afterEach(() => folder.remove());

function options(more: Partial<BackupOptions> = {}): BackupOptions {
  return {
    settings: { dataDir: folder.dataDir, readingStore: 'sqlite', siteFile: '' },
    folder: folder.backups,
    link: false,
    clock: new ManualClock(NOW),
    signal: new AbortController().signal,
    onProgress: () => {},
    ...more,
  };
}

const quiet = { signal: new AbortController().signal, onProgress: () => {} };

describe('a backup', () => {
  it('holds stores, packed months and secrets, and no spool, and says up to where collectors are in it', async () => {
    const { path, manifest } = await makeBackup(options());
    expect(path).toBe(join(folder.backups, 'meterway-20261122T074350Z'));
    expect(manifest.files.map((file) => file.path)).toEqual([
      'centre/state.sqlite',
      'centre/readings/2026-08.1/manifest.json',
      'centre/readings/2026-08.1/readings-freeze-day.parquet',
      'centre/readings/2026-11.sqlite',
      'broker/credentials.json',
      'admin-key',
    ]);
    expect(manifest.marks).toEqual([{ collector: 'c1', epoch: 'e1', upTo: 7 }]);
    expect(readManifest(path)).toEqual(manifest);
    expect(lastSeen(join(path, 'centre/readings/2026-11.sqlite'))).toBe(1000);
    for (const file of manifest.files) expect(statSync(join(path, file.path)).mode & 0o077, file.path).toBe(0);
    await verifyBackup(path, quiet);
  });

  it('holds a site file that lies in the data folder, and not one that lies elsewhere', async () => {
    folder.file('site.yaml', 'name: x\n');
    const settings = { dataDir: folder.dataDir, readingStore: 'sqlite' as const };
    const within = await makeBackup(options({ settings: { ...settings, siteFile: folder.at('site.yaml') } }));
    expect(within.manifest.files.at(-1)?.path).toBe('site.yaml');
    const beyond = await makeBackup(options({ settings: { ...settings, siteFile: '/etc/hostname' } }));
    expect(beyond.manifest.files.at(-1)?.path).toBe('admin-key');
  });

  it('follows a month that is packed meanwhile to its new place', async () => {
    folder.database('centre/readings/2026-09.sealed.sqlite', 10);
    let isPacked = false;
    const { manifest, path } = await makeBackup(
      options({
        onProgress: (_done, _total, label) => {
          if (isPacked || !label.includes('2026-11')) return;
          isPacked = true;
          folder.file('centre/readings/2026-09.1/readings-profile.parquet', 'PAR1');
          folder.file('centre/readings/2026-09.1/manifest.json', '{}');
          rmSync(folder.at('centre/readings/2026-09.sealed.sqlite'));
        },
      }),
    );
    const packed = manifest.files.map((file) => file.path).filter((each) => each.includes('2026-09'));
    expect(packed.toSorted()).toEqual([
      'centre/readings/2026-09.1/manifest.json',
      'centre/readings/2026-09.1/readings-profile.parquet',
    ]);
    expect(existsSync(join(path, 'centre/readings/2026-09.sealed.sqlite'))).toBe(false);
  });

  it('leaves out a packed month that is still being written, and files that were set aside as damaged', async () => {
    folder.file('centre/readings/2026-09.1/readings-profile.parquet', 'half of i');
    folder.file('centre/readings/2026-10.damaged-1.sqlite', 'no database');
    const { manifest } = await makeBackup(options());
    expect(manifest.files.filter(({ path }) => /2026-(09|10)/.test(path))).toEqual([]);
  });

  it('of a damaged store is refused, and nothing is left of it', async () => {
    folder.file('centre/readings/2026-10.sqlite', 'this is no database '.repeat(500));
    await expect(makeBackup(options())).rejects.toThrow(/2026-10\.sqlite/);
    expect(readdirSync(folder.backups).filter((name) => name !== '.lock')).toEqual([]);
  });

  it('of a folder without stores is refused before anything is written', async () => {
    rmSync(folder.at('centre'), { recursive: true });
    await expect(makeBackup(options())).rejects.toThrow(/there is no centre\/state\.sqlite in it; see --data-dir/);
    expect(existsSync(folder.backups)).toBe(false);
  });

  it('with --link shares packed months with the one before, unless they have changed', async () => {
    const first = await makeBackup(options());
    const second = await makeBackup(options({ link: true }));
    const parquet = 'centre/readings/2026-08.1/readings-freeze-day.parquet';
    expect(statSync(join(second.path, parquet)).ino).toBe(statSync(join(first.path, parquet)).ino);
    expect(second.linkedBytes).toBeGreaterThan(0);
    folder.file(parquet, 'PAR1 , PAR1');
    const third = await makeBackup(options({ link: true }));
    expect(readFileSync(join(third.path, parquet), 'utf8')).toBe('PAR1 , PAR1');
    await verifyBackup(second.path, quiet);
    // A disk has changed the copy that would be shared.
    writeFileSync(join(third.path, parquet), 'PAR1 . PAR1');
    const fourth = await makeBackup(options({ link: true }));
    expect(readFileSync(join(fourth.path, parquet), 'utf8')).toBe('PAR1 , PAR1');
  });

  it('makes room for itself: all but the newest are deleted, and nothing that is no backup', async () => {
    for (const number of ['', '-2', '-10', '-11']) {
      const name = join(folder.backups, `meterway-20261122T074350Z${number}`);
      mkdirSync(name, { recursive: true });
      writeFileSync(join(name, 'manifest.json'), '{}');
    }
    mkdirSync(join(folder.backups, 'my-own-copy'));
    forgetOldBackups(folder.backups, 2);
    expect(readdirSync(folder.backups).toSorted()).toEqual([
      'meterway-20261122T074350Z-10',
      'meterway-20261122T074350Z-11',
      'my-own-copy',
    ]);
  });
});
