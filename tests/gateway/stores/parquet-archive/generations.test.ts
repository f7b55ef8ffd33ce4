import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { Generations, generationFolder, listGenerations } from '#stores/parquet-archive/generations.ts';
import { MANIFEST } from '#stores/parquet-archive/manifest.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { scratchPaths } from '../scratch-folder.ts';

const newPath = scratchPaths();
const MONTH = '2026-08';
let folder: string;
let clock: ManualClock;
let generations: Generations;
let listed: number;

beforeEach(() => {
  folder = newPath('readings');
  mkdirSync(folder, { recursive: true });
  clock = new ManualClock(0);
  listed = 0;
  generations = new Generations(
    folder,
    () => {},
    clock,
    (each) => {
      listed += 1;
      return listGenerations(each);
    },
  );
});

function begin(number: number, month = MONTH): string {
  const own = generationFolder(folder, month, number);
  mkdirSync(own);
  return own;
}

function finish(own: string, number: number, month = MONTH): void {
  const manifest = { format: 1, month, generation: number, madeAt: '', madeBy: '', tasks: [] };
  writeFileSync(join(own, `${MANIFEST}.new`), JSON.stringify(manifest));
  renameSync(join(own, `${MANIFEST}.new`), join(own, MANIFEST));
}

async function shown(): Promise<Record<string, number>> {
  return Object.fromEntries([...(await generations.now())].map(([month, { number }]) => [month, number]));
}

/** Looks until the listing is one that may be kept; the kernel's clock ticks once meanwhile. */
async function settled(): Promise<Record<string, number>> {
  await shown();
  await setTimeout(12);
  await clock.advance(100);
  return shown();
}

describe('the generations of an archive', () => {
  test('are listed once for the reads of a second while nothing comes or goes', async () => {
    finish(begin(1), 1);
    expect(await settled()).toEqual({ [MONTH]: 1 });
    const before = listed;
    for (let i = 0; i < 100; i++) expect(await shown()).toEqual({ [MONTH]: 1 });
    expect(listed).toBe(before);
    await clock.advance(1001);
    await shown();
    expect(listed).toBe(before + 1);
  });

  test('are seen the moment another process has finished one, however long its folder was there', async () => {
    finish(begin(1), 1);
    await settled();
    const own = begin(2);
    expect(await settled()).toEqual({ [MONTH]: 1 });
    finish(own, 2);
    expect(await shown()).toEqual({ [MONTH]: 2 });
    const first = begin(1, '2026-09');
    expect(await settled()).toEqual({ [MONTH]: 2 });
    finish(first, 1, '2026-09');
    expect(await shown()).toEqual({ [MONTH]: 2, '2026-09': 1 });
  });

  test('are not there any more the moment they were removed', async () => {
    finish(begin(1), 1);
    await settled();
    rmSync(generationFolder(folder, MONTH, 1), { recursive: true });
    expect(await shown()).toEqual({});
  });

  test('are listed each time while the folder has only just changed: its time of change may stay the same', async () => {
    finish(begin(1), 1);
    await shown();
    await clock.advance(40);
    await shown();
    const before = listed;
    await shown();
    expect(listed).toBe(before + 1);
  });

  test('are none, and no error, while there is no folder', async () => {
    rmSync(folder, { recursive: true });
    expect(await settled()).toEqual({});
    mkdirSync(folder);
    finish(begin(1), 1);
    expect(await shown()).toEqual({ [MONTH]: 1 });
  });
});
