import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { Chain } from '../support/chain.ts';
import { countOf, marksOf } from '../support/chain-books.ts';
import { expectSound, seconds, tell } from '../support/chain-verdict.ts';
import { MountedDisk, whyNoDisks } from '../support/mounted-disk.ts';
import { randomFrom, testSeed } from '../support/random.ts';
import { readSpool } from '../support/spool-book.ts';
import { eventually } from '../support/standalone.ts';

const SKIPPED = whyNoDisks() !== null;
const ROUNDS = 3;
const DISK_MB = 128;

let chain: Chain | null = null;
afterEach(async () => {
  await chain?.clean();
  chain = null;
});

type Part = 'collectors' | 'centre';
const PROGRAM_OF: Readonly<Record<Part, string>> = { collectors: 'c1', centre: 'gateway' };

/** What the programs have said to be on disk: records collected, and records committed. */
interface Promised {
  readonly collected: number;
  readonly committed: number;
}

async function promised(of: Chain): Promise<Promised> {
  return {
    collected: readSpool(of.dataDir, 'c1', of.registry.timeZone).lastSeq,
    committed: countOf(await marksOf(of.dataDir)),
  };
}

function signal(of: Chain, names: readonly string[], name: NodeJS.Signals): void {
  for (const each of names) process.kill(of.process(each).pid ?? 0, name);
}

/** What SQLite finds wrong with the databases of a folder, and how many there are. */
function integrity(folder: string): { databases: number; findings: string[] } {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.sqlite'));
  const findings = files.flatMap((file) => {
    const database = new DatabaseSync(join(folder, file));
    try {
      const rows = database.prepare('PRAGMA integrity_check').all() as unknown as { integrity_check: string }[];
      return rows.map((row) => row.integrity_check).filter((finding) => finding !== 'ok');
    } finally {
      database.close();
    }
  });
  return { databases: files.length, findings };
}

/** The power of the machines with these parts fails, at a moment when rows flow; they come back with what was written. */
async function cutPower(of: Chain, disks: ReadonlyMap<Part, MountedDisk>): Promise<void> {
  const names = [...disks.keys()].map((part) => PROGRAM_OF[part]);
  signal(of, names, 'SIGSTOP');
  const before = await promised(of);
  const images = new Map([...disks].map(([part, disk]) => [part, disk.whatIsWritten()]));
  for (const name of names) await of.kill(name);
  for (const [part, disk] of disks) {
    disk.becomes(images.get(part) ?? '');
    const { databases, findings } = integrity(disk.path);
    expect(findings).toEqual([]);
    expect(databases).toBeGreaterThan(0);
  }
  const after = await promised(of);
  tell(`promised ${JSON.stringify(before)}, on the disk ${JSON.stringify(after)}`);
  if (disks.has('collectors')) expect(after.collected).toBeGreaterThanOrEqual(before.collected);
  if (disks.has('centre')) expect(after.committed).toBeGreaterThanOrEqual(before.committed);
  for (const name of names) await of.start(name);
}

describe.skipIf(SKIPPED)('the power is cut while rows flow', () => {
  it.each<[string, readonly Part[]]>([
    ['of the collector', ['collectors']],
    ['of the centre', ['centre']],
    ['of both at once', ['collectors', 'centre']],
  ])(
    '%s: all that was promised is on the disk, and the rest is done again',
    async (_of, parts) => {
      const seed = testSeed();
      tell(`seed ${seed}; repeat with METERWAY_TEST_SEED=${seed}`);
      const random = randomFrom(seed);
      const disks = new Map<Part, MountedDisk>();
      const of = await Chain.start({
        load: { days: 5, replyMs: 30 },
        arrange: ({ dataDir }) => {
          for (const part of parts) disks.set(part, MountedDisk.ext4(join(dataDir, part), DISK_MB));
          return {
            close: () => {
              for (const disk of disks.values()) disk.remove();
            },
          };
        },
      });
      chain = of;
      for (let round = 0; round < ROUNDS; round++) {
        const goal = (await promised(of)).committed + 500 + random() * 3000;
        await eventually('rows flow', 60_000, async () => (await promised(of)).committed >= goal);
        await cutPower(of, disks);
        tell(`committing again after ${seconds(await of.progress(60_000))}`);
      }
      await expectSound(of, 180_000);
    },
    500_000,
  );
});
