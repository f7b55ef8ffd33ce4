import { createServer, type Server } from 'node:net';
import { Aedes } from 'aedes';
import type { Plan } from '#contract/plan.ts';
import { topic } from '#contract/topics.ts';
import { ackOf, advance, freshMark } from '../../../gateway/ingest/marks.ts';
import { freePort } from '../../support/standalone.ts';

/** The parts of an envelope that are looked at here. */
interface Rows {
  readonly epoch: string;
  readonly seq: number;
  readonly count: number;
  readonly oldest: number;
  readonly batches: readonly {
    readonly stream: string;
    readonly job?: string;
    readonly columns: readonly string[];
    readonly rows: readonly (readonly unknown[])[];
  }[];
}

/** One row as it came: a reading, or the reason why there is none. */
export interface Arrived {
  readonly stream: string;
  /** Of the job whose result it is. */
  readonly job: string | null;
  readonly meter: string;
  readonly slot: number;
  /** When it was read, or tried last. */
  readonly at: number;
  /** When the centre had it, monotonic ms. */
  readonly arrivedAt: number;
}

/** A broker with a centre inside that acknowledges everything at once, as a gateway with an endless disk would. */
export class ToyCentre {
  readonly port: number;
  onRow: (row: Arrived) => void = () => {};
  /** Resolves when the collector works by the plan. */
  readonly working: Promise<void>;
  readonly #broker: Aedes;
  readonly #server: Server;

  private constructor(port: number, broker: Aedes, server: Server, working: Promise<void>) {
    this.port = port;
    this.working = working;
    this.#broker = broker;
    this.#server = server;
  }

  static async start(plan: Plan): Promise<ToyCentre> {
    const broker = await Aedes.createBroker({ drainTimeout: 30_000 });
    const server = createServer(broker.handle);
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const { district, collector } = plan;
    const working = new Promise<void>((resolve) => {
      const hear = (payload: Buffer | string): void => {
        const { online, planVersion } = JSON.parse(payload.toString()) as {
          online: boolean;
          planVersion: string | null;
        };
        if (online && planVersion === plan.version) resolve();
      };
      const heard = (packet: { payload: Buffer | string }, done: () => void): void => {
        hear(packet.payload);
        done();
      };
      broker.subscribe(topic(district, collector, 'up/status'), heard, () => {});
    });
    const centre = new ToyCentre(port, broker, server, working);
    await centre.publish(topic(district, collector, 'down/plan'), JSON.stringify(plan), true);
    let mark = freshMark(collector, '');
    const take = (payload: Buffer | string): void => {
      const rows = JSON.parse(payload.toString()) as Rows;
      centre.#tell(rows);
      const { epoch, seq, count, oldest } = rows;
      mark = advance(mark.epoch === epoch ? mark : freshMark(collector, epoch), seq, seq + count - 1, oldest);
      void centre.publish(topic(district, collector, 'down/ack'), JSON.stringify(ackOf(mark)), true);
    };
    await new Promise<void>((resolve) =>
      broker.subscribe(
        topic(district, collector, 'up/rows'),
        (packet, done) => {
          take(packet.payload);
          done();
        },
        resolve,
      ),
    );
    return centre;
  }

  publish(name: string, payload: string, retain = false): Promise<void> {
    return new Promise((resolve, reject) => {
      const packet = {
        cmd: 'publish',
        qos: 1,
        dup: false,
        topic: name,
        payload: Buffer.from(payload),
        retain,
      } as const;
      this.#broker.publish(packet, (error) => (error ? reject(error) : resolve()));
    });
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#broker.close(resolve));
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #tell({ batches }: Rows): void {
    const arrivedAt = performance.now();
    for (const { stream, job = null, columns, rows } of batches) {
      const [meter, slot, at] = [
        columns.indexOf('meter'),
        columns.indexOf('slot'),
        Math.max(columns.indexOf('readAt'), columns.indexOf('at')),
      ];
      for (const row of rows) {
        this.onRow({ stream, job, meter: String(row[meter]), slot: Number(row[slot]), at: Number(row[at]), arrivedAt });
      }
    }
  }
}
