import { expect, test } from 'vitest';
import { keepOn } from '../../../gateway/figures/keep-on.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';

test('a step that fails is done again after a while, and the figures go on until they are told to stop', async () => {
  const clock = new ManualClock(0);
  const logger = quietLogger();
  const abort = new AbortController();
  const results = [true, new Error('store is busy'), true, false];
  let steps = 0;
  const step = async (): Promise<boolean> => {
    const result = results[steps++] ?? false;
    if (result instanceof Error) throw result;
    return result;
  };
  const took: number[] = [];
  const parts = { keeper: { step }, clock, logger, stepped: (ms: number) => void took.push(ms) };
  const ended = keepOn(parts, abort.signal);
  await clock.advance(300);
  expect(steps).toBe(2);
  expect(logger.lines.map(({ level }) => level)).toEqual(['warn']);
  await clock.advance(1000);
  expect([steps >= 4, took.length]).toEqual([true, 2]);
  abort.abort();
  await ended;
  expect(clock.waiting).toEqual([]);
});
