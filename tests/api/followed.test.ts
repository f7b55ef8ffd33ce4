import { beforeEach, expect, test } from 'vitest';
import { Followed, within } from '../../api/followed.ts';
import { ManualClock, settle } from '../support/manual-clock.ts';

let clock: ManualClock;
let looks: PromiseWithResolvers<number>[];
let followed: Followed<number>;
beforeEach(() => {
  clock = new ManualClock(0);
  looks = [];
  followed = new Followed({ clock, name: 'test', everyMs: 300 }, () => {
    const look = Promise.withResolvers<number>();
    looks.push(look);
    return look.promise;
  });
});

/** What is answered while time passes. */
async function asked() {
  let seen: Awaited<ReturnType<typeof followed.get>> | null = null;
  void followed.get().then((answer) => {
    seen = answer;
  });
  await settle();
  return { now: () => seen };
}

test('all who ask wait for one look, and nobody looks again before its time', async () => {
  const [one, two] = [await asked(), await asked()];
  expect([looks.length, one.now()]).toEqual([1, null]);
  looks[0]?.resolve(7);
  await settle();
  expect([one.now(), two.now()]).toEqual(Array(2).fill({ value: 7, state: 'ok', ageS: 0 }));
  await clock.advance(299);
  await asked();
  expect(looks).toHaveLength(1);
  await clock.advance(1);
  await asked();
  expect(looks).toHaveLength(2);
});

test('a look that takes long holds nobody up who can have the last value, and its age is told', async () => {
  const first = await asked();
  looks[0]?.resolve(7);
  await settle();
  expect(first.now()?.value).toBe(7);
  await clock.advance(6000);
  const later = await asked();
  await clock.advance(50);
  expect(later.now()).toEqual({ value: 7, state: 'stale', ageS: 6 });
  await clock.advance(60_000);
  const much = await asked();
  await clock.advance(50);
  expect(much.now()).toMatchObject({ value: 7, state: 'down' });
  looks[1]?.resolve(8);
  await settle();
  // What it brought is as old as its beginning: the next who asks has it looked at again.
  const last = await asked();
  expect(looks).toHaveLength(3);
  await clock.advance(50);
  expect(last.now()).toMatchObject({ value: 8, ageS: 60 });
});

test('a source that was never there is down, and is looked for again by the next who asks', async () => {
  const first = await asked();
  looks[0]?.reject(new Error('away'));
  await settle();
  expect(first.now()).toEqual({ value: null, state: 'down', ageS: null });
  const second = await asked();
  looks[1]?.resolve(1);
  await settle();
  expect(second.now()).toMatchObject({ value: 1, state: 'ok' });
  const hanging = new Followed<number>({ clock, name: 'test', everyMs: 1 }, () => new Promise(() => {}));
  let answer: unknown = null;
  void hanging.get().then((seen) => {
    answer = seen;
  });
  await clock.advance(2999);
  expect(answer).toBeNull();
  await clock.advance(1);
  expect(answer).toMatchObject({ value: null, state: 'down' });
});

test('within gives up in time, passes errors on, and leaves no timer', async () => {
  expect(await within(clock, 'read', 10, Promise.resolve(5))).toBe(5);
  await expect(within(clock, 'read', 10, Promise.reject(new Error('x')))).rejects.toThrow('x');
  expect(clock.waiting).toEqual([]);
  const late = within(clock, 'read', 10, new Promise(() => {}));
  await clock.advance(10);
  expect(await late).toBeNull();
});
