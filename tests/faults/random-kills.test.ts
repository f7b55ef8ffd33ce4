import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Chain } from '../support/chain.ts';
import { expectSound, seconds, tell } from '../support/chain-verdict.ts';
import { MOSQUITTO_HERE } from '../support/mosquitto.ts';
import { randomFrom, testSeed } from '../support/random.ts';

const ROUNDS = Number(process.env['METERWAY_TEST_KILLS'] ?? 200);
/** This part of the rounds waits until rows flow again; the others hit processes that are still starting. */
const FLOWING = 0.5;
/** Then a random time up to this passes, ms. */
const PAUSE_MS = 1200;
/** Every so many rounds the ledger is balanced while all is running. */
const BALANCE_EVERY = 25;
/** Meters remember forty days; a run of more rounds needs a stream that is slower, not longer. */
const DAYS = Math.min(38, 4 + Math.ceil(ROUNDS / 12));
const REPLY_MS = Math.max(20, Math.round(ROUNDS / 8));

let chain: Chain | null = null;
afterEach(async () => {
  await chain?.clean();
  chain = null;
});

function victimsOf(names: readonly string[], random: () => number): string[] {
  const pick = (of: readonly string[]): string => of[Math.floor(random() * of.length)] ?? '';
  const first = pick(names);
  const second = random() < 0.2 ? pick(names.filter((name) => name !== first)) : null;
  return second === null ? [first] : [first, second];
}

describe('processes killed with SIGKILL at random moments under load', () => {
  it(`lose nothing, invent nothing and double nothing in ${ROUNDS} rounds`, async () => {
    const seed = testSeed();
    tell(`seed ${seed}; repeat with METERWAY_TEST_SEED=${seed}`);
    const random = randomFrom(seed);
    const broker = MOSQUITTO_HERE ? 'mosquitto' : 'embedded';
    chain = await Chain.start({ broker, collectors: ['c1', 'c2'], load: { days: DAYS, replyMs: REPLY_MS } });
    const begun = Date.now();
    const killed = new Map<string, number>();
    const between: number[] = [];
    let committed = await chain.committed();
    for (let round = 1; round <= ROUNDS; round++) {
      if (random() < FLOWING) await chain.progress(60_000);
      await sleep(random() * PAUSE_MS);
      const victims = victimsOf(chain.names, random);
      await Promise.all(victims.map((name) => chain?.kill(name)));
      const now = await chain.committed();
      between.push(now - committed);
      committed = now;
      for (const name of victims) {
        killed.set(name, (killed.get(name) ?? 0) + 1);
        await chain.start(name);
      }
      if (round % BALANCE_EVERY === 0) expect((await chain.books()).unbalanced).toEqual([]);
    }
    const ranMs = Date.now() - begun;
    const busy = between.filter((rows) => rows > 0);
    const median = busy.toSorted((a, b) => a - b)[busy.length >> 1] ?? 0;
    tell(`${broker}; killed ${JSON.stringify(Object.fromEntries(killed))} in ${seconds(ranMs)}`);
    tell(`rows were committed between ${busy.length} of ${ROUNDS} kills, median ${median}, together ${committed}`);
    expect(busy.length).toBeGreaterThan(ROUNDS / 3);
    tell(`committing again ${seconds(await chain.progress(60_000))} after the last kill`);
    await expectSound(chain, 300_000);
  }, 3_600_000);
});
