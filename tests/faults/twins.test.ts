import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Chain } from '../support/chain.ts';
import { marksOf } from '../support/chain-books.ts';
import { expectSound, seconds, tell } from '../support/chain-verdict.ts';
import { freePort } from '../support/standalone.ts';

let chain: Chain | null = null;
afterEach(async () => {
  await chain?.clean();
  chain = null;
});

/** Exit code of a program that no restart can mend. */
const USAGE = 2;

describe('two collectors with one id', () => {
  it('do not share a data folder: the second ends at once, the first goes on', async () => {
    chain = await Chain.start({ load: { days: 2, replyMs: 4 } });
    const twin = chain.twin('twin', 'c1', chain.dataDir);
    expect(await chain.ended('twin', 60_000)).toMatchObject({ signal: null });
    expect(twin.log).toContain('another collector c1 is using');
    tell(`committing again after ${seconds(await chain.progress(60_000))}`);
    await expectSound(chain, 120_000);
  }, 400_000);

  it('on two machines: the later one ends by itself, and no numbers of the two are mixed', async () => {
    chain = await Chain.start({ load: { days: 6, replyMs: 8 } });
    const elsewhere = join(chain.dataDir, 'elsewhere');
    mkdirSync(elsewhere);
    const twin = chain.twin('twin', 'c1', elsewhere);
    const begun = Date.now();
    expect(await chain.ended('twin', 90_000)).toEqual({ code: USAGE, signal: null });
    tell(`the later one ended after ${seconds(Date.now() - begun)}`);
    expect(twin.log).toContain('another collector with the id c1 is running');
    expect(chain.process('c1').pid).not.toBeNull();
    const quietMs = await chain.quiet(180_000);
    const marks = await marksOf(chain.dataDir);
    expect(marks.filter(({ ranges, lost }) => ranges.length > 0 || lost > 0)).toEqual([]);
    tell(`quiet after ${seconds(quietMs)}; epochs ${marks.map(({ upTo }) => upTo).join(', ')}`);
    // Both took present values of one slot, a moment apart: one is stored, the other kept beside.
    await expectSound(chain, 60_000, (entry) => /^conflict: instant of /.test(entry));
  }, 500_000);
});

describe('two gateways on one data folder', () => {
  it('the second is refused by the lock, and the first goes on', async () => {
    chain = await Chain.start({ load: { days: 3, replyMs: 4 } });
    const second = chain.twin('second', 'gateway', chain.dataDir, { METERWAY_BROKER_PORT: String(await freePort()) });
    expect(await chain.ended('second', 60_000)).toMatchObject({ signal: null });
    expect(second.log).toContain('another gateway is using the data folder');
    tell(`committing again after ${seconds(await chain.progress(60_000))}`);
    await expectSound(chain, 120_000);
  }, 400_000);
});

describe('a gateway whose stores come from an old backup', () => {
  it('gets what it has forgotten from the collectors again', async () => {
    chain = await Chain.start({ keepDays: 7, load: { days: 8, replyMs: 8 } });
    const centre = join(chain.dataDir, 'centre');
    const backup = join(chain.dataDir, 'backup');
    await chain.kill('gateway', 'SIGTERM');
    cpSync(centre, backup, { recursive: true });
    await chain.start('gateway');
    const atBackup = await chain.progress(60_000).then(() => chain?.committed());
    await chain.quiet(240_000);
    await chain.kill('gateway', 'SIGTERM');
    const later = await chain.committed();
    rmSync(centre, { recursive: true });
    cpSync(backup, centre, { recursive: true });
    await chain.start('gateway');
    tell(`${later} records were committed, the backup had about ${atBackup}`);
    tell(`committing again after ${seconds(await chain.progress(90_000))}`);
    await expectSound(chain, 240_000);
    const lost = (await marksOf(chain.dataDir)).map((mark) => mark.lost);
    expect(Math.max(...lost)).toBe(0);
  }, 700_000);
});
