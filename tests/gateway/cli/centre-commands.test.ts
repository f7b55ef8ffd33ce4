import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CENTRE_COMMANDS, centreCommandLine } from '#contract/centre-commands.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import { loadSite } from '../../../gateway/registry/site-file.ts';
import { DataFolder } from '../backup/data-folder.ts';
import { centreBench } from './centre-bench.ts';

let folder: DataFolder;
beforeAll(async () => {
  folder = await DataFolder.make();
  const state = await openSqliteStateStore(folder.at('centre/state.sqlite'));
  await state.registry.replace(loadSite('gateway/site.example.yaml', 0));
  await state.close();
});
afterAll(() => folder.remove());

const at = () => ['--data-dir', folder.dataDir];

describe('the commands of the centre', () => {
  it.each([
    [['store'], /Usage: meterway store/],
    [['store', 'chekc'], /Did you mean check/],
    [['restore'], /missing required argument 'backup'/],
    [['restore', '/nowhere'], /there is no manifest\.json; name the folder of one backup/],
    [['backup', '/tmp/x', '--keep', 'all'], /cannot use --keep all: a whole number from 1/],
    [['replay'], /exactly one of --days N and --since TIME/],
    [['replay', '--days', '1', '--since', '2026-11-20'], /exactly one of --days N and --since TIME/],
    [['replay', '--days', '0'], /cannot use --days 0: a whole number from 1/],
    [
      ['replay', '--since', 'yesterday'],
      /cannot use --since yesterday: a time in the past is wanted, such as 2026-11-20/,
    ],
    [['replay', '--since', '2999-01-01'], /a time in the past is wanted/],
    [['replay', '--days', '1', '--collector', 'c99'], /cannot find collector c99: there are \w+/],
    [['doctor', '--fast'], /unknown option '--fast'/],
  ])('%j ends with 2 and says what would be right: %s', async (argv, text) => {
    const { run, out, notes } = centreBench();
    expect(await run(...argv, ...(argv.length > 1 && argv[1] !== 'chekc' ? at() : []))).toBe(2);
    expect(notes.join('\n')).toMatch(text);
    expect(out).toEqual([]);
  });

  it('end with 2 when a setting cannot be used, and name it', async () => {
    for (const argv of [['backup'], ['store', 'init'], ['replay', '--days', '1']]) {
      const { run, notes } = centreBench({ METERWAY_READING_STORE: 'oracle' });
      expect(await run(...argv)).toBe(2);
      expect(notes.join('\n')).toMatch(/METERWAY_READING_STORE: 'oracle' cannot be used/);
    }
  });

  it.each([
    ['store'],
    ['store', 'init'],
    ['store', 'check'],
    ['store', 'pack'],
    ['backup'],
    ['restore'],
    ['replay'],
    ['doctor'],
  ])('%s %s --help has examples and exit codes', async (...argv) => {
    const { run, out } = centreBench();
    expect(await run(...argv.filter((word) => word !== undefined), '--help')).toBe(0);
    expect(out.join('\n')).toMatch(/Examples:[\s\S]*Exit codes: 0 /);
  });

  it('are told from those of the field by their first word, and so is help on them', () => {
    for (const { name } of CENTRE_COMMANDS) {
      expect(centreCommandLine([name, '--json'])).toEqual([name, '--json']);
      expect(centreCommandLine(['help', name])).toEqual([name, '--help']);
    }
    for (const argv of [[], ['--help'], ['help'], ['help', 'read'], ['read'], ['check', 'store']]) {
      expect(centreCommandLine(argv)).toBe(null);
    }
  });
});

describe('meterway store', () => {
  it('init says that the embedded store needs nothing, and where it is', async () => {
    const { run, out } = centreBench();
    expect(await run('store', 'init', ...at())).toBe(0);
    expect(out.join('\n')).toContain(
      `nothing is needed: the gateway makes the files of the embedded store in ${folder.at('centre/readings')}`,
    );
  });

  it('check reads every store and finds the damaged one', async () => {
    const { run, out } = centreBench();
    expect(await run('store', 'check', ...at(), '--json')).toBe(1);
    const { findings } = JSON.parse(out.join('')) as { findings: { ok: boolean; what: string }[] };
    expect(findings.filter(({ ok }) => ok).map(({ what }) => what)).toEqual([
      'centre/state.sqlite',
      'centre/readings/2026-11.sqlite',
    ]);
    // The manifest of the packed month in this folder is empty.
    expect(findings.filter(({ ok }) => !ok)).toMatchObject([
      { what: expect.stringContaining('2026-08.1/manifest.json') },
    ]);
  });

  it('check of a folder without stores finds that', async () => {
    const { run, out } = centreBench();
    expect(await run('store', 'check', '--data-dir', join(folder.root, 'nothing'))).toBe(1);
    expect(out.join('\n')).toMatch(/^fault {2}there are no stores in .*nothing: name the data folder with --data-dir$/);
  });
});

