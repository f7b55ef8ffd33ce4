import { closeSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemClock } from '#platform/clock.ts';
import { MeterwayError, messageOf } from '#platform/errors.ts';
import type { SpoolRecord } from '../../../collector/spool/record.ts';
import { Spool } from '../../../collector/spool/spool.ts';
import { quietLogger } from '../../support/quiet-logger.ts';

/**
 * Child process of the full disk test: fills the disk under its spool until an append has to wait, starts anew on the
 * full disk as the next process would, deletes what the centre has committed, and tells what it found, as JSON on
 * standard output.
 */
const [path] = process.argv.slice(2);
if (!path) throw new Error('usage: full-disk-writer.ts PATH');

const logger = quietLogger();
const open = (): Promise<Spool> => Spool.open(path, { clock: systemClock(), commitMs: 1, logger });
const record = (n: number): SpoolRecord => ({
  stream: 'outcome',
  task: 't',
  columns: ['n'],
  row: [n, 'x'.repeat(2000)],
});
const isWaiting = (): boolean => logger.lines.some(({ level }) => level === 'warn');

/** Numbers the appends until one waits; resolves with how many were taken, and how the waiting one ends. */
async function fill(spool: Spool, from: number): Promise<{ taken: number; waiting: Promise<unknown> }> {
  logger.lines.length = 0;
  for (let taken = from; taken < 5000; taken++) {
    let isTaken = false;
    const waiting = spool.append([record(taken + 1)], []).then(
      () => {
        isTaken = true;
      },
      (error: unknown) => (error instanceof MeterwayError ? error.code : messageOf(error)),
    );
    while (!isTaken && !isWaiting()) await new Promise((resolve) => setTimeout(resolve, 1));
    if (!isTaken) return { taken, waiting };
  }
  throw new Error('the disk did not become full');
}

/** What other programs do: the last byte is gone. */
function takeTheRest(): void {
  const file = openSync(join(dirname(path as string), 'log-of-another-program'), 'a');
  try {
    for (;;) writeSync(file, Buffer.alloc(512));
  } catch {
    closeSync(file);
  }
}

/** The spool may have found room for the one that waited before the rest was taken. */
function wasTaken(waiting: Promise<unknown>): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 100));
  return Promise.race([waiting.then((error) => error === undefined), late]);
}

const spool = await open();
let { taken, waiting } = await fill(spool, 0);
takeTheRest();
while (await wasTaken(waiting)) {
  ({ taken, waiting } = await fill(spool, taken + 1));
  takeTheRest();
}
await spool.close();
const code = await waiting;

const again = await open();
const heldWhileFull = (await again.read(1, 10_000)).length;
const refill = await fill(again, taken);
takeTheRest();
const committed = Math.floor(taken / 2);
const { committed: removed } = await again.take([[1, committed]]);
await refill.waiting;
const held = (await again.read(1, 10_000)).map(({ seq, row }) => [seq, row[0]]);
const found = {
  taken,
  refilled: refill.taken,
  code,
  heldWhileFull,
  committed,
  removed,
  held,
  sameEpoch: again.epoch === spool.epoch,
  said: logger.lines.map(({ level }) => level),
};
process.stdout.write(`${JSON.stringify(found)}\n`);
await again.close();
