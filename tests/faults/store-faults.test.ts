import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { initInflux } from '#stores/influx-readings/init.ts';
import { Chain } from '../support/chain.ts';
import { replayLastDays } from '../support/chain-replay.ts';
import { expectSound, seconds, tell } from '../support/chain-verdict.ts';
import { type Choose, InfluxFaults } from '../support/influx-faults.ts';
import { INFLUXD, InfluxServer } from '../support/influx-server.ts';
import { noteInflux } from '../support/stored-readings.ts';

const STAY_MS = 4000;
/** The gateway gives a server this long before it asks anew, and then waits for up to half a minute. */
const RECOVERY_MS = 120_000;

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Site {
  readonly chain: Chain;
  readonly server: InfluxServer;
  readonly faults: InfluxFaults;
}

/** A chain whose gateway keeps its readings in a real InfluxDB, behind what can make requests go wrong. */
async function start(options: { days: number; replyMs: number; keepDays?: number }): Promise<Site> {
  const server = await InfluxServer.start();
  cleanUps.push(() => server.stop());
  const faults = await InfluxFaults.start(server.url);
  cleanUps.push(() => faults.stop());
  const settings = server.settings();
  await initInflux(settings);
  const chain = await Chain.start({
    load: { days: options.days, replyMs: options.replyMs },
    keepDays: options.keepDays ?? 0,
    arrange: ({ dataDir }) => {
      noteInflux(dataDir, settings);
      return { settingsOf: (name) => (name === 'gateway' ? influxEnvironment(faults.url) : {}) };
    },
  });
  cleanUps.push(() => chain.clean());
  return { chain, server, faults };
}

function influxEnvironment(url: string): Record<string, string> {
  return {
    METERWAY_READING_STORE: 'influx',
    METERWAY_INFLUX_URL: url,
    METERWAY_INFLUX_VERSION: '1',
    METERWAY_KEEP_CURVE_MONTHS: '0',
    METERWAY_KEEP_FREEZE_MONTHS: '0',
  };
}

describe.skipIf(INFLUXD === undefined)('InfluxDB that cannot be relied on', () => {
  it('refuses, hangs, cuts and loses its answers: nothing is lost and nothing doubled', async () => {
    const { chain, faults } = await start({ days: 10, replyMs: 20 });
    const { pid } = chain.process('gateway');
    const onWrites =
      (choose: Choose): Choose =>
      (path) =>
        path === '/write' ? choose(path) : null;
    let writes = 0;
    const cases: readonly (readonly [string, Choose])[] = [
      ['503 to all', () => ({ kind: 'answer', status: 503 })],
      ['429 and Retry-After to writes', onWrites(() => ({ kind: 'answer', status: 429, retryAfterS: 2 }))],
      ['500 to questions', (path) => (path === '/query' ? { kind: 'answer', status: 500 } : null)],
      ['reset after the body of every other write', onWrites(() => (writes++ % 2 ? null : { kind: 'reset' }))],
      ['answers to writes lost', onWrites(() => ({ kind: 'lose the answer' }))],
      ['everything hangs', () => ({ kind: 'hang' })],
    ];
    for (const [what, choose] of cases) {
      const before = faults.mishaps;
      faults.set(choose);
      await expect.poll(() => faults.mishaps, { timeout: RECOVERY_MS, interval: 50 }).toBeGreaterThan(before);
      await sleep(STAY_MS);
      faults.heal();
      tell(
        `${what}: ${faults.mishaps - before} mishaps; committing again after ${seconds(await chain.progress(RECOVERY_MS))}`,
      );
      expect((await chain.books()).unbalanced).toEqual([]);
    }
    expect(chain.process('gateway').pid).toBe(pid);
    await expectSound(chain, 240_000);
  }, 600_000);

  it('is killed in the middle of bursts, and is away when the gateway starts', async () => {
    const { chain, server } = await start({ days: 8, replyMs: 16 });
    for (let round = 0; round < 2; round++) {
      await server.kill();
      await sleep(STAY_MS / 2);
      await server.restart();
      tell(`killed and back; committing again after ${seconds(await chain.progress(RECOVERY_MS))}`);
    }
    await chain.kill('gateway');
    await server.kill();
    await chain.start('gateway');
    await sleep(STAY_MS);
    await server.restart();
    if (chain.process('gateway').pid === null) {
      tell('the gateway ended without its store and is started again');
      await chain.start('gateway');
    }
    tell(`back after the gateway; committing again after ${seconds(await chain.progress(RECOVERY_MS))}`);
    await expectSound(chain, 240_000);
  }, 500_000);

  it('is newer than the state store, which comes from an old backup', async () => {
    const { chain } = await start({ days: 6, replyMs: 12, keepDays: 7 });
    const [centre, backup] = [join(chain.dataDir, 'centre'), join(chain.dataDir, 'backup')];
    await chain.kill('gateway', 'SIGTERM');
    cpSync(centre, backup, { recursive: true });
    const atBackup = await chain.committed();
    await chain.start('gateway');
    await chain.quiet(240_000);
    const later = await chain.committed();
    await chain.kill('gateway', 'SIGTERM');
    rmSync(centre, { recursive: true });
    cpSync(backup, centre, { recursive: true });
    await chain.start('gateway');
    tell(
      `the state knows ${atBackup} of ${later} records; committing again after ${seconds(await chain.progress(RECOVERY_MS))}`,
    );
    await expectSound(chain, 240_000);
  }, 600_000);

  it('comes from an old backup itself: a replay brings back what is missing', async () => {
    const { chain, server } = await start({ days: 6, replyMs: 12, keepDays: 7 });
    const backup = join(chain.dataDir, 'backup-of-influx');
    await server.kill();
    cpSync(server.folder, backup, { recursive: true });
    await server.restart();
    const atBackup = await chain.committed();
    await chain.quiet(240_000);
    tell(`restored as it was with ${atBackup} of ${await chain.committed()} records`);
    await chain.kill('gateway', 'SIGTERM');
    await server.kill();
    rmSync(server.folder, { recursive: true });
    cpSync(backup, server.folder, { recursive: true });
    await server.restart();
    await chain.start('gateway');
    expect((await chain.books()).unbalanced).not.toEqual([]);
    const begun = Date.now();
    tell(await replayLastDays(chain, 7));
    await chain.progress(RECOVERY_MS);
    await chain.quiet(240_000);
    tell(`replayed and committed ${seconds(Date.now() - begun)} after it was asked for`);
    await expectSound(chain, 60_000);
  }, 600_000);
});
