import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Chain, type ChainOptions } from '../support/chain.ts';
import { expectSound, seconds, tell } from '../support/chain-verdict.ts';
import { MountedDisk, whyNoDisks } from '../support/mounted-disk.ts';
import { readSpool } from '../support/spool-book.ts';
import { eventually } from '../support/standalone.ts';

const SKIPPED = whyNoDisks() !== null;
/** How long a disk stays as it is when something that must go on is waited for. */
const STAY_MS = 4000;

const chains: Chain[] = [];
afterEach(async () => {
  for (const chain of chains.splice(0)) await chain.clean();
});

/** A chain with a folder of its data folder on a disk of its own. */
async function startOn(
  folder: 'collectors' | 'centre',
  make: (path: string) => MountedDisk,
  options: ChainOptions,
): Promise<{ chain: Chain; disk: MountedDisk }> {
  const disks: MountedDisk[] = [];
  const chain = await Chain.start({
    ...options,
    arrange: ({ dataDir }) => {
      const disk = make(join(dataDir, folder));
      disks.push(disk);
      return { close: () => disk.remove() };
    },
  });
  chains.push(chain);
  const [disk] = disks;
  if (!disk) throw new Error('the chain was not given its disk');
  return { chain, disk };
}

function lastSeq(chain: Chain): number {
  return readSpool(chain.dataDir, 'c1', chain.registry.timeZone).lastSeq;
}

async function says(chain: Chain, name: string, words: string): Promise<void> {
  await eventually(`${name} says: ${words}`, 60_000, () => chain.process(name).log.includes(words));
}

describe.skipIf(SKIPPED)('the disk of a collector', () => {
  it('is filled up by a neighbour again and again: nothing that was collected is lost, and it goes on by itself', async () => {
    const { chain, disk } = await startOn('collectors', (path) => MountedDisk.memory(path, 16), {
      load: { days: 8, replyMs: 10 },
    });
    const { pid } = chain.process('c1');
    for (let round = 0; round < 3; round++) {
      const bytes = disk.fill();
      await sleep(STAY_MS);
      const before = lastSeq(chain);
      disk.free();
      const begun = Date.now();
      await eventually('the spool takes results again', 60_000, () => lastSeq(chain) > before);
      tell(`${bytes} bytes were taken; the spool takes results again after ${seconds(Date.now() - begun)}`);
      await chain.progress(60_000);
    }
    expect(chain.process('c1').log).toContain('the spool takes no results for now');
    expect(chain.process('c1').log).toContain('the spool takes results again');
    expect(chain.process('c1').pid).toBe(pid);
    await expectSound(chain, 180_000);
  }, 400_000);

  it('is filled up by its own spool while the centre is away', async () => {
    const { chain, disk } = await startOn('collectors', (path) => MountedDisk.memory(path, 8), {
      load: { days: 20, replyMs: 2 },
    });
    await chain.kill('gateway');
    await says(chain, 'c1', 'the spool takes no results for now');
    const held = lastSeq(chain);
    await sleep(STAY_MS);
    tell(`full at ${held} records of ${disk.path}; ${lastSeq(chain) - held} more since`);
    await chain.start('gateway');
    tell(`committing again after ${seconds(await chain.progress(60_000))}`);
    await expectSound(chain, 240_000);
  }, 500_000);

  it('fails and can only be read: the collector ends and says why, and goes on when it is mended', async () => {
    const { chain, disk } = await startOn('collectors', (path) => MountedDisk.ext4(path, 48), {
      load: { days: 6, replyMs: 10 },
    });
    disk.remount('abort');
    const begun = Date.now();
    const ended = await chain.ended('c1', 60_000);
    tell(`ended with ${ended.code} after ${seconds(Date.now() - begun)}`);
    expect(ended.signal).toBeNull();
    expect(chain.process('c1').log).toMatch(/cannot use .*spool\.sqlite: /);
    disk.unmount();
    disk.mend();
    disk.mount();
    disk.remount('ro');
    await chain.start('c1');
    const refused = await chain.ended('c1', 60_000);
    expect(refused.signal).toBeNull();
    expect(refused.code).not.toBe(0);
    expect(lastWord(chain, 'c1')).toMatch(/^cannot /);
    tell(`on a disk that is read-only from the start it ended with ${refused.code}: ${lastWord(chain, 'c1')}`);
    disk.remount('rw');
    await chain.start('c1');
    tell(`committing again after ${seconds(await chain.progress(60_000))}`);
    await expectSound(chain, 180_000);
  }, 400_000);
});

describe.skipIf(SKIPPED)('the disk of the centre', () => {
  it('is filled up by a neighbour again and again: nothing that was acked is lost, and it goes on', async () => {
    const { chain, disk } = await startOn('centre', (path) => MountedDisk.memory(path, 64), {
      load: { days: 8, replyMs: 10 },
    });
    for (let round = 0; round < 3; round++) {
      const bytes = disk.fill();
      await sleep(STAY_MS);
      disk.free();
      if (chain.process('gateway').pid === null) await chain.start('gateway');
      tell(`${bytes} bytes were taken; committing again after ${seconds(await chain.progress(90_000))}`);
    }
    expect(chain.process('gateway').log).toMatch(/database or disk is full/);
    await expectSound(chain, 180_000);
  }, 400_000);

  it('fails and can only be read: the gateway ends and says why, and goes on when it is mended', async () => {
    const { chain, disk } = await startOn('centre', (path) => MountedDisk.ext4(path, 64), {
      load: { days: 6, replyMs: 10 },
    });
    disk.remount('abort');
    const begun = Date.now();
    const ended = await chain.ended('gateway', 60_000);
    tell(`ended with ${ended.code} after ${seconds(Date.now() - begun)}`);
    expect(ended.signal).toBeNull();
    expect(chain.process('gateway').log).toMatch(/cannot use .*\.sqlite: /);
    disk.unmount();
    disk.mend();
    disk.mount();
    disk.remount('ro');
    await chain.start('gateway');
    const refused = await chain.ended('gateway', 60_000);
    expect(refused.signal).toBeNull();
    expect(refused.code).not.toBe(0);
    expect(lastWord(chain, 'gateway')).toMatch(/^cannot /);
    tell(`on a disk that is read-only from the start it ended with ${refused.code}: ${lastWord(chain, 'gateway')}`);
    disk.remount('rw');
    await chain.start('gateway');
    tell(`committing again after ${seconds(await chain.progress(60_000))}`);
    await expectSound(chain, 180_000);
  }, 400_000);
});

/** The last thing that a program held to be fatal. */
function lastWord(chain: Chain, name: string): string {
  const lines = chain.process(name).log.trimEnd().split('\n');
  const fatal = lines.map((line) => JSON.parse(line) as { level: string; msg: string });
  return fatal.findLast(({ level }) => level === 'fatal')?.msg ?? '';
}
