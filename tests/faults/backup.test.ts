import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BackupOptions, makeBackup } from '../../gateway/backup/backup.ts';
import { restoreBackup } from '../../gateway/backup/restore.ts';
import { refuseUnfinishedRestore } from '../../gateway/backup/unfinished.ts';
import { verifyBackup } from '../../gateway/backup/verify.ts';
import { DataFolder, lastSeen, startWriter } from '../gateway/backup/data-folder.ts';
import { meterway } from '../gateway/cli/centre-bench.ts';
import { ManualClock } from '../support/manual-clock.ts';

const clock = new ManualClock(Date.parse('2026-11-22T07:43:50Z'));
const quiet = { signal: new AbortController().signal, onProgress: () => {} };

let folder: DataFolder;
beforeEach(async () => {
  folder = await DataFolder.make();
});
afterEach(() => folder.remove());

function options(): BackupOptions {
  const settings = { dataDir: folder.dataDir, readingStore: 'sqlite' as const, siteFile: '' };
  return { ...quiet, clock, settings, folder: folder.backups, link: false };
}

describe('a backup', () => {
  it('made while a gateway writes holds every reading that its state calls committed', async () => {
    const writer = await startWriter(folder);
    try {
      for (let round = 0; round < 3; round++) {
        const { path } = await makeBackup(options());
        const committed = lastSeen(join(path, 'centre/state.sqlite'));
        expect(committed).toBeGreaterThan(100_000);
        expect(lastSeen(join(path, 'centre/readings/2026-11.sqlite'))).toBeGreaterThanOrEqual(committed);
        await verifyBackup(path, quiet);
      }
    } finally {
      await writer.stop();
    }
  });

  it('killed in the middle leaves a .partial and nothing else, which the next one takes away', async () => {
    const argv = ['backup', folder.backups, '--data-dir', folder.dataDir];
    const killed = await meterway(argv, { METERWAY_SIMULATION: 'true', METERWAY_FAILPOINT: 'mid-backup:2' });
    expect(killed.signal).toBe('SIGKILL');
    const left = readdirSync(folder.backups).filter((name) => !name.startsWith('.lock'));
    expect(left).toEqual([expect.stringMatching(/^meterway-\d{8}T\d{6}Z\.partial$/)]);
    const refused = await meterway([
      'restore',
      join(folder.backups, left[0] ?? ''),
      '--data-dir',
      join(folder.root, 'x'),
    ]);
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('it was not completed') });
    const again = await meterway(argv);
    expect(again).toMatchObject({ code: 0, err: '' });
    const names = readdirSync(folder.backups).filter((name) => !name.startsWith('.lock'));
    expect(names).toEqual([expect.stringMatching(/Z$/)]);
  });
});

describe('a restore', () => {
  it('killed at any place keeps the old stores or has the new ones, refuses a start between, and ends when repeated', async () => {
    const { path: backup } = await makeBackup(options());
    folder.database('centre/readings/2026-12.sqlite', 5);
    const files =
      readdirSync(backup, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length - 1;
    // While files are copied, before the swap, and between its two renames.
    for (const kill of [2, files + 1, files + 2]) {
      const dataDir = join(folder.root, `killed-${kill}`);
      cpSync(folder.dataDir, dataDir, { recursive: true });
      const argv = ['restore', backup, '--replace', '--data-dir', dataDir];
      const failpoint = { METERWAY_SIMULATION: 'true', METERWAY_FAILPOINT: `mid-restore:${kill}` };
      expect((await meterway(argv, failpoint)).signal, `kill ${kill}`).toBe('SIGKILL');
      const aside = readdirSync(dataDir).find((name) => name.startsWith('centre.before-'));
      const old = aside ?? 'centre';
      expect(aside !== undefined).toBe(kill === files + 2);
      expect(lastSeen(join(dataDir, old, 'readings/2026-12.sqlite'))).toBe(5);
      expect(() => refuseUnfinishedRestore(dataDir)).toThrow(/was not finished; run meterway restore again/);
      const { movedAside } = await restoreBackup({ ...quiet, clock, backup, dataDir, replace: true });
      expect(movedAside.length).toBe(kill === files + 2 ? 0 : 1);
      expect(existsSync(join(dataDir, 'centre/readings/2026-12.sqlite'))).toBe(false);
      expect(lastSeen(join(dataDir, 'centre/readings/2026-11.sqlite'))).toBe(1000);
      expect(() => refuseUnfinishedRestore(dataDir)).not.toThrow();
    }
  }, 60_000);
});