describe('meterway backup and restore', () => {
  it('tell what they did and what comes next, in words and as JSON', async () => {
    const backup = centreBench();
    expect(await backup.run('backup', folder.backups, ...at(), '--json')).toBe(0);
    const made = JSON.parse(backup.out.join('')) as { path: string };
    expect(made).toMatchObject({
      files: 6,
      readingStore: 'sqlite',
      marks: [{ collector: 'c1', upTo: 7 }],
      removed: [],
    });
    const restore = centreBench();
    const dataDir = join(folder.root, 'restored');
    expect(await restore.run('restore', made.path, '--data-dir', dataDir)).toBe(0);
    expect(restore.out.join('\n')).toMatch(
      /the centre is as it was at 20.*\nwhat comes next:\n {2}- .*start the gateway/s,
    );
    expect(existsSync(join(dataDir, 'centre', 'state.sqlite'))).toBe(true);
    const again = centreBench();
    expect(await again.run('restore', made.path, '--data-dir', dataDir)).toBe(1);
    expect(again.notes.join('\n')).toMatch(/--replace moves what is there aside/);
  });

  it('without a folder, backups lie in the data folder and --keep deletes the older ones', async () => {
    for (let i = 0; i < 2; i++) {
      const { run, out } = centreBench();
      expect(await run('backup', ...at(), '--keep', '1')).toBe(0);
      expect(out.join('\n')).toMatch(/meterway-\d{8}T\d{6}Z\S*: 6 files, 1 MB/);
    }
    expect(readdirSync(folder.at('backups')).filter((name) => name.startsWith('meterway-'))).toHaveLength(1);
  });

  it('say in plain words that readings in InfluxDB are not in it', async () => {
    const { run, notes } = centreBench({ METERWAY_READING_STORE: 'influx' });
    expect(await run('backup', folder.backups, ...at())).toBe(0);
    expect(notes.join('\n')).toMatch(/in InfluxDB and NOT in this backup: .*influx backup FOLDER; .*meterway replay/);
  });
});

describe('meterway replay', () => {
  it('asks the collectors of the registry and, with --no-wait, leaves it at that', async () => {
    const { run, out } = centreBench();
    expect(await run('replay', '--since', '2026-11-20 14:00', '--no-wait', ...at(), '--json')).toBe(0);
    const told = JSON.parse(out.join('')) as { since: number; requests: { collector: string; takenAt: null }[] };
    expect(new Date(told.since).toISOString()).toBe('2026-11-20T06:00:00.000Z');
    const state = await openSqliteStateStore(folder.at('centre/state.sqlite'), { readOnly: true });
    try {
      const collectors = (await state.registry.load())?.collectors.map(({ id }) => id);
      expect(told.requests.map(({ collector }) => collector)).toEqual(collectors);
      expect((await state.replays.open()).map(({ since }) => since)).toEqual(told.requests.map(() => told.since));
    } finally {
      await state.close();
    }
  });

  it('shows who has begun, and ends when all have', async () => {
    const { run, out } = centreBench();
    const running = run('replay', '--since', '2026-11-20T06:00:00Z', ...at());
    const state = await openSqliteStateStore(folder.at('centre/state.sqlite'));
    try {
      // As the dispatch does when a collector has answered.
      let isOver = false;
      const ended = running.then(() => {
        isOver = true;
      });
      while (!isOver) {
        for (const { id } of await state.replays.open()) await state.replays.taken(id, 1, 42);
        await Promise.race([ended, new Promise((resolve) => setImmediate(resolve))]);
      }
    } finally {
      await state.close();
    }
    expect(await running).toBe(0);
    expect(out.join('\n')).toMatch(/^asked .* for everything since 2026-11-20T14:00.*\n\S+ sends 42 results again$/s);
  });

  it('ends with 1 at Ctrl-C and says that the request stays; says what is too old for the collectors', async () => {
    const { run, notes, stop } = centreBench();
    const running = run('replay', '--days', '30', ...at());
    await expect.poll(() => notes.join('\n')).toMatch(/keep what is committed for 7 days/);
    stop();
    expect(await running).toBe(1);
    expect(notes.join('\n')).toMatch(/will begin when connected; the request stays/);
  });

  it('of a data folder without a registry says so', async () => {
    writeFileSync(join(folder.root, 'x'), '');
    const { run, notes } = centreBench();
    expect(await run('replay', '--days', '1', '--data-dir', join(folder.root, 'nothing'))).toBe(1);
    expect(notes.join('\n')).toMatch(/cannot replay: no registry is stored; start the gateway, or see --data-dir/);
  });
});
