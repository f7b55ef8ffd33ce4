import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ack } from '#contract/ack.ts';
import { decodeEnvelope } from '#contract/envelope-codec.ts';
import { systemClock } from '#platform/clock.ts';
import type { SpoolRecord } from '../../../collector/spool/record.ts';
import { Spool } from '../../../collector/spool/spool.ts';
import { committedRanges, Uplink } from '../../../collector/spool/uplink.ts';
import { ackOf, advance, freshMark } from '../../../gateway/ingest/marks.ts';
import { scratchPaths } from '../../gateway/stores/scratch-folder.ts';
import { quietLogger } from '../../support/quiet-logger.ts';

const scratch = scratchPaths();
const logger = quietLogger();
const AT = 1_795_000_000_000;

function outcome(n: number): SpoolRecord {
  return {
    stream: 'outcome',
    task: 'freeze-day',
    columns: ['meter', 'slot', 'at', 'reason', 'detail', 'attempts', 'lastBytes', 'final'],
    row: [`m${n}`, AT, AT, 'no_answer', '', 1, '', false],
  };
}

/** A centre that commits what it gets and acks, both only as often as `luck` allows. */
class Centre {
  readonly meters = new Map<string, number>();
  mark = freshMark('c1', '');
  largest = 0;
  uplink: Uplink | null = null;
  readonly #luck: () => boolean;

  constructor(luck: () => boolean) {
    this.#luck = luck;
  }

  async receive(text: string): Promise<void> {
    if (!this.#luck()) throw new Error('lost');
    const decoded = decodeEnvelope(Buffer.from(text));
    if (!decoded.ok) throw new Error(decoded.why);
    const { epoch, seq, count, oldest, batches } = decoded.envelope;
    for (const batch of batches) {
      for (const row of batch.rows) this.meters.set(row.meter, (this.meters.get(row.meter) ?? 0) + 1);
    }
    this.largest = Math.max(this.largest, Buffer.byteLength(text));
    this.mark = advance({ ...this.mark, epoch }, seq, seq + count - 1, oldest);
    if (this.#luck()) await this.uplink?.acknowledge(ackOf(this.mark));
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error('the condition did not come true');
}

async function setUp(luck: () => boolean, { window = 4, resendMs = 20 } = {}) {
  const spool = await Spool.open(scratch('spool.db'), { clock: systemClock(), commitMs: 1, logger });
  const centre = new Centre(luck);
  const uplink = new Uplink({
    spool,
    send: (text) => centre.receive(text),
    clock: systemClock(),
    logger,
    window,
    resendMs,
  });
  centre.uplink = uplink;
  return { spool, centre, uplink };
}

describe('the uplink', () => {
  it('delivers everything and empties the spool, whatever is lost on the way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 }), async (seed) => {
        let state = seed;
        const luck = (): boolean => {
          state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
          return state % 3 !== 0;
        };
        const { spool, centre, uplink } = await setUp(luck);
        uplink.connection(true);
        for (let n = 0; n < 1800; n += 300) {
          await spool.append(
            Array.from({ length: 300 }, (_, i) => outcome(n + i)),
            [],
          );
          if (n % 600 === 300) {
            uplink.connection(false);
            uplink.connection(true);
          }
        }
        await until(async () => (await spool.size()).rows === 0);
        expect(centre.meters.size).toBe(1800);
        expect(centre.mark).toMatchObject({ upTo: 1800, ranges: [], lost: 0 });
        uplink.stop();
        await spool.close();
      }),
      { numRuns: 8 },
    );
  });

  it('keeps to its window of un-acked envelopes and to the size of an envelope', async () => {
    const { spool, centre, uplink } = await setUp(() => true, { window: 3, resendMs: 60_000 });
    centre.uplink = null;
    await spool.append(
      Array.from({ length: 5000 }, (_, n) => outcome(n)),
      [],
    );
    uplink.connection(true);
    await until(() => uplink.inFlight === 3);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(uplink.inFlight).toBe(3);
    expect(centre.largest).toBeLessThan(128 * 1024);
    uplink.stop();
    await spool.close();
  });

  it('deletes nothing on an ack of another epoch or for records that were never sent', async () => {
    const { spool, uplink } = await setUp(() => true);
    await spool.append([outcome(1), outcome(2)], []);
    const ack: Ack = { v: 1, epoch: 'other', upTo: 2, seen: 2, gaps: [] };
    await uplink.acknowledge(ack);
    await uplink.acknowledge({ ...ack, epoch: spool.epoch, upTo: 3, seen: 3 });
    expect((await spool.size()).rows).toBe(2);
    expect(logger.lines.some((line) => line.message.includes('never sent'))).toBe(true);
    await uplink.acknowledge({ ...ack, epoch: spool.epoch });
    expect((await spool.size()).rows).toBe(0);
    await spool.close();
  });

  it('reads from an ack with gaps which records are committed', () => {
    expect(committedRanges({ upTo: 0, seen: 0, gaps: [] })).toEqual([]);
    expect(committedRanges({ upTo: 9, seen: 9, gaps: [] })).toEqual([[1, 9]]);
    expect(
      committedRanges({
        upTo: 9,
        seen: 40,
        gaps: [
          [10, 19],
          [30, 34],
        ],
      }),
    ).toEqual([
      [1, 9],
      [20, 29],
      [35, 40],
    ]);
  });
});
