import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Failpoint } from '#platform/failpoint.ts';
import { Chain } from '../support/chain.ts';
import { expectSound, seconds, tell } from '../support/chain-verdict.ts';
import { randomFrom, testSeed } from '../support/random.ts';

const OF_COLLECTOR: readonly Failpoint[] = [
  'before-spool-commit',
  'after-spool-commit',
  'after-publish',
  'before-ack-take',
  'after-ack-take',
];
const OF_GATEWAY: readonly Failpoint[] = [
  'after-receive',
  'before-commit',
  'after-readings-write',
  'after-watch',
  'after-commit',
  'after-ack-publish',
];
const PLACES = [
  ...OF_COLLECTOR.map((place) => ({ place, victim: 'c1' })),
  ...OF_GATEWAY.map((place) => ({ place, victim: 'gateway' })),
];

const seed = testSeed();
const random = randomFrom(seed);
const CASES = PLACES.flatMap((each) => [
  { ...each, hit: 1 },
  { ...each, hit: 2 + Math.floor(random() * 12) },
]);

let chain: Chain;
beforeAll(async () => {
  tell(`seed ${seed}; repeat with METERWAY_TEST_SEED=${seed}`);
  chain = await Chain.start({ load: { days: 12, instantS: 5, replyMs: 12 } });
});
afterAll(() => chain?.clean());

describe('a process that dies at a labelled place', () => {
  it.for(CASES)('$place, hit $hit: $victim is killed there, and what it was at is done again', async (at) => {
    const { place, hit, victim } = at;
    await chain.kill(victim);
    await chain.start(victim, { METERWAY_FAILPOINT: `${place}:${hit}` });
    expect(await chain.ended(victim, 90_000)).toEqual({ code: null, signal: 'SIGKILL' });
    await chain.start(victim);
    const recoveryMs = await chain.progress(60_000);
    const { backlog, unbalanced } = await chain.books();
    tell(`${place}:${hit}: committing again after ${seconds(recoveryMs)}, backlog ${backlog}`);
    expect(unbalanced).toEqual([]);
  });

  it('leaves nothing lost, invented or doubled in the end', async () => {
    await expectSound(chain, 240_000);
  });
});
