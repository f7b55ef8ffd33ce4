import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import { checked, countedAnew, type Summary, summaryPath } from '../support/figures-verdict.ts';
import { randomFrom, testSeed } from '../support/random.ts';
import { simulatedNow } from '../support/simulated-time.ts';
import { eventually, isAlive, Program, Standalone } from '../support/standalone.ts';

const KILLS = Number(process.env['METERWAY_TEST_KILLS'] ?? 15);
const DATES = ['2026-11-20', '2026-11-19', '2026-11-18', '2026-11-17'];
/** A program that lived so long is started again at once by the supervisor. */
const STEADY_MS = 10_500;
const IDENTICAL = { identical: expect.any(Number), differs: 0, new: 0 };

const seed = testSeed();
const random = randomFrom(seed);
const env = simulatedNow('2026-11-20', '10:03:10');
let dataDir = '';
let figuresFile = '';
let running: Standalone | null = null;
let alone: Program | null = null;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const tell = (text: string): boolean => process.stdout.write(`${text}\n`);

beforeAll(() => {
  tell(`seed ${seed}; repeat with METERWAY_TEST_SEED=${seed}`);
  dataDir = mkdtempSync(join(tmpdir(), 'meterway-figures-'));
  figuresFile = join(dataDir, 'centre', 'figures.sqlite');
});
afterAll(async () => {
  await running?.clean();
  alone?.process.kill('SIGKILL');
  await alone?.ended;
  rmSync(dataDir, { recursive: true, force: true });
});

