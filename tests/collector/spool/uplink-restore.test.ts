import { describe, expect, it } from 'vitest';
import type { Ack } from '#contract/ack.ts';
import { decodeEnvelope } from '#contract/envelope-codec.ts';
import type { SpoolRecord } from '../../../collector/spool/record.ts';
import { Spool } from '../../../collector/spool/spool.ts';
import { NO_LIMITS } from '../../../collector/spool/upkeep.ts';
import { Uplink } from '../../../collector/spool/uplink.ts';
import { ackOf, advance, freshMark } from '../../../gateway/ingest/marks.ts';
import { scratchPaths } from '../../gateway/stores/scratch-folder.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { randomFrom, testSeed } from '../../support/random.ts';

const scratch = scratchPaths();
const AT = 1_795_000_000_000;
const DAY_MS = 86_400_000;
const RESEND_MS = 1000;
const HEAR_MS = 500;

function outcome(n: number): SpoolRecord {
  return {
    stream: 'outcome',
    task: 'freeze-day',
    columns: ['meter', 'slot', 'at', 'reason', 'detail', 'attempts', 'lastBytes', 'final'],
    row: [`m${n}`, AT, AT, 'no_answer', '', 1, '', false],
  };
}

interface Backup {
  readonly meters: readonly string[];
  readonly marks: readonly ReturnType<typeof freshMark>[];
}

/** A centre with marks by epoch, as the gateway has them, and a broker that retains its last ack. */
class Centre {
  meters = new Set<string>();
  received = 0;
  marks = new Map<string, ReturnType<typeof freshMark>>();
  retained: Ack | null = null;

  /** The ack for an envelope. */
  take(text: string): Ack {
    const decoded = decodeEnvelope(Buffer.from(text));
    if (!decoded.ok) throw new Error(decoded.why);
    const { epoch, seq, count, oldest, batches } = decoded.envelope;
    for (const { rows } of batches) {
      this.received += rows.length;
      for (const { meter } of rows) this.meters.add(meter);
    }
    const mark = advance(this.marks.get(epoch) ?? freshMark('c1', epoch), seq, seq + count - 1, oldest);
    this.marks.set(epoch, mark);
    this.retained = ackOf(mark);
    return this.retained;
  }

  backup(): Backup {
    return { meters: [...this.meters], marks: [...this.marks.values()] };
  }

  /** The broker is not restored with it: what it retains stays. */
  restore({ meters, marks }: Backup): void {
    this.meters = new Set(meters);
    this.marks = new Map(marks.map((mark) => [mark.epoch, mark]));
  }

  get lost(): number {
    return [...this.marks.values()].reduce((sum, { lost }) => sum + lost, 0);
  }
}

/** A collector's spool and uplink with the centre, in one process, on a clock that the test moves. */
class Chain {
  readonly centre = new Centre();
  readonly clock = new ManualClock(AT);
  readonly logger = quietLogger();
  readonly #path = scratch('spool.db');
  /** Whether a message arrives. */
  luck: () => boolean = () => true;
  spool!: Spool;
  uplink!: Uplink;
  #next = 1;

