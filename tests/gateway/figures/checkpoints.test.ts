import { expect, it } from 'vitest';
import { type DayColumns, emptyDay } from '#domain/collection/day-columns.ts';
import { Checkpoints } from '../../../gateway/figures/checkpoints.ts';
import { ManualClock } from '../../support/manual-clock.ts';

type Parts = ConstructorParameters<typeof Checkpoints>[0];

it('what follows the days takes a fifth of the time at most, and nothing waits longer than ten seconds for it', async () => {
  const clock = new ManualClock(0);
  let takesMs = 200;
  let followed = 0;
  const day: DayColumns = emptyDay('freeze-day', '2026-11-20', 0, 1);
  const changes = [{ task: day.task, date: day.date, rows: new Set([0]) }];
  const shelf = { unsaved: () => ({ days: [], chunks: [] }), changes: () => changes, settle: () => {} };
  const parts = {
    ...{ clock, shelf, takers: [], state: { feed: { forgetUpTo: async () => {} } } },
    figures: { checkpoint: async () => {} },
    followers: [
      {
        follow: async () => {
          followed++;
          await clock.advance(takesMs);
          return {};
        },
      },
    ],
  };
  const checkpoints = new Checkpoints(parts as unknown as Parts);
  await checkpoints.saveIfDue(1, false);
  await clock.advance(999);
  await checkpoints.saveIfDue(2, false);
  expect(followed).toBe(1);
  await clock.advance(1);
  takesMs = 60_000;
  await checkpoints.saveIfDue(2, false);
  expect(followed).toBe(2);
  await clock.advance(9_999);
  await checkpoints.saveIfDue(3, false);
  expect(followed).toBe(2);
  await clock.advance(1);
  await checkpoints.saveIfDue(3, false);
  expect(followed).toBe(3);
});