async function post(path: string, body: unknown, key: string): Promise<{ id: string }> {
  const authorization = `Bearer ${readFileSync(join(dataDir, 'admin-key'), 'utf8').trim()}`;
  const headers = { authorization, 'content-type': 'application/json', 'idempotency-key': key };
  const response = await fetch(`${running?.url}/api/v1${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  const text = await response.text();
  expect([response.status, text]).toEqual([202, expect.any(String)]);
  return JSON.parse(text) as { id: string };
}

/** Null while it does not run. Never 0, which would name the group of this process. */
function pidOfFigures(): number | null {
  if (!running?.program.isRunning) throw new Error(running?.program.output.slice(-3000));
  const pid = running.pids['figures'];
  return pid !== undefined && pid > 0 && isAlive(pid) ? pid : null;
}

/** The figures process without anybody else, on the data folder that the others have left. */
function startAlone(extra: Readonly<Record<string, string>> = {}): Program {
  alone = new Program(['gateway/figures/main.ts'], { ...env, METERWAY_DATA_DIR: dataDir, ...extra });
  return alone;
}

async function endAlone(): Promise<void> {
  alone?.process.kill('SIGTERM');
  expect(await alone?.ended).toEqual({ code: 0, signal: null });
  alone = null;
}

async function fromState<T>(use: (state: Awaited<ReturnType<typeof openSqliteStateStore>>) => Promise<T>): Promise<T> {
  const state = await openSqliteStateStore(join(dataDir, 'centre', 'state.sqlite'));
  try {
    return await use(state);
  } finally {
    await state.close();
  }
}

/** Runs the process alone on what is there, sees that everything is right in the end, and gives what it wrote. */
async function recovers(): Promise<string> {
  const program = startAlone();
  // Before it has the folder, the command below would do the work itself.
  await eventually('it has the data folder', 20_000, () => program.output.includes('are kept by this process'));
  await eventually('all days are as the stores say', 60_000, async () => {
    if (!program.isRunning) throw new Error(program.output);
    const found = await checked(dataDir, env);
    return typeof found === 'object' && found['differs'] === 0 && found['new'] === 0;
  });
  await endAlone();
  return program.output;
}

/** Without what is known of other days, and of what was reported: that is kept beside. */
function figuresOf(summary: Pick<Summary, 'total' | 'groups'> | null | undefined): object {
  return { total: summary?.total, groups: summary?.groups.map(({ key, figures }) => ({ key, figures })) };
}

const flip = (bytes: Buffer, at: number): void => {
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
};

describe('the figures process', () => {
  let batchHash = '';
  let waiting = '';

  it(`is killed ${KILLS} times while rows come in, is started again each time, and the figures are right`, async () => {
    running = await Standalone.start({ dataDir, env });
    const lives: number[] = [];
    let killed = 0;
    for (let kill = 1; kill <= KILLS; kill++) {
      const pid = await eventually('it runs', 60_000, () => {
        const now = pidOfFigures();
        return now !== killed && now;
      });
      const livesMs = Math.round(kill % 3 === 0 ? STEADY_MS + random() * 1000 : random() * 3000);
      lives.push(livesMs);
      await sleep(livesMs);
      process.kill(pid, 'SIGKILL');
      killed = pid;
    }
    await eventually('it runs again', 60_000, () => pidOfFigures() !== killed && pidOfFigures());
    tell(`killed after ${lives.join(', ')} ms`);
    const restarts = running.program.output.match(/figures was ended by SIGKILL; it is started again in/g) ?? [];
    expect(restarts).toHaveLength(KILLS);
    for (const date of DATES) {
      await eventually(`every freeze of ${date} has a value or a reason of its own`, 120_000, async () => {
        const summary = await running?.get<Summary>(summaryPath(date));
        if (!summary || summary.total.open > 0) return false;
        return summary.total.failedBy.every(({ reason }) => reason !== 'collector_offline');
      });
    }
    expect(await checked(dataDir, env)).toEqual(IDENTICAL);
    const anew = await countedAnew(dataDir, env, DATES);
    for (const [i, date] of DATES.entries()) {
      const summary = await running.get<Summary>(summaryPath(date));
      expect({ date, ...figuresOf(summary) }).toEqual({ date, ...figuresOf(anew[i]) });
      expect(summary?.total.due).toBeGreaterThan(100);
    }
  }, 400_000);

  it('makes a batch that was asked for, and takes one that is asked for while it hangs', async () => {
    const asked = { date: DATES[1] };
    const { id } = await post('/billing/batches', asked, 'undisturbed');
    batchHash = await eventually('the batch is ready', 30_000, async () => {
      const batch = await running?.get<{ state: string; sha256: string }>(`/billing/batches/${id}`);
      return batch?.state === 'ready' && batch.sha256;
    });
    process.kill(pidOfFigures() ?? Number.NaN, 'SIGSTOP');
    waiting = (await post('/billing/batches', asked, 'disturbed')).id;
    expect((await running?.stop())?.code).toBe(0);
    const { program } = running ?? {};
    running = null;
    expect(program?.output).not.toMatch(/^\s+at .*\.ts:/m);
  }, 60_000);

  it.each(['mid-billing-batch:1', 'mid-billing-batch:2'])(
    'dies at %s, and nothing of the batch is there',
    async (at) => {
      expect(await startAlone({ METERWAY_FAILPOINT: at }).ended).toEqual({ code: null, signal: 'SIGKILL' });
      const batch = await fromState((state) => state.batches.get(waiting));
      expect(batch).toMatchObject({ state: 'building', sha256: null });
    },
    30_000,
  );

  it('makes the batch that a killed process left, with the same hash as one that nobody disturbed', async () => {
    startAlone();
    const made = await eventually('the batch is ready', 30_000, async () => {
      const batch = await fromState((state) => state.batches.get(waiting));
      return batch?.state === 'ready' && batch;
    });
    expect(made.sha256).toBe(batchHash);
    await endAlone();
  }, 60_000);

  it('makes everything when its file is gone, also when it dies around its first checkpoints', async () => {
    rmSync(figuresFile);
    for (const at of ['before-figures-checkpoint:1', 'after-figures-checkpoint:1', 'before-figures-checkpoint:2']) {
      expect(await startAlone({ METERWAY_FAILPOINT: at }).ended).toEqual({ code: null, signal: 'SIGKILL' });
    }
    const output = await recovers();
    expect(output).toContain('the figures of a day are made from the stores');
    expect(output).not.toContain('is damaged');
  }, 120_000);

  it.each<[string, () => void]>([
    [
      'has changed bytes all over',
      () => {
        const bytes = readFileSync(figuresFile);
        for (let i = 0; i < 200; i++) flip(bytes, 4096 + Math.floor(random() * (bytes.length - 4096)));
        writeFileSync(figuresFile, bytes);
      },
    ],
    ['is cut short', () => truncateSync(figuresFile, Math.floor(readFileSync(figuresFile).length * 0.6))],
    ['is no database any more', () => writeFileSync(figuresFile, 'nonsense'.repeat(5000))],
  ])(
    'throws its file away and says so loudly when it %s',
    async (_what, damage) => {
      damage();
      const output = await recovers();
      expect(output).toContain('the file of the figures is damaged: it is thrown away and made anew');
      expect(output).not.toMatch(/^\s+at .*\.ts:/m);
    },
    120_000,
  );

  it('makes everything anew when the feed was forgotten before it was read', async () => {
    await fromState(async (state) => {
      const before = (await state.feed.range()).newest;
      const nothing = { outcomes: [], events: [], quarantine: [], baselines: [], marks: [] };
      for (let i = 0; i < 3; i++) await state.ledger.commit({ ...nothing, feed: { readings: [] } });
      const { newest } = await state.feed.range();
      expect(newest).toBeGreaterThan(before);
      await state.feed.forgetUpTo(newest - 1);
    });
    expect(await recovers()).toContain('the figures are made anew from the stores');
  }, 120_000);
});