  async start(): Promise<this> {
    const { clock, logger, centre } = this;
    const limits = { ...NO_LIMITS, keepMs: 7 * DAY_MS };
    const spool = await Spool.open(this.#path, { clock, commitMs: 1, logger, limits });
    const uplink = new Uplink({
      ...{ spool, clock, logger, window: 4, resendMs: RESEND_MS, hearMs: HEAR_MS },
      send: async (text) => {
        if (!this.luck()) throw new Error('lost');
        const ack = centre.take(text);
        if (this.luck() && this.uplink === uplink) void uplink.acknowledge(ack, false);
      },
    });
    this.spool = spool;
    this.uplink = uplink;
    uplink.connection(true);
    if (centre.retained) await uplink.acknowledge(centre.retained, true);
    return this;
  }

  async kill(): Promise<void> {
    this.uplink.stop();
    await this.spool.close();
  }

  async reconnect(): Promise<void> {
    this.uplink.connection(false);
    this.uplink.connection(true);
    if (this.centre.retained) await this.uplink.acknowledge(this.centre.retained, true);
  }

  async append(count: number): Promise<void> {
    const records = Array.from({ length: count }, () => outcome(this.#next++));
    await this.spool.append(records, [], 'at once');
  }

  get appended(): number {
    return this.#next - 1;
  }

  async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    for (let i = 0; i < 4000; i++) {
      if (await condition()) return;
      // The disk works in real time; the clock goes slower than it.
      await new Promise((resolve) => setTimeout(resolve, 1));
      await this.clock.advance(RESEND_MS / 100);
    }
    throw new Error(`it did not come to this: ${what}`);
  }

  /** A restored centre is noticed when it is told something new. */
  async confirmed(where = 'told something new'): Promise<void> {
    for (const which of ['first', 'last']) {
      await this.append(1);
      await this.delivered(`${where}: the ${which} one is committed`);
    }
  }

  async delivered(what = 'everything is committed'): Promise<void> {
    await this.until(async () => (await this.spool.size()).rows === 0, what);
  }
}

describe('a centre that was restored from a backup', () => {
  it('gets what it lacks with the next results, without anybody doing anything', async () => {
    const chain = await new Chain().start();
    await chain.append(1500);
    await chain.delivered();
    const backup = chain.centre.backup();
    await chain.append(2500);
    await chain.delivered();
    chain.centre.restore(backup);
    await chain.reconnect();
    await settle();
    await chain.append(10);
    await chain.until(() => chain.centre.meters.size === 4010, 'the centre has all');
    await chain.delivered();
    expect(chain.centre.lost).toBe(0);
    expect(chain.centre.received).toBe(4010 + 2500);
    expect(chain.logger.lines.filter(({ message }) => message.includes('restored'))).toHaveLength(1);
    expect(await chain.spool.size()).toMatchObject({ rows: 0, kept: 4010 });
    await chain.kill();
  });

  it('to a time before the epoch gets everything that is kept, in a new one', async () => {
    const chain = await new Chain().start();
    await chain.append(700);
    await chain.delivered();
    const backup = chain.centre.backup();
    await chain.append(800);
    await chain.delivered();
    await chain.uplink.replay('r1', AT + DAY_MS);
    await chain.append(600);
    await chain.delivered();
    chain.centre.restore(backup);
    await chain.append(1);
    await chain.until(() => chain.centre.meters.size === 2101, 'the centre has all');
    await chain.delivered();
    expect(chain.centre.lost).toBe(0);
    await chain.kill();
  });

  it('counts as lost what the collector keeps no longer, and only that', async () => {
    const chain = await new Chain().start();
    await chain.append(100);
    await chain.delivered();
    const backup = chain.centre.backup();
    await chain.append(200);
    await chain.delivered();
    await chain.clock.advance(8 * DAY_MS);
    await chain.append(300);
    await chain.delivered();
    await chain.spool.upkeep();
    chain.centre.restore(backup);
    await chain.append(1);
    await chain.until(() => chain.centre.meters.size === 401, 'the centre has what there is');
    await chain.delivered();
    expect(chain.centre.lost).toBe(200);
    await chain.kill();
  });
});

describe('acks out of order', () => {
  it('make nothing come twice', async () => {
    const chain = await new Chain().start();
    const { epoch } = chain.spool;
    await chain.append(3000);
    await chain.delivered();
    for (const upTo of [2500, 0, 1000, 3000]) {
      const late: Ack = { v: 1, epoch, upTo, seen: upTo + 500, gaps: [[upTo + 1, upTo + 100]] };
      const { upTo: to, seen, gaps } = late;
      if (seen <= 3000) await chain.uplink.acknowledge(late, false);
      await chain.uplink.acknowledge({ v: 1, epoch, upTo: to, seen: to, gaps: to < 3000 ? [] : gaps.slice(1) }, true);
    }
    await chain.append(1);
    await chain.delivered();
    expect(chain.centre.received).toBe(3001);
    await chain.kill();
  });
});

describe('a replay that the centre asks for', () => {
  it('sends again once what is held, and what is new beside it', async () => {
    const chain = await new Chain().start();
    await chain.append(1000);
    await chain.delivered();
    await chain.clock.advance(DAY_MS);
    await chain.append(1000);
    await chain.delivered();
    const since = chain.clock.now() - DAY_MS / 2;
    await chain.uplink.replay('r1', since);
    await chain.append(5);
    await chain.delivered();
    expect(chain.centre.received).toBe(3005);
    await chain.kill();
    await chain.start();
    await chain.uplink.replay('r1', since);
    await chain.append(1);
    await chain.delivered();
    expect(chain.centre.received).toBe(3006);
    expect(chain.centre.lost).toBe(0);
    await chain.kill();
  });
});

describe('whatever happens to messages, processes and the centre', () => {
  it('the centre ends with every result, and with nothing that was not read', async () => {
    const seed = testSeed();
    const random = randomFrom(seed);
    for (let round = 0; round < 4; round++) {
      const chain = await new Chain().start();
      const { centre } = chain;
      let backup = centre.backup();
      const acts: (() => Promise<void>)[] = [
        () => chain.append(1 + Math.floor(random() * 1200)),
        () => chain.append(1 + Math.floor(random() * 20)),
        () => chain.clock.advance(Math.floor(RESEND_MS * random() * 3)),
        () => chain.reconnect(),
        async () => {
          await chain.kill();
          await chain.start();
        },
        async () => {
          backup = centre.backup();
        },
        async () => centre.restore(backup),
        () => chain.uplink.replay(`r${Math.floor(random() * 1000)}`, 0),
        // A shorter one leaves behind what the centre must have: it has told so in the epoch before and in the new one.
        async () => {
          chain.luck = () => true;
          await chain.confirmed();
          await chain.uplink.replay(`r${Math.floor(random() * 1000)}`, AT + Math.floor(chain.clock.mono() * random()));
          await chain.confirmed();
          chain.luck = () => random() < 0.8;
        },
        async () => {
          const ack = centre.retained;
          // One that was made before, heard late.
          if (ack && random() < 0.5) await chain.uplink.acknowledge({ ...ack, seen: ack.upTo, gaps: [] }, true);
        },
      ];
      chain.luck = () => random() < 0.8;
      for (let step = 0; step < 25; step++) await acts[Math.floor(random() * acts.length)]?.();
      chain.luck = () => true;
      await chain.confirmed(`seed ${seed}, round ${round}`);
      const missing = Array.from({ length: chain.appended }, (_, i) => `m${i + 1}`).filter(
        (m) => !centre.meters.has(m),
      );
      expect(missing, `seed ${seed}, round ${round}`).toEqual([]);
      expect(centre.meters.size, `seed ${seed}, round ${round}`).toBe(chain.appended);
      expect(centre.lost, `seed ${seed}, round ${round}`).toBe(0);
      await chain.kill();
    }
  }, 60_000);
});
