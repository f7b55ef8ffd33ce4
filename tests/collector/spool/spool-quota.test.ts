import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TaskKind } from '#contract/tasks.ts';
import type { SpoolRecord } from '../../../collector/spool/record.ts';
import { Spool } from '../../../collector/spool/spool.ts';
import { type Limits, NO_LIMITS } from '../../../collector/spool/upkeep.ts';
import { scratchPaths } from '../../gateway/stores/scratch-folder.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';

const scratch = scratchPaths();
const START = 1_795_000_000_000;
const DAY_MS = 86_400_000;
/** Room for about this many of the records below; the newest 5,000 are never given up. */
const MAX_BYTES = 12_000 * 260;
const KINDS: Readonly<Record<string, TaskKind>> = { curve: 'profile', freeze: 'freeze-day' };

let clock: ManualClock;
let logger: ReturnType<typeof quietLogger>;
let path: string;
let spool: Spool;
beforeEach(async () => {
  clock = new ManualClock(START);
  logger = quietLogger();
  path = scratch('spool.db');
  spool = await open({ keepMs: 7 * DAY_MS, maxBytes: MAX_BYTES });
  spool.classifyBy((task) => KINDS[task] ?? null);
});
afterEach(() => spool.close());

function open(limits: Partial<Limits>): Promise<Spool> {
  return Spool.open(path, { clock, commitMs: 1, logger, limits: { ...NO_LIMITS, ...limits } });
}

type What = 'curve' | 'freeze' | 'unknown' | 'outcome' | 'event' | 'job';

function record(what: What, n: number): SpoolRecord {
  const stream = what === 'outcome' || what === 'event' ? what : 'reading';
  const base = { stream, columns: ['what', 'n', 'x'], row: [what, n, 'x'.repeat(200)] } as const;
  return what === 'job' ? { ...base, task: 'on-demand', job: 'j1' } : { ...base, task: what };
}

async function append(count: number, ...whats: What[]): Promise<void> {
  for (let n = 0; n < count; n += 500) {
    const records = Array.from({ length: Math.min(500, count - n) }, (_, i) =>
      record(whats[(n + i) % whats.length] ?? 'curve', n + i),
    );
    await spool.append(records, [], 'at once');
  }
}

async function held(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { row } of await spool.read(1, 100_000)) counts[String(row[0])] = (counts[String(row[0])] ?? 0) + 1;
  return counts;
}

describe('a spool whose quota is used up', () => {
  it('gives up committed records first, oldest first, and counts nothing as lost', async () => {
    await append(8000, 'freeze');
    await spool.take([[1, 8000]]);
    await append(8000, 'curve');
    const size = await spool.size();
    expect(size.rows).toBe(8000);
    expect(size.kept).toBeGreaterThan(0);
    expect(size.kept).toBeLessThan(8000);
    expect(size.bytes).toBeLessThan(MAX_BYTES * 1.1);
    expect(size.dropped.total).toBe(0);
    expect(await spool.oldest()).toBe(8001 - size.kept);
    expect(logger.lines).toEqual([]);
  });

  it('gives up curves before outcomes, events and freezes, oldest first, and counts and tells them', async () => {
    await append(10_200, 'freeze', 'event', 'outcome', 'curve', 'unknown', 'job');
    await append(5000, 'freeze');
    const { dropped, bytes, rows } = await spool.size();
    expect(dropped.curve).toBeGreaterThan(2500);
    expect(dropped.curve / 3400).toBeGreaterThanOrEqual(dropped.outcome / 1700);
    expect(dropped.outcome).toBeGreaterThanOrEqual(dropped.event);
    expect(dropped.freeze).toBe(0);
    expect(dropped.total).toBe(dropped.curve + dropped.outcome + dropped.event);
    expect(rows).toBe(15_200 - dropped.total);
    expect(bytes).toBeLessThan(MAX_BYTES * 1.1);
    const { curve = 0, job = 0, outcome = 0, event, freeze, unknown } = await held();
    expect([curve + job, outcome, event, freeze, unknown]).toEqual([
      3400 - dropped.curve,
      1700 - dropped.outcome,
      1700 - dropped.event,
      ...[6700, 1700],
    ]);
    const left = (await spool.read(1, 99_999)).filter(({ row }) => row[0] === 'curve').map(({ seq }) => seq);
    expect(Math.min(...left, 10_200)).toBeGreaterThan(5000);
    const told = logger.lines.filter(({ level }) => level === 'error');
    expect(told.map(({ message }) => message)).toEqual([expect.stringContaining('given up')]);
    await clock.advance(60_000);
    await append(3000, 'freeze');
    expect(logger.lines.filter(({ level }) => level === 'error')).toHaveLength(2);
    const { dropped: before } = await spool.size();
    expect(before.curve).toBe(3400);
    await spool.close();
    spool = await open({ maxBytes: MAX_BYTES });
    expect((await spool.size()).dropped).toEqual(before);
  });

  it('gives up freezes when nothing else is left, but never the newest', async () => {
    await append(20_000, 'freeze');
    const { dropped, rows } = await spool.size();
    expect(dropped.freeze).toBe(20_000 - rows);
    expect(rows).toBeGreaterThan(5000);
    await spool.close();
    spool = await open({ maxBytes: 8192 });
    spool.classifyBy(() => null);
    await spool.upkeep();
    expect((await spool.size()).rows).toBe(5000);
  });

  it('gives up nothing that waits while no plan says what is what', async () => {
    await spool.close();
    spool = await open({ maxBytes: MAX_BYTES });
    await append(16_000, 'curve');
    expect((await spool.size()).rows).toBe(16_000);
    spool.classifyBy((task) => KINDS[task] ?? null);
    await spool.upkeep();
    expect((await spool.size()).dropped.curve).toBeGreaterThan(3000);
  });

  it('leaves holes that the next envelope accounts for, and at the beginning none that it claims to have', async () => {
    await append(1000, 'curve');
    await append(1, 'freeze');
    await append(18_000, 'curve');
    const first = await spool.unsent(1, Number.POSITIVE_INFINITY, 500);
    expect(first).toMatchObject({ from: 1001, oldest: 1001 });
    expect(first?.records[0]?.seq).toBe(1001);
    expect(first?.records[1]?.seq).toBeGreaterThan(3000);
    expect(first?.to).toBe(first?.records.at(-1)?.seq);
  });
});

describe('records that wait too long', () => {
  it('are given up and counted, freezes excepted', async () => {
    await spool.close();
    spool = await open({ maxAgeMs: 10 * DAY_MS });
    spool.classifyBy((task) => KINDS[task] ?? null);
    await append(600, 'freeze', 'curve', 'outcome');
    await clock.advance(5 * DAY_MS);
    await append(6000, 'curve');
    await clock.advance(5 * DAY_MS + 1);
    await spool.upkeep();
    const { dropped } = await spool.size();
    expect(dropped).toEqual({ curve: 200, outcome: 200, event: 0, freeze: 0, total: 400 });
    expect(await held()).toEqual({ freeze: 200, curve: 6000 });
  });
});
