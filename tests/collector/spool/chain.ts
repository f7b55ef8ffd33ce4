import type { Ack } from '#contract/ack.ts';
import { decodeEnvelope } from '#contract/envelope-codec.ts';
import type { SpoolRecord } from '../../../collector/spool/record.ts';
import { Spool } from '../../../collector/spool/spool.ts';
import { NO_LIMITS } from '../../../collector/spool/upkeep.ts';
import { Uplink } from '../../../collector/spool/uplink.ts';
import { ackOf, advance, covers, freshMark } from '../../../gateway/ingest/marks.ts';
import { scratchPaths } from '../../gateway/stores/scratch-folder.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';

const scratch = scratchPaths();
export const AT = 1_795_000_000_000;
export const DAY_MS = 86_400_000;
export const RESEND_MS = 1000;
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
export class Centre {
  meters = new Set<string>();
  received = 0;
  marks = new Map<string, ReturnType<typeof freshMark>>();
  retained: Ack | null = null;

  /** The ack for an envelope. */
  take(text: string): Ack {
    const decoded = decodeEnvelope(Buffer.from(text));
    if (!decoded.ok) throw new Error(decoded.why);
    const { epoch, seq, count, oldest, batches } = decoded.envelope;
    const known = this.marks.get(epoch) ?? freshMark('c1', epoch);
    const isKnown = covers(known, seq, seq + count - 1);
    for (const { rows } of batches) {
      this.received += rows.length;
      // The gateway looks at nothing that it has committed.
      if (!isKnown) for (const { meter } of rows) this.meters.add(meter);
    }
    const mark = isKnown ? known : advance(known, seq, seq + count - 1, oldest);
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

  /** As the gateway does on every connection: one topic, the newest epoch last. */
  *acks(): Generator<Ack> {
    for (const mark of this.marks.values()) {
      this.retained = ackOf(mark);
      yield this.retained;
    }
  }

  get lost(): number {
    return [...this.marks.values()].reduce((sum, { lost }) => sum + lost, 0);
  }
}

/** A collector's spool and uplink with the centre, in one process, on a clock that the test moves. */
export class Chain {
  readonly centre = new Centre();
  readonly clock = new ManualClock(AT);
  readonly logger = quietLogger();
  readonly path = scratch('spool.db');
  /** Whether a message arrives. */
  luck: () => boolean = () => true;
  spool!: Spool;
  uplink!: Uplink;
  #next = 1;

  async start(): Promise<this> {
    const { clock, logger, centre } = this;
    const limits = { ...NO_LIMITS, keepMs: 7 * DAY_MS };
    const spool = await Spool.open(this.path, { clock, commitMs: 1, logger, limits });
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

  /** The centre starts again beside a collector that is there. */
  async hearAcks(): Promise<void> {
    for (const ack of this.centre.acks()) await this.uplink.acknowledge(ack, false);
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
