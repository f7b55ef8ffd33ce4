import { Compile } from 'typebox/compile';
import { expect, it } from 'vitest';
import { LineStatus } from '#contract/status.ts';
import { LineHealth } from '../../../collector/lines/health.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const counts = { requests: 5, replies: 3, timeouts: 1, damaged: 1, strays: 0 };
const schema = Compile(LineStatus);

const T0 = Date.parse('2026-11-20T00:00:00Z');
const meter = (no: number) => ({
  id: `m${no}`,
  line: 'L1',
  address: `${no}`,
  model: 'dlt645-1ph',
  installedAt: 0,
  removedAt: null,
  collectedFrom: 0,
});

function health(missing: (meter: string) => readonly string[] = () => []) {
  const clock = new ManualClock(T0);
  const found = new LineHealth('L1', () => counts, clock, missing);
  const facts = { waiting: 7, breakersOpen: 2, nextDueAt: T0 + 1000, leftAlone: (address: string) => address === '3' };
  return { found, clock, status: () => found.status(facts) };
}

it('a line that was not tried yet is idle, with nothing wrong', () => {
  const { status } = health();
  expect(status()).toEqual({
    id: 'L1',
    state: 'idle',
    reason: null,
    detail: '',
    lastGoodAt: null,
    ...counts,
    waiting: 7,
    breakersOpen: 2,
    replyMs: null,
    usePercent: 0,
    nextDueAt: T0 + 1000,
    addressesRead: 0,
    addressesFailing: 0,
    addresses: [],
  });
});

it('a line that is down has its reason until it is up again, and remembers when it was good', () => {
  const { found, status } = health();
  found.up();
  found.good(1234);
  found.down('concentrator_offline', 'connection refused');
  expect(status()).toMatchObject({
    state: 'down',
    reason: 'concentrator_offline',
    detail: 'connection refused',
    lastGoodAt: 1234,
  });
  found.up();
  expect(status()).toMatchObject({ state: 'up', reason: null, detail: '', lastGoodAt: 1234 });
});

it('whatever a system says of a failure fits into the status', () => {
  const { found, status } = health();
  found.down('line_down', 'x'.repeat(5000));
  expect(schema.Check(status())).toBe(true);
});

it('reply times are told by percentiles, right within a tenth and a bit', () => {
  const { found, status } = health();
  for (let ms = 1; ms <= 1000; ms++) found.exchanged({ kind: 'reply', replyMs: ms }, 0, 0);
  for (let i = 0; i < 50; i++) found.exchanged({ kind: 'timeout', replyMs: null }, 0, 0);
  const replyMs = status().replyMs;
  for (const [percentile, exact] of [
    [replyMs?.p50, 500],
    [replyMs?.p90, 900],
    [replyMs?.p99, 990],
  ] as const) {
    expect(percentile).toBeGreaterThanOrEqual(exact);
    expect(percentile).toBeLessThan(exact * 1.21);
  }
});

it('reply times follow a change, however long the line has run', () => {
  const { found, status } = health();
  for (let i = 0; i < 300_000; i++) found.exchanged({ kind: 'reply', replyMs: 10 }, 0, 0);
  expect(status().replyMs?.p50).toBeLessThan(13);
  for (let i = 0; i < 70_000; i++) found.exchanged({ kind: 'reply', replyMs: 400 }, 0, 0);
  expect(status().replyMs?.p50).toBeGreaterThan(399);
});

it('the use of a line is the part of the last minutes spent in exchanges', async () => {
  const { found, clock, status } = health();
  await clock.advance(30_000);
  found.exchanged({ kind: 'reply', replyMs: 5 }, 0, 15_000);
  expect(status().usePercent).toBe(50);
  await clock.advance(30_000);
  expect(status().usePercent).toBe(25);
  // Over the end of a minute.
  found.exchanged({ kind: 'timeout', replyMs: null }, 50_000, 70_000);
  await clock.advance(40_000);
  expect(status().usePercent).toBe(35);
  await clock.advance(600_000);
  expect(status().usePercent).toBe(0);
  found.exchanged({ kind: 'reply', replyMs: 5 }, 640_000, 700_000);
  expect(status().usePercent).toBeGreaterThan(15);
});

it('exchanges are put down to the address that is asked, the failing addresses are named first', () => {
  const { found, status } = health((id) => (id === 'm2' ? ['0201FF00: error 02'] : []));
  for (const no of [1, 2, 3]) {
    found.book.asking(meter(no));
    found.exchanged({ kind: 'reply', replyMs: 10 * no }, 0, 0);
    found.book.good(T0 + no);
  }
  found.book.asking(meter(3));
  found.exchanged({ kind: 'timeout', replyMs: null }, 0, 0);
  found.exchanged({ kind: 'damaged', replyMs: 7 }, 0, 0);
  found.book.failed('crc_error');
  const { addresses, addressesRead, addressesFailing } = status();
  expect({ addressesRead, addressesFailing }).toEqual({ addressesRead: 3, addressesFailing: 1 });
  expect(addresses?.map((each) => each.meter)).toEqual(['m3', 'm1', 'm2']);
  expect(addresses?.[0]).toMatchObject({
    address: '3',
    reason: 'crc_error',
    leftAlone: true,
    lastGoodAt: T0 + 3,
    requests: 3,
    replies: 1,
    timeouts: 1,
    damaged: 1,
  });
  expect(addresses?.[2]?.missing).toEqual(['0201FF00: error 02']);
  expect(schema.Check(status())).toBe(true);
});

it('a meter that was exchanged at its address begins anew', () => {
  const { found, status } = health();
  found.book.asking(meter(1));
  found.exchanged({ kind: 'timeout', replyMs: null }, 0, 0);
  found.book.failed('no_answer');
  found.book.asking({ ...meter(1), id: 'new' });
  found.exchanged({ kind: 'reply', replyMs: 5 }, 0, 0);
  expect(status().addresses).toMatchObject([{ meter: 'new', requests: 1, timeouts: 0, reason: null }]);
});

it('names only the worst of many addresses', () => {
  const { found, status } = health();
  for (let no = 1; no <= 100; no++) {
    found.book.asking(meter(no));
    found.exchanged({ kind: 'reply', replyMs: 5 }, 0, 0);
    if (no > 95) found.book.failed('device_error');
  }
  const { addresses } = status();
  expect(addresses).toHaveLength(10);
  expect(addresses?.filter(({ reason }) => reason !== null)).toHaveLength(5);
});
