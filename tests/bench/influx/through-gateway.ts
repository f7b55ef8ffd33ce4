import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Ack } from '#contract/ack.ts';
import { topic } from '#contract/topics.ts';
import { systemClock } from '#platform/clock.ts';
import { MqttLink } from '#platform/mqtt/mqtt-link.ts';
import { initInflux } from '#stores/influx-readings/init.ts';
import { linesOf } from '#stores/influx-readings/lines.ts';
import { openState } from '#stores/open-stores.ts';
import { placesOf } from '../../../gateway/registry/places.ts';
import type { InfluxServer } from '../../support/influx-server.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { eventually, freePort, Program } from '../../support/standalone.ts';
import { ingestDistrict } from '../ingest/district.ts';
import { envelopesOf, FIRST_SLOT, readingsOf, slotAt } from '../ingest/rows.ts';
import { Sender } from '../ingest/sender.ts';
import { processUse } from '../kit/process-use.ts';

const WARM_UP_SLOTS = 4;
const SLOTS = 24;
/** What one commit of the gateway holds, and so one request of the baseline. */
const ROWS_A_REQUEST = 5000;

export interface ThroughGateway {
  readonly rowsPerS: number;
  readonly gatewayCpuUs: number;
  readonly serverCpuUs: number;
}

const district = ingestDistrict(FIRST_SLOT);
const TIMED_ROWS = district.meters.length * SLOTS;

/**
 * The gateway as a process of its own, embedded broker included, between ten collectors that send as their uplinks do
 * and a server: rows a second until the last commit ack.
 */
export async function throughGateway(server: InfluxServer, database: string): Promise<ThroughGateway> {
  const dataDir = mkdtempSync(join(tmpdir(), 'meterway-bench-gateway-'));
  const settings = server.settings({ influxDatabase: database });
  await initInflux(settings);
  const state = await openState({ dataDir });
  await state.registry.replace(district.index.registry);
  await state.close();
  const port = await freePort();
  const gateway = new Program(['gateway/main.ts'], {
    METERWAY_DATA_DIR: dataDir,
    METERWAY_LOG_LEVEL: 'warn',
    METERWAY_BROKER_PORT: String(port),
    METERWAY_READING_STORE: 'influx',
    METERWAY_INFLUX_URL: settings.influxUrl,
    METERWAY_INFLUX_VERSION: '1',
    METERWAY_INFLUX_DATABASE: database,
    METERWAY_KEEP_CURVE_MONTHS: '0',
    METERWAY_KEEP_FREEZE_MONTHS: '0',
    METERWAY_HOURLY_AFTER_DAYS: '0',
    METERWAY_SIMULATION: 'true',
    METERWAY_CLOCK_OFFSET_MS: String(slotAt(96) - Date.now()),
  });
  const links: MqttLink[] = [];
  try {
    const senders = await connect(dataDir, port, links);
    const sendUntil = (slot: number): Promise<unknown> =>
      Promise.race([
        Promise.all(senders.map((sender) => sender.sendUntil(slot))),
        gateway.ended.then(() => {
          throw new Error(`the gateway has ended:\n${gateway.output}`);
        }),
      ]);
    await sendUntil(WARM_UP_SLOTS);
    const pid = gateway.process.pid ?? 0;
    const before = { gateway: processUse(pid).cpuS, server: processUse(server.pid).cpuS };
    const begun = performance.now();
    await sendUntil(WARM_UP_SLOTS + SLOTS);
    const seconds = (performance.now() - begun) / 1000;
    const us = (pidOf: number, from: number): number => ((processUse(pidOf).cpuS - from) * 1e6) / TIMED_ROWS;
    return {
      rowsPerS: TIMED_ROWS / seconds,
      gatewayCpuUs: us(pid, before.gateway),
      serverCpuUs: us(server.pid, before.server),
    };
  } finally {
    await Promise.all(links.map((link) => link.close(500)));
    gateway.process.kill('SIGTERM');
    await gateway.ended;
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function connect(dataDir: string, port: number, links: MqttLink[]): Promise<Sender[]> {
  const file = join(dataDir, 'broker', 'credentials.json');
  const passwords = await eventually('the gateway listens', 30_000, () => {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    } catch {
      return null;
    }
  });
  const clock = systemClock();
  const senders: Sender[] = [];
  for (const stream of district.streams) {
    const { collector } = stream;
    const link = new MqttLink(
      {
        url: `mqtt://127.0.0.1:${port}`,
        clientId: `${collector}.bench`,
        username: collector,
        password: passwords[collector] ?? '',
        session: 'new',
        version: '3.1.1',
      },
      clock,
      quietLogger(),
    );
    links.push(link);
    const envelopes = envelopesOf(district, stream, WARM_UP_SLOTS + SLOTS);
    const sender = new Sender(
      (n) => envelopes[n],
      (bytes) => void link.publish(topic(district.id, collector, 'up/rows'), Buffer.from(bytes).toString()),
    );
    link.subscribe(topic(district.id, collector, 'down/ack'), (_topic, payload) =>
      sender.acknowledge(JSON.parse(Buffer.from(payload).toString()) as Ack),
    );
    senders.push(sender);
    await new Promise<void>((resolve) => link.onState((connected) => connected && resolve()));
  }
  return senders;
}

/** The same rows as ready-made line protocol, in requests of the same size, one after the other. */
export async function readyMade(server: InfluxServer, database: string): Promise<number> {
  await server.ask(`CREATE DATABASE ${database}`);
  const places = placesOf(district.index);
  const all = WARM_UP_SLOTS * district.meters.length + TIMED_ROWS;
  const bodies: string[] = [];
  for (let from = 0; from < all; from += ROWS_A_REQUEST) {
    const lines = linesOf(readingsOf(district, from, ROWS_A_REQUEST), places);
    bodies.push(lines.map(({ line }) => line).join('\n'));
  }
  const send = async (body: string): Promise<void> => {
    const response = await fetch(`${server.url}/write?db=${database}&precision=ms`, { method: 'POST', body });
    if (response.status !== 204) throw new Error(`the server says ${response.status}`);
  };
  const warmUp = (WARM_UP_SLOTS * district.meters.length) / ROWS_A_REQUEST;
  for (const body of bodies.slice(0, warmUp)) await send(body);
  const begun = performance.now();
  for (const body of bodies.slice(warmUp)) await send(body);
  return TIMED_ROWS / ((performance.now() - begun) / 1000);
}
