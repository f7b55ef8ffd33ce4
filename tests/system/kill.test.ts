import { afterEach, describe, expect, it } from 'vitest';
import { audit, worldOf } from '../support/audit.ts';
import { at } from '../support/plan.ts';
import { randomFrom, testSeed } from '../support/random.ts';
import { simulatedNow } from '../support/simulated-time.ts';
import { eventually, isAlive, Standalone } from '../support/standalone.ts';

interface Summary {
  total: { open: number; failedBy: { reason: string }[] };
}

const NOW = ['2026-11-20', '10:03:10'] as const;
const VICTIMS = ['collector-c1', 'gateway', 'figures', 'anomalies', 'api'] as const;
const ROUNDS = Number(process.env['METERWAY_TEST_KILLS'] ?? 15);

let running: Standalone | null = null;
afterEach(async () => {
  await running?.clean();
  running = null;
});

/** Kills one of the victims that are there; returns its name. */
async function killOne(standalone: Standalone, random: () => number): Promise<string> {
  return eventually('one of them can be killed', 60_000, () => {
    const { pids } = standalone;
    const alive = VICTIMS.filter((name) => isAlive(pids[name] ?? 0));
    const name = alive[Math.floor(random() * alive.length)];
    const pid = name === undefined ? undefined : pids[name];
    if (name === undefined || pid === undefined) return null;
    process.kill(pid, 'SIGKILL');
    return name;
  });
}

describe('processes killed with SIGKILL at random moments under load', () => {
  it('lose nothing, invent nothing and double nothing, and the ledger balances afterwards', async () => {
    const seed = testSeed();
    process.stdout.write(`seed ${seed}; repeat with METERWAY_TEST_SEED=${seed}\n`);
    const random = randomFrom(seed);
    running = await Standalone.start({ env: simulatedNow(...NOW) });
    const { dataDir } = running;
    await eventually('everything runs', 60_000, () => VICTIMS.every((name) => running?.pids[name] !== undefined));

    const killed = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      // The first minutes carry most rows: the whole backlog of the day is read then.
      await new Promise((resolve) => setTimeout(resolve, 500 + random() * 5000));
      const name = await killOne(running, random);
      killed.set(name, (killed.get(name) ?? 0) + 1);
    }
    expect(running.program.output).toContain('it is started again in');

    for (const date of ['2026-11-20', '2026-11-19', '2026-11-18', '2026-11-17']) {
      await eventually(`every freeze of ${date} has a value or a reason of its own`, 300_000, async () => {
        const summary = await running?.get<Summary>(`/collection/summary?date=${date}`);
        if (!summary || summary.total.open > 0) return false;
        return summary.total.failedBy.every(({ reason }) => reason !== 'collector_offline');
      });
    }
    const metrics = await (await fetch(`${running.url}/metrics`)).text();
    const unbalanced = [...metrics.matchAll(/^meterway_ledger_unbalanced_slots\{[^}]*\} (\S+)$/gm)].map(([, n]) => n);
    expect(unbalanced.length).toBeGreaterThan(0);
    expect(unbalanced.every((n) => n === '0')).toBe(true);

    await running.stop();
    const found = await audit(dataDir, worldOf(dataDir), at(...NOW));
    const counts = JSON.stringify(Object.fromEntries(killed));
    process.stdout.write(
      `killed ${counts}; ${found.readings} readings, ${found.outcomes} outcomes, ${found.events} events\n`,
    );
    expect(found.readings).toBeGreaterThan(4 * 150);
    expect(found).toMatchObject({ invented: [], doubled: [], lost: [], quarantined: [] });
    expect(found.events).toBeGreaterThan(0);
  }, 600_000);
});
