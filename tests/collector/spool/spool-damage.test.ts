import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { systemClock } from '#platform/clock.ts';
import type { SpoolRecord } from '../../../collector/spool/record.ts';
import { Spool } from '../../../collector/spool/spool.ts';
import { NO_LIMITS } from '../../../collector/spool/upkeep.ts';
import { scratchPaths } from '../../gateway/stores/scratch-folder.ts';
import { ZONE } from '../../support/plan.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { randomFrom, testSeed } from '../../support/random.ts';

const scratch = scratchPaths();
const PAGE_BYTES = 4096;
const RECORDS = 2000;

function record(n: number): SpoolRecord {
  return { stream: 'outcome', task: 't', columns: ['n', 'text'], row: [n, `${n} `.repeat(20)] };
}

function open(path: string, logger = quietLogger()): Promise<Spool> {
  const limits = { ...NO_LIMITS, keepMs: 86_400_000 };
  return Spool.open(path, { clock: systemClock(), commitMs: 1, logger, limits });
}

/** A closed file with records 1 to `RECORDS`, of which the first hundred are committed: a copy for each test. */
async function filled(): Promise<string> {
  original ??= await fill(scratch('spool.db'));
  const path = scratch('spool.db');
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(original, path);
  return path;
}

let original: string | null = null;

async function fill(path: string): Promise<string> {
  const spool = await open(path);
  await spool.append(
    Array.from({ length: RECORDS }, (_, i) => record(i + 1)),
    [{ task: 'p', meter: 'm1', date: '2026-11-20', bits: Uint8Array.of(5) }],
  );
  await spool.take([[1, 100]]);
  await spool.close();
  return path;
}

/** Everything that would be sent now, by the number that it bears. */
async function sent(spool: Spool): Promise<Map<number, unknown>> {
  const found = new Map<number, unknown>();
  for (let from = 1; ; ) {
    const next = await spool.unsent(from, Number.POSITIVE_INFINITY, 500);
    if (!next) return found;
    for (const { seq: _seq, ...each } of next.records) found.set(Number(each.row[0]), each);
    from = next.to + 1;
  }
}

/** Changes what the file says, as no program would. */
function change(path: string, sql: string): void {
  const file = new DatabaseSync(path);
  file.exec(sql);
  file.close();
}

function expectTrue(found: ReadonlyMap<number, unknown>, where: string): void {
  for (const [n, each] of found) expect(each, `${where}: record ${n}`).toEqual(record(n));
}

describe('a record that the disk has changed', () => {
  it('is set aside, counted and told, and the others go on without it', async () => {
    const path = await filled();
    change(
      path,
      `UPDATE record SET cells = replace(cells, '500', '501') WHERE seq = 500;
       UPDATE record SET at = 9223372036854775807 WHERE seq = 600;
       UPDATE record SET crc = NULL WHERE seq = 700;
       UPDATE record SET cells = 'no list', crc = 0 WHERE seq = 800`,
    );
    const logger = quietLogger();
    const spool = await open(path, logger);
    const found = await sent(spool);
    expectTrue(found, 'changed');
    expect([500, 501, 600, 700, 800].map((n) => found.has(n))).toEqual([false, true, false, false, false]);
    expect(await spool.size()).toMatchObject({ rows: RECORDS - 104, kept: 100, damaged: 4 });
    expect(logger.lines.every(({ message }) => message.includes('set aside'))).toBe(true);
    await spool.close();
    const file = new DatabaseSync(path, { readOnly: true });
    expect(
      file
        .prepare('SELECT seq FROM damaged ORDER BY seq')
        .all()
        .map(({ seq }) => seq),
    ).toEqual([500, 600, 700, 800]);
    file.close();
  });

  it('may be a mark of settled slots: that day is read again', async () => {
    const path = await filled();
    const before = await open(path);
    await before.progress(ZONE);
    await before.append([], [{ task: 'p', meter: 'm2', date: '2026-11-20', bits: Uint8Array.of(1) }]);
    await before.close();
    change(path, "UPDATE progress SET bits = x'07' WHERE meter = 'm2'");
    const spool = await open(path);
    expect((await spool.progress(ZONE)).map(({ meter }) => meter)).not.toContain('m2');
    await spool.close();
  });

  it('may be the state: a new epoch begins, and all that is held is sent', async () => {
    const path = await filled();
    const before = await open(path);
    const { epoch } = before;
    await before.close();
    change(path, "UPDATE meta SET value = replace(value, 'committed', 'committee') WHERE key = 'state'");
    const logger = quietLogger();
    const spool = await open(path, logger);
    expect(spool.epoch).not.toBe(epoch);
    expect((await sent(spool)).size).toBe(RECORDS);
    expect(logger.lines).toMatchObject([{ level: 'error' }]);
    await spool.append([record(RECORDS + 1)], []);
    expect(spool.lastSeq).toBe(RECORDS + 1);
    await spool.close();
  });
});

