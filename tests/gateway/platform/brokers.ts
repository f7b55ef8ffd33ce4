import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Aedes, type AedesOptions } from 'aedes';
import type { Clock } from '#platform/clock.ts';
import { MqttLink } from '#platform/mqtt/mqtt-link.ts';
import type { MqttOptions } from '#platform/mqtt/options.ts';
import { quietLogger } from '../../support/quiet-logger.ts';

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A listener that knows its connections, and can cut them. */
class Listener {
  port = 0;
  readonly sockets: Socket[] = [];
  readonly #server: Server;

  constructor(serve: (socket: Socket) => void) {
    this.#server = createServer((socket) => {
      this.sockets.push(socket);
      socket.on('error', () => {});
      serve(socket);
    });
  }

  async open(port: number): Promise<void> {
    this.port = await listen(this.#server, port);
  }

  get connected(): number {
    return this.sockets.filter((socket) => !socket.destroyed).length;
  }

  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A real broker on a loopback port, without rights unless `options` gives some. */
export async function startBroker(options: AedesOptions = {}, port = 0): Promise<{ aedes: Aedes; listener: Listener }> {
  const aedes = new Aedes(options);
  await aedes.listen();
  const listener = new Listener((socket) => aedes.handle(socket));
  await listener.open(port);
  return { aedes, listener };
}

const CONNACK = Buffer.from([0x20, 2, 0, 0]);
const CONNECT = 1;
const PUBLISH = 3;

/** Takes every connection and every message, and acknowledges none. */
export async function startSilentBroker(): Promise<{ listener: Listener; readonly published: number }> {
  let published = 0;
  const listener = new Listener((socket) => {
    socket.once('data', () => socket.write(CONNACK));
    socket.on('data', (bytes) => {
      if ((bytes[0] ?? 0) >> 4 === PUBLISH) published++;
    });
  });
  await listener.open(0);
  return {
    listener,
    get published() {
      return published;
    },
  };
}

/** Where the body of the first packet begins and where it ends; beyond the bytes while it is not complete. */
function packetEnd(bytes: Buffer): { body: number; to: number } {
  let length = 0;
  for (let i = 1; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    length += (byte & 0x7f) * 128 ** (i - 1);
    if (byte < 0x80) return { body: i + 1, to: i + 1 + length };
  }
  return { body: 0, to: Number.POSITIVE_INFINITY };
}

/** Calls back with each whole packet, and where its body begins. */
function onPackets(socket: Socket, packet: (bytes: Buffer, body: number) => void): void {
  let waiting = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    waiting = Buffer.concat([waiting, bytes]);
    for (let end = packetEnd(waiting); end.to <= waiting.length; end = packetEnd(waiting)) {
      packet(waiting.subarray(0, end.to), end.body);
      waiting = waiting.subarray(end.to);
    }
  });
}

function versionOf(connect: Buffer | undefined): number {
  return connect?.[connect.indexOf('MQTT') + 4] ?? 0;
}

function publishOf(bytes: Buffer, body: number, version: number): { id: number; payload: string } {
  const id = body + 2 + bytes.readUInt16BE(body);
  // The properties of version 5, none of them set, take one byte.
  const payload = bytes.subarray(id + (version === 5 ? 3 : 2)).toString();
  return { id: bytes.readUInt16BE(id), payload };
}

/** Answers the n-th CONNECT with the n-th answer, an empty one by closing, and keeps what it heard. */
export async function startScriptedBroker(answers: readonly (readonly number[])[]): Promise<{
  listener: Listener;
  /** Version byte of each CONNECT. */
  readonly versions: number[];
  readonly connects: Buffer[];
  payloads(): string[];
  /** Sends a PUBACK for all that has none yet. */
  acknowledge(): void;
}> {
  const connects: Buffer[] = [];
  const published: { id: number; payload: string }[] = [];
  let acknowledged = 0;
  const listener = new Listener((socket) => {
    onPackets(socket, (bytes, body) => {
      const kind = bytes.readUInt8(0) >> 4;
      if (kind === PUBLISH) published.push(publishOf(bytes, body, versionOf(connects.at(-1))));
      if (kind !== CONNECT) return;
      const answer = answers[connects.push(bytes) - 1];
      if (answer?.length) socket.write(Buffer.from(answer));
      else socket.end();
    });
  });
  await listener.open(0);
  return {
    listener,
    connects,
    get versions() {
      return connects.map(versionOf);
    },
    payloads: () => published.map(({ payload }) => payload),
    acknowledge: () => {
      for (const { id } of published.slice(acknowledged)) {
        listener.sockets.at(-1)?.write(Buffer.from([0x40, 2, id >> 8, id & 0xff]));
      }
      acknowledged = published.length;
    },
  };
}

/** A link with the shortest wait between two attempts, and every state it told. */
export function openLink(
  port: number,
  clock: Clock,
  options: Partial<MqttOptions> = {},
  random: () => number = () => 0,
): { link: MqttLink; logger: ReturnType<typeof quietLogger>; states: boolean[] } {
  const logger = quietLogger();
  const all: MqttOptions = {
    url: `mqtt://127.0.0.1:${port}`,
    clientId: 'c1',
    session: 'kept',
    username: 'c1',
    password: 'open sesame',
    ...options,
  };
  const link = new MqttLink(all, clock, logger, random);
  const states: boolean[] = [];
  link.onState((connected) => states.push(connected));
  return { link, logger, states };
}
