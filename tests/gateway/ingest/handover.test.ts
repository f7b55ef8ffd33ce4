import { describe, expect, it } from 'vitest';
import { Handover } from '../../../gateway/ingest/handover.ts';
import { settle } from '../../support/manual-clock.ts';

/** Whether a promise is settled by what was done so far. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await settle();
  return done;
}

describe('a handover between two steps', () => {
  it('gives out in order what waits, at most so many at a time', async () => {
    const handover = new Handover<number>(3);
    for (const item of [1, 2, 3]) handover.put(item);
    expect(await handover.take(2)).toEqual([1, 2]);
    expect(await handover.take(2)).toEqual([3]);
  });

  it('lets the giver wait while as much waits as may', async () => {
    const handover = new Handover<number>(2);
    handover.put(1);
    expect(await isDone(handover.room())).toBe(true);
    handover.put(2);
    const room = handover.room();
    expect(await isDone(room)).toBe(false);
    await handover.take(1);
    expect(await isDone(room)).toBe(true);
  });

  it('tells that something is wanted only while the taker waits', async () => {
    const handover = new Handover<number>(1);
    const wanted = handover.wanted();
    expect(await isDone(wanted)).toBe(false);
    const taking = handover.take(1);
    expect(await isDone(wanted)).toBe(true);
    handover.put(1);
    expect(await taking).toEqual([1]);
    expect(await isDone(handover.wanted())).toBe(false);
  });

  it('that is closed lets nobody wait, and what waits is still given out', async () => {
    const handover = new Handover<number>(1);
    handover.put(1);
    const waiting = [handover.room(), handover.wanted()];
    handover.close();
    expect(await isDone(Promise.all(waiting))).toBe(true);
    expect(await handover.take(1)).toEqual([1]);
    expect(await handover.take(1)).toEqual([]);
  });
});