describe('a file with random bytes changed', () => {
  it('sends no record with other content, and every record that was not touched', async () => {
    const seed = testSeed();
    const random = randomFrom(seed);
    const before = readFileSync(await filled());
    for (let round = 0; round < 8; round++) {
      const bytes = Buffer.from(before);
      const touched = new Set<number>();
      const flips = 1 + Math.floor(random() * 4);
      for (let i = 0; i < flips; i++) {
        const place = Math.floor(random() * bytes.length);
        bytes[place] = (bytes[place] ?? 0) ^ (1 << Math.floor(random() * 8));
        touched.add(Math.floor(place / PAGE_BYTES));
      }
      const where = `seed ${seed}, round ${round}, pages ${[...touched]}`;
      const path = scratch('spool.db');
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
      const spool = await open(path);
      await spool.salvaged;
      const found = await sent(spool);
      expectTrue(found, where);
      // Page 1 and those that lead to others may cost more than what stands on them.
      const leads = [...touched].some((page) => !isLeafOfRecords(before, page));
      const missing = Array.from({ length: RECORDS - 100 }, (_, i) => i + 101).filter((n) => !found.has(n));
      const inReach = missing.filter((n) => [...touched].some((page) => standsOn(before, page, n)));
      if (!leads) expect(missing, where).toEqual(inReach);
      await spool.close();
    }
  }, 60_000);
});

/** Whether a page is a leaf of a table with text of records on it. SQLite file format, 1.6: 13 is a table leaf. */
function isLeafOfRecords(file: Buffer, page: number): boolean {
  const bytes = file.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
  return bytes[0] === 13 && bytes.includes('outcome');
}

function standsOn(file: Buffer, page: number, n: number): boolean {
  return file.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES).includes(`[${n},`);
}

describe('a file with whole pages turned into rubbish', () => {
  it('is set aside, and what can be read of it is sent in a new epoch; a restart in between loses nothing', async () => {
    const path = await filled();
    const bytes = readFileSync(path);
    const leaves = Array.from({ length: bytes.length / PAGE_BYTES }, (_, page) => page).filter((page) =>
      isLeafOfRecords(bytes, page),
    );
    const bad = [leaves[3], leaves[4], leaves[20]].filter((page) => page !== undefined);
    const gone = Array.from({ length: RECORDS }, (_, i) => i + 1).filter((n) =>
      bad.some((page) => standsOn(bytes, page, n)),
    );
    for (const page of bad) bytes.fill(0xa5, page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
    writeFileSync(path, bytes);
    const logger = quietLogger();
    // The next process does the same again from where the first one was.
    await (await open(path, logger)).close();
    const spool = await open(path, logger);
    await spool.salvaged;
    const found = await sent(spool);
    expectTrue(found, 'rubbish');
    const missing = Array.from({ length: RECORDS }, (_, i) => i + 1).filter((n) => !found.has(n));
    expect(missing).toEqual(gone);
    expect(gone.length).toBeGreaterThan(10);
    expect((await spool.size()).rows).toBe(RECORDS - gone.length);
    const told = logger.lines.map(({ level, message }) => `${level} ${message}`);
    expect(told).toEqual([
      expect.stringContaining('error the spool was damaged'),
      expect.stringMatching(new RegExp(`warn ${RECORDS - gone.length} records were saved .* 2 ranges`)),
    ]);
    await spool.close();
    const again = await open(path, logger);
    await again.salvaged;
    expect((await again.size()).rows).toBe(RECORDS - gone.length);
    await again.close();
  });
});

describe('a state that cannot be believed, in a file that an earlier program began', () => {
  it('begins a new epoch: the numbers that the earlier program gave are used up', async () => {
    const path = scratch('spool.db');
    const spool = await open(path);
    const { epoch } = spool;
    await spool.append([record(1), record(2), record(3)], []);
    await spool.close();
    change(
      path,
      `DELETE FROM record; INSERT INTO meta VALUES ('epoch', '${epoch}'), ('lastSeq', '1');
       UPDATE meta SET value = value || ' ' WHERE key = 'state'`,
    );
    const again = await open(path);
    expect(again.epoch).not.toBe(epoch);
    await again.close();
  });
});
