import { expect, it } from 'vitest';
import type { Task } from '#contract/tasks.ts';
import { DEFAULT_TASKS } from '#contract/tasks.ts';
import { AddressBook } from '../../../collector/lines/address-health.ts';
import { ReadError } from '../../../collector/lines/read-error.ts';
import { watched } from '../../../collector/lines/watched-reader.ts';
import type { Answer, MeterReader } from '../../../collector/protocols/meter-reader.ts';

const [task] = DEFAULT_TASKS as readonly [Task];
const meter = {
  id: 'm1',
  line: 'L',
  address: '1',
  model: 'dlt645-1ph',
  installedAt: 0,
  removedAt: null,
  collectedFrom: 0,
};
const answer: Answer = { meterTime: null, readAt: 5, values: new Map(), events: [] };
const extra = (): { leftAlone: boolean; missing: string[] } => ({ leftAlone: false, missing: [] });

it('a read is put down to its address, with its end', async () => {
  const book = new AddressBook();
  let fails: Error | null = null;
  const reader: MeterReader = {
    probe: async () => {},
    read: async () => {
      book.ended({ kind: fails ? 'timeout' : 'reply', replyMs: fails ? null : 3 });
      if (fails) throw fails;
      return answer;
    },
  };
  const seen = watched(reader, book, { now: () => 77 });
  expect(seen.readMany).toBeUndefined();
  await expect(seen.read(meter, task, 0)).resolves.toBe(answer);
  expect(book.status(5, extra)).toMatchObject([{ meter: 'm1', reason: null, lastGoodAt: 77, requests: 1, replies: 1 }]);
  fails = new ReadError('no_answer', 'timeout');
  await expect(seen.read(meter, task, 0)).rejects.toBe(fails);
  expect(book.status(5, extra)).toMatchObject([{ reason: 'no_answer', lastGoodAt: 77, requests: 2, timeouts: 1 }]);
  fails = new TypeError('BUG');
  await expect(seen.read(meter, task, 0)).rejects.toBe(fails);
  fails = null;
  await seen.probe(meter);
  expect(book.failing).toBe(0);
});

it('several slots at once go the same way where the reader can do that', async () => {
  const book = new AddressBook();
  const reader: MeterReader = {
    probe: async () => {},
    read: async () => answer,
    readMany: async (_meter, _task, slots) => new Map(slots.map((slot) => [slot, answer])),
  };
  const seen = watched(reader, book, { now: () => 1 });
  const found = await seen.readMany?.(meter, task, [1, 2]);
  expect([...(found?.keys() ?? [])]).toEqual([1, 2]);
  expect(book.count).toBe(1);
});
