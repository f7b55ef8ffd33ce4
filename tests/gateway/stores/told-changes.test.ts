import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { scratchPaths } from './scratch-folder.ts';
import { AT, centreEvent, status } from './state-samples.ts';

const newPath = scratchPaths();
let path: string;
let state: StateStore;
beforeEach(async () => {
  path = newPath();
  state = await openSqliteStateStore(path);
});
afterEach(() => state.close());

const told = async () => (await state.events.after(0, 99)).map(({ type, subject }) => `${type} ${subject}`);

/** From now on the database refuses to write to a table. */
function refuse(table: string): void {
  const database = new DatabaseSync(path);
  for (const what of ['INSERT', 'UPDATE']) {
    database.exec(
      `CREATE TRIGGER no_${what} BEFORE ${what} ON ${table} BEGIN SELECT raise(ABORT, 'refused by the test'); END`,
    );
  }
  database.close();
}

const say = (online: boolean, receivedAt = AT) =>
  state.status.save({ district: 'D1', collector: 'c1', status: status({ online }), receivedAt });
const REPORT = { task: 'freeze-day', date: '2026-11-19', closedAt: AT, codes: ['x'], cells: new Uint8Array([0]) };
const closed = () => centreEvent({ type: 'collection.day-closed.v1', subject: REPORT.date });
const BATCH = {
  ...{ id: 'b1', district: null, period: null, date: '2026-11-20', task: 'freeze-day', slot: AT },
  ...{ askedBy: 'k1', idempotencyKey: null, createdAt: AT },
};
const READY = { state: 'ready', readyAt: AT + 7, rows: 2, sha256: 'ab' } as const;

describe('a change that is told', () => {
  test('a collector is told of when it comes and goes, not with every word, over restarts as well', async () => {
    await say(true);
    await say(true, AT + 1);
    await state.close();
    state = await openSqliteStateStore(path);
    await say(true, AT + 2);
    await say(false, AT + 3);
    await say(false, AT + 4);
    await say(true, AT + 5);
    expect(await told()).toEqual(['collector.online.v1 c1', 'collector.offline.v1 c1', 'collector.online.v1 c1']);
    const [, gone] = await state.events.after(0, 9);
    expect(gone).toMatchObject({ district: 'D1', at: AT + 3, committedAt: AT + 3, data: { collector: 'c1' } });
  });

  test('one that was never online has not gone', async () => {
    await say(false);
    expect(await told()).toEqual([]);
  });

  test('a day is told to be closed with its first report only', async () => {
    expect(await state.dayReports.add(REPORT, [closed()])).toBe(true);
    expect(await state.dayReports.add(REPORT, [closed()])).toBe(false);
    expect(await told()).toEqual(['collection.day-closed.v1 2026-11-19']);
  });

  test('a batch is told to be ready once, with what billing has to check it by', async () => {
    await state.batches.add(BATCH);
    await state.batches.update('b1', { state: 'building', progress: 0.5 });
    await state.batches.update('b1', READY);
    await state.batches.update('b1', READY);
    expect(await told()).toEqual(['billing.batch-ready.v1 b1']);
    const [ready] = await state.events.after(0, 9);
    const data = { batch: 'b1', period: null, date: '2026-11-20', task: 'freeze-day', rows: 2, sha256: 'ab' };
    expect(ready).toMatchObject({ at: AT + 7, district: null, data });
  });

  test('a batch that fails is not told to be ready', async () => {
    await state.batches.add(BATCH);
    await state.batches.update('b1', { state: 'failed', detail: 'no' });
    expect(await told()).toEqual([]);
  });

  test.each(['collector_status', 'day_report', 'billing_batch'])(
    'is not told when %s cannot be written',
    async (table) => {
      await state.batches.add(BATCH);
      refuse(table);
      const work: Record<string, () => Promise<unknown>> = {
        collector_status: () => say(true),
        day_report: () => state.dayReports.add(REPORT, [closed()]),
        billing_batch: () => state.batches.update('b1', READY),
      };
      await expect(work[table]?.()).rejects.toThrow();
      expect(await told()).toEqual([]);
    },
  );

  test('is not made when it cannot be told', async () => {
    await state.batches.add(BATCH);
    refuse('centre_event');
    await expect(say(true)).rejects.toThrow();
    await expect(state.dayReports.add(REPORT, [closed()])).rejects.toThrow();
    await expect(state.batches.update('b1', READY)).rejects.toThrow();
    expect(await state.status.all()).toEqual([]);
    expect(await state.dayReports.get('freeze-day', REPORT.date)).toBeNull();
    expect(await state.batches.get('b1')).toMatchObject({ state: 'requested' });
  });
});
