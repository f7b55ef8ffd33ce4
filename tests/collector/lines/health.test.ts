import { Compile } from 'typebox/compile';
import { expect, it } from 'vitest';
import { LineStatus } from '#contract/status.ts';
import { LineHealth } from '../../../collector/lines/health.ts';

const counts = { requests: 5, replies: 3, timeouts: 1, damaged: 1, strays: 0 };
const schema = Compile(LineStatus);

function health() {
  const found = new LineHealth('L1', () => counts);
  return { found, status: () => found.status({ waiting: 7, breakersOpen: 2 }) };
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
