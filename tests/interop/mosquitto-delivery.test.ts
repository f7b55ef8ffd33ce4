import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { decodeEnvelope } from '#contract/envelope-codec.ts';
import { systemClock } from '#platform/clock.ts';
import { MqttLink } from '#platform/mqtt/mqtt-link.ts';
import { type MqttVersion, NO_FILES } from '#platform/mqtt/options.ts';
import type { SpoolRecord } from '../../collector/spool/record.ts';
import { Spool } from '../../collector/spool/spool.ts';
import { Uplink } from '../../collector/spool/uplink.ts';
import { ackOf, advance, freshMark } from '../../gateway/ingest/marks.ts';
import { MOSQUITTO_HERE, Mosquitto, passwordOf } from '../support/mosquitto.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { eventually } from '../support/standalone.ts';

const VERSIONS = ['5', '3.1.1'] as const satisfies MqttVersion[];
const PREFIX = 'meterway/v1/demo/c1';
const ENVELOPE_ROWS = 500;
const AT = 1_795_000_000_000;
const clock = systemClock();

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'meterway-delivery-'));
  cleanUps.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function start(change: Record<string, number> = {}): Promise<Mosquitto> {
  const broker = await Mosquitto.start({ folder: folder(), change });
  cleanUps.push(() => broker.stop());
  return broker;
}

function linkOf(broker: Mosquitto, user: string, session: 'kept' | 'new', version: MqttVersion): MqttLink {
  const files = { ...NO_FILES, ca: broker.caFile };
  const options = { url: broker.url, clientId: `${user}.1`, session, username: user, password: passwordOf(user) };
  const link = new MqttLink({ ...options, version, files }, clock, quietLogger(), () => 0);
  cleanUps.push(() => link.close(500));
  return link;
}

/** The collector's half: a spool on disk and the uplink that empties it. */
class Field {
  readonly spool: Spool;
  readonly uplink: Uplink;
  #appended = 0;

  private constructor(spool: Spool, link: MqttLink, window: number) {
    this.spool = spool;
    const send = (text: string): Promise<void> => link.publish(`${PREFIX}/up/rows`, text);
    this.uplink = new Uplink({ spool, send, clock, logger: quietLogger(), window, resendMs: 1000, hearMs: 300 });
    link.subscribe(`${PREFIX}/down/ack`, (_, payload, retained) =>
      this.uplink.acknowledge(JSON.parse(Buffer.from(payload).toString()), retained),
    );
    link.onState((connected) => this.uplink.connection(connected));
  }

  static async start(broker: Mosquitto, version: MqttVersion, window: number): Promise<Field> {
    const spool = await Spool.open(join(folder(), 'spool.sqlite'), { clock, commitMs: 5, logger: quietLogger() });
    cleanUps.push(() => spool.close());
    const field = new Field(spool, linkOf(broker, 'c1', 'new', version), window);
    cleanUps.push(() => field.uplink.stop());
    return field;
  }

