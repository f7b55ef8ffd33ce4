import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Aedes, type AedesOptions } from 'aedes';
import type { Clock } from '#platform/clock.ts';
import { MqttLink, type MqttOptions } from '#platform/mqtt.ts';
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

/** A link with the shortest wait between two attempts, and every state it told. */
export function openLink(
  port: number,
  clock: Clock,
  options: Partial<MqttOptions> = {},
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
  const link = new MqttLink(all, clock, logger, () => 0);
  const states: boolean[] = [];
  link.onState((connected) => states.push(connected));
  return { link, logger, states };
}
