import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ack } from '#contract/ack.ts';
import { decodeEnvelope } from '#contract/envelope-codec.ts';
import { systemClock } from '#platform/clock.ts';
import { committedRanges } from '../../../collector/spool/committed-ranges.ts';
import type { SpoolRecord } from '../../../collector/spool/record.ts';
import { Spool } from '../../../collector/spool/spool.ts';
import { Uplink } from '../../../collector/spool/uplink.ts';
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
    if (this.#luck()) await this.uplink?.acknowledge(ackOf(this.mark), false);
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error('the condition did not come true');
}

async function setUp(luck: () => boolean, { window = 4, resendMs = 20, hearMs = 0, path = scratch('spool.db') } = {}) {
  const spool = await Spool.open(path, { clock: systemClock(), commitMs: 1, logger });
  const centre = new Centre(luck);
  const uplink = new Uplink({
    spool,
    send: (text) => centre.receive(text),
    clock: systemClock(),
    logger,
    window,
    resendMs,
    hearMs,
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

  it('deletes nothing on an ack of another epoch', async () => {
    const { spool, centre, uplink } = await setUp(() => true);
    centre.uplink = null;
    await spool.append([outcome(1), outcome(2)], []);
    uplink.connection(true);
    await until(() => uplink.inFlight === 1);
    const ack: Ack = { v: 1, epoch: 'other', upTo: 2, seen: 2, gaps: [] };
    await uplink.acknowledge(ack, false);
    expect((await spool.size()).rows).toBe(2);
    await uplink.acknowledge({ ...ack, epoch: spool.epoch }, false);
    expect((await spool.size()).rows).toBe(0);
    uplink.stop();
    await spool.close();
  });

  it('puts no more batches into an envelope than the centre takes', async () => {
    const { spool, centre, uplink } = await setUp(() => true);
    const variants = Array.from({ length: 150 }, (_, n) => ({ ...outcome(n), task: `task-${n}` }));
    await spool.append(variants, []);
    uplink.connection(true);
    await until(async () => (await spool.size()).rows === 0);
    expect(centre.meters.size).toBe(150);
    uplink.stop();
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

describe('an uplink whose spool file went back in time', () => {
  /** Records 1–5 are committed, then the file is again as it was after record 2; others were appended offline. */
  async function restored(starts: number) {
    const path = scratch('spool.db');
    const first = await Spool.open(path, { clock: systemClock(), commitMs: 1, logger });
    await first.append([outcome(1), outcome(2)], []);
    await first.compared();
    await first.take([[1, 2]]);
    await first.close();
    for (let start = 1; start < starts; start++) await (await Spool.open(path, options)).close();
    const set = await setUp(() => true, { path, hearMs: 60_000 });
    set.centre.mark = { ...freshMark('c1', set.spool.epoch), upTo: 5 };
    return { ...set, path, ack: ackOf(set.centre.mark) };
  }
  const options = { clock: systemClock(), commitMs: 1, logger };
  const offline = [11, 12, 13, 14].map(outcome);
  const delivered = (centre: Centre): string[] => [...centre.meters.keys()];

  it('begins a new epoch on the retained ack, before anything is sent or deleted, and says so', async () => {
    const { spool, centre, uplink, ack } = await restored(1);
    await spool.append(offline, []);
    uplink.connection(true);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(centre.meters.size).toBe(0);
    await uplink.acknowledge(ack, true);
    expect(spool.epoch).not.toBe(ack.epoch);
    expect(logger.lines.at(-1)).toMatchObject({ level: 'warn', message: expect.stringContaining('new epoch') });
    centre.mark = freshMark('c1', spool.epoch);
    await until(async () => (await spool.size()).rows === 0);
    expect(delivered(centre)).toEqual(['m11', 'm12', 'm13', 'm14']);
    expect(centre.mark.lost).toBe(0);
    uplink.stop();
    await spool.close();
  });

  it('does so however often it was restarted and appended to before it heard the ack', async () => {
    const { spool, path, ack } = await restored(2);
    await spool.append(offline, []);
    await spool.close();
    const again = await setUp(() => true, { path, hearMs: 60_000 });
    await again.uplink.acknowledge(ack, true);
    expect(again.spool.epoch).not.toBe(ack.epoch);
    expect((await again.spool.size()).rows).toBe(4);
    await again.spool.close();
  });

  it('does so on an ack heard late, for more than was sent', async () => {
    const { spool, centre, uplink, ack } = await restored(1);
    centre.uplink = null;
    await spool.append(offline.slice(0, 2), []);
    await uplink.acknowledge({ ...ack, upTo: 2, seen: 2 }, true);
    uplink.connection(true);
    await until(() => uplink.inFlight === 1);
    await uplink.acknowledge(ack, false);
    expect(spool.epoch).not.toBe(ack.epoch);
    expect((await spool.size()).rows).toBe(2);
    uplink.stop();
    await spool.close();
  });

  it('is not suspected when the retained ack is for what the process before has sent', async () => {
    const path = scratch('spool.db');
    const first = await setUp(() => true, { path });
    first.centre.uplink = null;
    await first.spool.append([outcome(1), outcome(2)], []);
    first.uplink.connection(true);
    await until(() => first.uplink.inFlight === 1);
    first.uplink.stop();
    await first.spool.close();
    const second = await setUp(() => true, { path, hearMs: 60_000 });
    await second.uplink.acknowledge(ackOf(first.centre.mark), true);
    expect(second.spool.epoch).toBe(first.spool.epoch);
    expect((await second.spool.size()).rows).toBe(0);
    await second.spool.close();
  });

  it('sends after a while when no ack is retained', async () => {
    const { spool, centre, uplink } = await setUp(() => true, { hearMs: 30 });
    await spool.append([outcome(1)], []);
    uplink.connection(true);
    await until(async () => (await spool.size()).rows === 0);
    expect(delivered(centre)).toEqual(['m1']);
    uplink.stop();
    await spool.close();
  });

  it('sends what is new in turn with the backlog, and loses nothing of either', async () => {
    const { spool, centre, uplink } = await setUp(() => true, { window: 1, resendMs: 60_000 });
    await spool.append(
      Array.from({ length: 5000 }, (_, i) => outcome(i)),
      [],
    );
    const order: number[] = [];
    const receive = centre.receive.bind(centre);
    centre.receive = async (text) => {
      order.push((JSON.parse(text) as { seq: number }).seq);
      if (order.length === 2)
        await spool.append(
          Array.from({ length: 1200 }, (_, i) => outcome(5000 + i)),
          [],
        );
      await receive(text);
    };
    uplink.connection(true);
    await until(async () => (await spool.size()).rows === 0);
    expect(centre.meters.size).toBe(6200);
    expect([...centre.meters.values()].every((times) => times === 1)).toBe(true);
    const firstLive = order.findIndex((seq) => seq > 5000);
    const lastOld = order.findLastIndex((seq) => seq <= 5000);
    expect(firstLive).toBeLessThan(5);
    expect(lastOld).toBeGreaterThan(firstLive + 3);
    expect(order.slice(firstLive, firstLive + 4).map((seq) => seq > 5000)).toEqual([true, false, true, false]);
    uplink.stop();
    await spool.close();
  });
});
