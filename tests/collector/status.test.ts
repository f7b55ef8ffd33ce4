import { Compile } from 'typebox/compile';
import { expect, it } from 'vitest';
import { CollectorStatus, type LineStatus } from '#contract/status.ts';
import { Spool } from '../../collector/spool/spool.ts';
import { NO_WORK, newIdentity, statusOf } from '../../collector/status.ts';
import { scratchPaths } from '../gateway/stores/scratch-folder.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { at } from '../support/plan.ts';
import { quietLogger } from '../support/quiet-logger.ts';

const scratch = scratchPaths();
const schema = Compile(CollectorStatus);
const NOW = at('2026-11-20', '10:00:00');
const LINE: LineStatus = {
  id: 'L1',
  state: 'up',
  reason: null,
  detail: '',
  lastGoodAt: NOW,
  requests: 1,
  replies: 1,
  timeouts: 0,
  damaged: 0,
  strays: 0,
  breakersOpen: 0,
  waiting: 0,
};

it('each process has an instance of its own and says since when it runs', () => {
  const clock = new ManualClock(NOW);
  const [one, other] = [newIdentity(clock, '1.2.3'), newIdentity(clock, '1.2.3')];
  expect(one).toMatchObject({ startedAt: NOW, version: '1.2.3' });
  expect(one.instance).not.toBe(other.instance);
});

it('a status tells of the spool and balances: due = answered + failed + open', async () => {
  const clock = new ManualClock(NOW);
  const identity = newIdentity(clock, '1.2.3');
  const spool = await Spool.open(scratch('spool.db'), { clock, commitMs: 5, logger: quietLogger() });
  const before = await statusOf(identity, spool, clock, false, NO_WORK);
  expect(schema.Check(before)).toBe(true);
  expect(before).toMatchObject({ online: false, planVersion: null, spool: { rows: 0, oldestAt: null, lastSeq: 0 } });

  const row = { stream: 'outcome', task: 't', columns: ['meter'], row: ['m1'] } as const;
  const appended = spool.append([row, row], []);
  await clock.advance(1000);
  await appended;
  await clock.advance(60_000);
  const work = { planVersion: 'p1', planRefused: null, answered: 5, failed: 2, open: 4, lines: [LINE] };
  const after = await statusOf(identity, spool, clock, true, work);
  expect(schema.Check(after)).toBe(true);
  expect(after).toMatchObject({
    online: true,
    instance: identity.instance,
    startedAt: NOW,
    at: NOW + 61_000,
    epoch: spool.epoch,
    planVersion: 'p1',
    spool: { rows: 2, lastSeq: 2, oldestAt: NOW + 5 },
    ledger: { due: 11, answered: 5, failed: 2, open: 4 },
    lines: [LINE],
  });
  expect(after.spool.bytes).toBeGreaterThan(0);
  await spool.close();
});

it('a status tells of the failing addresses first and stays small', async () => {
  const clock = new ManualClock(NOW);
  const spool = await Spool.open(scratch('spool.db'), { clock, commitMs: 5, logger: quietLogger() });
  const address = (no: number) => ({
    meter: `m${no}`,
    address: `${no}`,
    reason: null,
    leftAlone: false,
    lastGoodAt: NOW,
    requests: 1,
    replies: 1,
    timeouts: 0,
    damaged: 0,
    replyMs: null,
    missing: [],
  });
  const lines = Array.from({ length: 1000 }, (_, i) => ({
    ...LINE,
    id: `L${i}`,
    addressesFailing: i === 999 ? 10 : 0,
    addresses: Array.from({ length: 10 }, (_each, k) => address(k)),
  }));
  const work = {
    planVersion: 'p1',
    planRefused: { version: 'p2', why: 'x'.repeat(9999) },
    answered: 0,
    failed: 0,
    open: 0,
    lines,
  };
  const found = await statusOf(newIdentity(clock, '1'), spool, clock, true, work);
  expect(schema.Check(found)).toBe(true);
  expect(found.lines.map((line) => line.id)).toEqual(lines.map((line) => line.id));
  expect(found.lines[999]?.addresses).toHaveLength(10);
  expect(found.lines.reduce((sum, line) => sum + (line.addresses?.length ?? 0), 0)).toBe(200);
  expect(JSON.stringify(found).length).toBeLessThan(600_000);
  await spool.close();
});

it('a status never grows beyond what the broker of the centre takes, however bad it looks', async () => {
  const clock = new ManualClock(NOW);
  const spool = await Spool.open(scratch('spool.db'), { clock, commitMs: 5, logger: quietLogger() });
  const refusal = `0201FF00: ${'错'.repeat(100)}`;
  const linesOf = (count: number): LineStatus[] =>
    Array.from({ length: count }, (_, i) => ({
      ...LINE,
      id: `line-with-a-long-name-${i}`,
      state: 'down',
      reason: 'line_down',
      detail: '错'.repeat(300),
      replyMs: { p50: 123.4, p90: 123.4, p99: 123.4 },
      usePercent: 12.3,
      nextDueAt: NOW,
      addressesRead: 100,
      addressesFailing: i,
      addresses: Array.from({ length: 10 }, (_each, k) => ({
        meter: `meter-with-a-long-name-${k}`,
        address: '002301000017',
        reason: 'no_answer',
        leftAlone: true,
        lastGoodAt: NOW,
        requests: 123_456,
        replies: 123_456,
        timeouts: 1,
        damaged: 1,
        replyMs: null,
        missing: Array.from({ length: 20 }, () => refusal),
      })),
    }));
  for (const count of [20, 300, 1000, 3000]) {
    const lines = linesOf(count);
    const work = { planVersion: 'p1', planRefused: null, answered: 0, failed: 0, open: 0, lines };
    const found = await statusOf(newIdentity(clock, '1'), spool, clock, true, work);
    expect(schema.Check(found)).toBe(true);
    expect(found.lines.map(({ id }) => id)).toEqual(lines.map(({ id }) => id));
    expect(Buffer.byteLength(JSON.stringify(found))).toBeLessThan(1024 * 1024);
    const told = found.lines.findLast(({ addresses }) => addresses && addresses.length > 0);
    if (count <= 300) expect(told?.id).toBe(lines.at(-1)?.id);
  }
  await spool.close();
});