  async append(envelopes: number): Promise<void> {
    const records = Array.from({ length: envelopes * ENVELOPE_ROWS }, () => outcome(this.#appended++));
    await this.spool.append(records, []);
  }

  get appended(): number {
    return this.#appended;
  }
}

function outcome(n: number): SpoolRecord {
  return {
    stream: 'outcome',
    task: 'freeze-day',
    columns: ['meter', 'slot', 'at', 'reason', 'detail', 'attempts', 'lastBytes', 'final'],
    row: [`m${n}`, AT, AT, 'no_answer', '', 1, '', false],
  };
}

/** The gateway's half: commits in memory, then acks. */
class Centre {
  readonly meters = new Set<string>();
  readonly link: MqttLink;
  mark = freshMark('c1', '');

  constructor(broker: Mosquitto, version: MqttVersion, before?: Centre) {
    this.mark = before?.mark ?? this.mark;
    this.link = linkOf(broker, 'gateway', 'kept', version);
    this.link.subscribe('meterway/v1/+/+/up/rows', (_, payload) => this.#commit(payload));
  }

  #commit(payload: Uint8Array): void {
    const decoded = decodeEnvelope(Buffer.from(payload));
    if (!decoded.ok) throw new Error(decoded.why);
    const { epoch, seq, count, oldest, batches } = decoded.envelope;
    for (const batch of batches) for (const row of batch.rows) this.meters.add(row.meter);
    this.mark = advance({ ...this.mark, epoch }, seq, seq + count - 1, oldest);
    // Nobody waits for it: the PUBACK of an ack comes after this message is done with.
    this.link.publish(`${PREFIX}/down/ack`, JSON.stringify(ackOf(this.mark)), { retain: true }).catch(() => {});
  }
}

function connected(link: MqttLink, connections = 1): Promise<unknown> {
  return eventually('the link is connected', 20_000, () => link.counts.connections >= connections);
}

describe.skipIf(!MOSQUITTO_HERE).each(VERSIONS)('with Mosquitto and MQTT %s', (version) => {
  it('nothing is lost when the queue of the broker overflows while the gateway is away', async () => {
    const window = 24;
    const broker = await start({ max_queued_messages: 4, max_inflight_messages: 2 });
    const before = new Centre(broker, version);
    await connected(before.link);
    const field = await Field.start(broker, version, window);
    await field.append(1);
    await eventually('the first envelope is committed', 10_000, () => before.meters.size === field.appended);
    await before.link.close(500);
    await field.append(window);
    await eventually('the broker drops what it has acknowledged', 10_000, () =>
      broker.output.includes('Outgoing messages are being dropped'),
    );
    const after = new Centre(broker, version, before);
    await eventually('all is committed', 20_000, () => before.meters.size + after.meters.size >= field.appended);
    await eventually('the collector knows', 10_000, () => field.uplink.inFlight === 0);
    expect(after.mark).toMatchObject({ upTo: field.appended, ranges: [], lost: 0 });
    expect(after.link.counts.sessionsLost).toBe(0);
  }, 60_000);

  it('nothing is lost when the broker is killed in the middle of a burst and forgets everything', async () => {
    const broker = await start();
    const centre = new Centre(broker, version);
    await connected(centre.link);
    const field = await Field.start(broker, version, 8);
    const appending = field.append(60);
    await eventually('the burst is under way', 10_000, () => centre.meters.size >= 4 * ENVELOPE_ROWS);
    await broker.stop('SIGKILL');
    broker.forget();
    await appending;
    expect(centre.meters.size).toBeLessThan(field.appended);
    await broker.run();
    await eventually('all is committed', 30_000, () => centre.meters.size === field.appended);
    await eventually('the collector knows', 10_000, () => field.uplink.inFlight === 0);
    expect(centre.mark).toMatchObject({ upTo: field.appended, ranges: [], lost: 0 });
    expect(centre.link.counts).toMatchObject({ connections: 2, sessionsLost: 1 });
  }, 60_000);
});

describe.skipIf(!MOSQUITTO_HERE)('a session that the broker keeps', () => {
  it.each(VERSIONS)('brings what was sent meanwhile, and is not reported as lost, in MQTT %s', async (version) => {
    const broker = await start();
    const gateway = linkOf(broker, 'gateway', 'kept', version);
    const heard: string[] = [];
    gateway.subscribe('meterway/v1/+/+/up/rows', (_, payload) => void heard.push(Buffer.from(payload).toString()));
    await connected(gateway);
    await broker.stop('SIGTERM');
    await broker.run();
    await connected(gateway, 2);
    expect(gateway.counts.sessionsLost).toBe(0);
    await gateway.close(500);
    const collector = linkOf(broker, 'c1', 'new', version);
    await connected(collector);
    await collector.publish(`${PREFIX}/up/rows`, 'while away');
    const later = linkOf(broker, 'gateway', 'kept', version);
    later.subscribe('meterway/v1/+/+/up/rows', (_, payload) => void heard.push(Buffer.from(payload).toString()));
    await eventually('the message comes', 10_000, () => heard.length > 0);
    expect(heard).toEqual(['while away']);
  });

  it('a message that nobody hears is counted where the broker says so, and refused ones are told', async () => {
    const broker = await start();
    const collector = linkOf(broker, 'c1', 'new', '5');
    await connected(collector);
    await collector.publish(`${PREFIX}/up/rows`, 'into the void');
    expect(collector.counts.unheard).toBe(1);
    await expect(collector.publish('meterway/v1/demo/c2/up/rows', 'forged')).rejects.toMatchObject({
      code: 'mqtt_unsure',
      cause: expect.objectContaining({ message: expect.stringMatching(/not authorized/i) }),
    });
  });
});
