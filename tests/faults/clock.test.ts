import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Chain } from '../support/chain.ts';
import { contentOf } from '../support/chain-content.ts';
import { replayLastDays } from '../support/chain-replay.ts';
import { expectSound, seconds, tell } from '../support/chain-verdict.ts';
import { FALSE_TIME_HERE, FalseTime } from '../support/false-time.ts';
import { eventually } from '../support/standalone.ts';

const HOUR_S = 3600;
const YEAR_S = 365 * 24 * HOUR_S;
const STAY_MS = 6000;

let chain: Chain | null = null;
afterEach(async () => {
  await chain?.clean();
  chain = null;
});

/** A chain one program of which has its time from a clock that the test sets. */
async function startWith(victim: 'c1' | 'gateway', load: { days: number; replyMs: number }, keepDays = 0) {
  const clocks: FalseTime[] = [];
  const running = await Chain.start({
    load,
    keepDays,
    arrange: ({ dataDir }) => {
      const clock = new FalseTime(join(dataDir, 'false-time'));
      clocks.push(clock);
      return { settingsOf: (name) => (name === victim ? clock.environment : {}) };
    },
  });
  chain = running;
  const [clock] = clocks;
  if (!clock) throw new Error('the chain was not given its clock');
  return { chain: running, clock };
}

/** The clock is right again: more is committed, and by the same process. */
async function recovers(of: Chain, what: string): Promise<void> {
  tell(`${what}; committing again after ${seconds(await of.progress(60_000))}`);
  expect((await of.books()).unbalanced).toEqual([]);
}

describe.skipIf(!FALSE_TIME_HERE)('the clock of a collector', () => {
  it('falls back by an hour and returns, and stands at 1970 when the collector starts', async () => {
    const { chain: running, clock } = await startWith('c1', { days: 4, replyMs: 20 });
    clock.set(-HOUR_S);
    await sleep(STAY_MS);
    clock.set(0);
    await recovers(running, 'an hour behind');

    await running.kill('c1');
    clock.set(-Date.now() / 1000 + 60);
    await running.start('c1');
    await eventually('the collector says that its clock is not set', 60_000, () =>
      running.process('c1').log.includes('the clock of this machine is not set'),
    );
    const before = await running.committed();
    await sleep(STAY_MS);
    tell(`${(await running.committed()) - before} records were committed in 1970`);
    clock.set(0);
    await recovers(running, 'in 1970 at the start');
    await expectSound(running, 180_000);
  }, 400_000);

  it('jumps an hour ahead and returns: what it read meanwhile bears the true time', async () => {
    const { chain: running, clock } = await startWith('c1', { days: 4, replyMs: 20 });
    const { pid } = running.process('c1');
    const before = await running.committed();
    clock.set(HOUR_S);
    await sleep(STAY_MS);
    tell(`${(await running.committed()) - before} records were committed while it was an hour ahead`);
    clock.set(0);
    tell(`an hour ahead; committing again after ${seconds(await running.progress(60_000))}`);
    expect(running.process('c1').pid).toBe(pid);
    await expectSound(running, 180_000);
  }, 400_000);
});

describe.skipIf(!FALSE_TIME_HERE)('the clock of the gateway', () => {
  it.each([
    ['an hour', HOUR_S],
    ['two years', 2 * YEAR_S],
  ])(
    'is %s ahead, also at a start: everything is taken and nothing is dropped',
    async (what, aheadS) => {
      const { chain: running, clock } = await startWith('gateway', { days: 4, replyMs: 16 });
      const until = running.now - 60_000;
      const before = await contentOf(running, until);
      clock.set(aheadS);
      await sleep(STAY_MS);
      await running.kill('gateway');
      await running.start('gateway');
      // The upkeep of months begins with the start.
      await running.progress(60_000);
      await sleep(STAY_MS);
      clock.set(0);
      await recovers(running, `${what} ahead`);
      expect((await contentOf(running, until)).rows).toBeGreaterThanOrEqual(before.rows);
      await expectSound(running, 180_000);
    },
    400_000,
  );

  it('falls back by an hour: what is set aside meanwhile comes back with a replay', async () => {
    const { chain: running, clock } = await startWith('gateway', { days: 4, replyMs: 16 }, 7);
    clock.set(-HOUR_S);
    await sleep(STAY_MS);
    clock.set(0);
    tell(`an hour behind; committing again after ${seconds(await running.progress(60_000))}`);
    tell(await replayLastDays(running, 7));
    await running.progress(60_000);
    await expectSound(running, 180_000, (entry) => entry.startsWith('future: '));
  }, 400_000);
});
