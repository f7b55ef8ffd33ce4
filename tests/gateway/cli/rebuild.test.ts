import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeFileAtomic } from '#platform/files.ts';
import { openSqliteFiguresStore } from '#stores/sqlite-figures/store.ts';
import {
  answerFileOf,
  RebuildRequests,
  readRequestFile,
  requestFileOf,
} from '../../../gateway/figures/rebuild-requests.ts';
import { figuresAtWork } from '../../support/figures-at-work.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { DAY_MS, installation, meter, registry, task } from '../domain/site.ts';
import { FiguresWorld } from '../figures/figures-world.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';
import { centreBench } from './centre-bench.ts';

const newPath = scratchPaths();
const FREEZE = { ...task('freeze-day'), backfillDays: 0 };
let dataDir = '';
let world: FiguresWorld;

beforeAll(async () => {
  dataDir = newPath('data');
  const now = Date.now();
  const site = registry({
    tasks: [FREEZE],
    meters: [meter('m0', { collectedFrom: now - DAY_MS }), meter('m1', { collectedFrom: now - DAY_MS })],
    installations: [installation('m0'), installation('m1')],
  });
  world = await FiguresWorld.open(join(dataDir, 'centre'), site, now);
});

afterAll(() => world.close());

interface Told {
  readonly counts: unknown;
  readonly days: readonly { readonly date: string; readonly verdict: string; readonly meters: number }[];
}

test('without a figures process the command does it itself, and says what was kept otherwise', async () => {
  const run = async (...argv: string[]): Promise<readonly [number, Told]> => {
    const bench = centreBench();
    const code = await bench.run('rebuild', '--data-dir', dataDir, '--json', ...argv);
    return [code, JSON.parse(bench.out.join('')) as Told];
  };
  const [first, told] = await run('--check');
  expect([first, new Set(told.days.map(({ verdict }) => verdict))]).toEqual([1, new Set(['new'])]);
  expect((await run())[0]).toBe(0);
  expect(await run('--check')).toMatchObject([0, { counts: { identical: told.days.length, differs: 0, new: 0 } }]);
  const date = told.days[0]?.date ?? '';
  const figures = await openSqliteFiguresStore(join(dataDir, 'centre', 'figures.sqlite'));
  const [head] = (await figures.days(FREEZE.id)).slice(-1);
  if (!head) throw new Error('no day');
  const position = (await figures.position()) ?? 0;
  const chunk = {
    task: FREEZE.id,
    date,
    column: 'fact',
    chunk: 0,
    version: 99,
    bytes: new Uint8Array([0, 0]),
  } as const;
  const nothing = { findings: { of: [], found: [] }, areaDays: [] };
  await figures.checkpoint({ position, days: [{ ...head, version: 99 }], chunks: [chunk], ...nothing });
  await figures.close();
  const bench = centreBench();
  expect(await bench.run('rebuild', '--data-dir', dataDir)).toBe(0);
  expect(bench.out.join('\n')).toContain(`freeze-day ${date}: differed in 2 meters, made anew`);
  expect((await run('--check'))[0]).toBe(0);
});

test('without a registry it says what to do', async () => {
  const bench = centreBench();
  expect(await bench.run('rebuild', '--data-dir', newPath('empty'))).toBe(1);
  expect(bench.notes.join('\n')).toContain('no registry is stored; start the gateway');
});

test('the figures process takes a request and answers beside it', async () => {
  const { keeper } = figuresAtWork(world);
  const requests = new RebuildRequests({ dataDir, keeper, clock: world.clock, logger: quietLogger() });
  await requests.tick();
  expect(readRequestFile(answerFileOf(dataDir))).toBeNull();
  writeFileAtomic(requestFileOf(dataDir), JSON.stringify({ id: 'r1', check: true }));
  await requests.tick();
  expect(readRequestFile(requestFileOf(dataDir))).toBeNull();
  expect(readRequestFile(answerFileOf(dataDir))).toMatchObject({
    id: 'r1',
    state: 'done',
    left: 0,
    days: [{ verdict: 'identical' }, { verdict: 'identical' }],
  });
  const broken = { rebuild: () => Promise.reject(new Error('no disk')) };
  writeFileAtomic(requestFileOf(dataDir), JSON.stringify({ id: 'r2', check: true }));
  await new RebuildRequests({ dataDir, keeper: broken, clock: world.clock, logger: quietLogger() }).tick();
  expect(readRequestFile(answerFileOf(dataDir))).toMatchObject({ id: 'r2', state: 'failed', why: 'no disk' });
});
