import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemClock } from '#platform/clock.ts';
import { MeterwayError, messageOf } from '#platform/errors.ts';
import type { SpoolRecord } from '../../../collector/spool/record.ts';
import { Spool } from '../../../collector/spool/spool.ts';
import { quietLogger } from '../../support/quiet-logger.ts';

/**
 * Child process of the full disk test: fills the disk under its spool until an append is refused, makes room, opens
 * the spool again as the next process would, and tells what it found, as JSON on standard output.
 */
const [path] = process.argv.slice(2);
if (!path) throw new Error('usage: full-disk-writer.ts PATH');

const open = (): Promise<Spool> => Spool.open(path, { clock: systemClock(), commitMs: 1, logger: quietLogger() });
const record = (n: number): SpoolRecord => ({
  stream: 'outcome',
  task: 't',
  columns: ['n'],
  row: [n, 'x'.repeat(2000)],
});

const spool = await open();
let acknowledged = 0;
let refusal: unknown = null;
while (refusal === null && acknowledged < 5000) {
  try {
    await spool.append([record(acknowledged + 1)], []);
    acknowledged++;
  } catch (error) {
    refusal = error;
  }
}
const { rows: heldWhileFull } = await spool.size().catch(() => ({ rows: -1 }));
await spool.close().catch(() => {});

const ballast = join(dirname(path), 'ballast');
if (existsSync(ballast)) rmSync(ballast);
const again = await open();
const held = (await again.read(1, 10_000)).map(({ seq, row }) => [seq, row[0]]);
await again.append([record(acknowledged + 1)], []);
const found = {
  acknowledged,
  code: refusal instanceof MeterwayError ? refusal.code : messageOf(refusal),
  heldWhileFull,
  held,
  sameEpoch: again.epoch === spool.epoch,
  nextSeq: again.lastSeq,
};
process.stdout.write(`${JSON.stringify(found)}\n`);
await again.close();
