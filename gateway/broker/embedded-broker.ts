import { createServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { Aedes, type AuthenticateError, type Client } from 'aedes';
import { MeterwayError, messageOf } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import { Access, type DistrictOf } from './access.ts';
import { type Credentials, GATEWAY_USER } from './credentials.ts';
import { PacketGuard } from './packet-guard.ts';
import { Seats } from './seats.ts';

/** Largest packet a client may send: the status of a collector with 1,000 lines has about 600 KiB, an envelope 128. */
const MAX_PACKET_BYTES = 1024 * 1024;
/** The gateway's plans grow with the meters, 155 bytes each; this is all that MQTT can carry. */
const MAX_GATEWAY_PACKET_BYTES = 256 * 1024 * 1024;
const MAX_CONNECTIONS = 2000;
const MAX_CONNECTIONS_PER_USER = 8;
const SERVER_UNAVAILABLE = 3;
const NOT_AUTHORIZED = 5;

export interface EmbeddedBroker {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * The broker for one machine. It keeps sessions and retained messages in memory only; nothing of the delivery promise
 * rests on it, because collectors delete on a commit ack and the gateway publishes its retained messages anew.
 */
export async function startEmbeddedBroker(options: {
  host: string;
  port: number;
  credentials: Credentials;
  districtOf: DistrictOf;
  logger: Logger;
}): Promise<EmbeddedBroker> {
  const { credentials, logger } = options;
  const access = new Access(options.districtOf);
  const users = new WeakMap<Client, string>();
  const guards: Guards = new WeakMap();
  const seats = new Seats(MAX_CONNECTIONS_PER_USER);
  const broker = new Aedes({
    drainTimeout: 30_000,
    connectTimeout: 10_000,
    maxClientsIdLength: 128,
    maxTopicLevels: 8,
    keepaliveLimit: 600,
    authenticate: (client, username, password, done) => {
      const user = username ?? '';
      if (!credentials.check(user, password ?? Buffer.alloc(0)) || !access.mayConnect(client.id, user)) {
        logger.warn({ client: client.id, user }, 'a connection to the broker was refused');
        done(refusal(NOT_AUTHORIZED), false);
        return;
      }
      const { conn } = client;
      if (!seats.take(user, conn)) {
        logger.warn({ client: client.id, user, most: MAX_CONNECTIONS_PER_USER }, 'a user has too many connections');
        done(refusal(SERVER_UNAVAILABLE), false);
        return;
      }
      conn.once('close', () => seats.leave(user, conn));
      users.set(client, user);
      if (user === GATEWAY_USER) guards.get(conn)?.allow(MAX_GATEWAY_PACKET_BYTES);
      done(null, true);
    },
    authorizePublish: (client, packet, done) => {
      // A last will comes here too, with the client that left it.
      const user = client ? (users.get(client) ?? '') : '';
      if (access.mayPublish(user, packet.topic)) done(null);
      else {
        logger.warn({ user, topic: packet.topic }, 'a publish outside its own topics was refused');
        done(new Error('not authorised'));
      }
    },
    authorizeSubscribe: (client, subscription, done) => {
      const user = users.get(client) ?? '';
      const allowed = access.maySubscribe(user, subscription.topic);
      if (!allowed) logger.warn({ user, filter: subscription.topic }, 'a subscription was refused');
      done(null, allowed ? subscription : null);
    },
  });
  await broker.listen();
  const server = createServer((socket) => serve(broker, socket, guards, logger));
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, options.host, options.port);
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : options.port;
  return { port, close: () => close(broker, server) };
}

/** `returnCode` as in CONNACK, MQTT 3.1.1 section 3.2.2.3. */
function refusal(returnCode: number): AuthenticateError {
  return Object.assign(new Error('not let in'), { returnCode });
}

type Guards = WeakMap<Client['conn'], PacketGuard>;

function serve(broker: Aedes, socket: Socket, guards: Guards, logger: Logger): void {
  socket.setNoDelay(true);
  const guard = new PacketGuard(MAX_PACKET_BYTES);
  guard.on('error', (error) => {
    if (error instanceof MeterwayError) {
      logger.warn({ peer: socket.remoteAddress ?? '', why: messageOf(error) }, 'a connection was cut');
    }
    socket.destroy();
  });
  socket.on('error', () => guard.destroy());
  socket.on('close', () => guard.destroy());
  socket.pipe(guard);
  const connection = Duplex.from({ readable: guard, writable: socket });
  guards.set(connection, guard);
  broker.handle(connection);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new MeterwayError(
          `cannot open the embedded broker on ${host}:${port}: ${messageOf(cause)}; ` +
            'another port is set with METERWAY_BROKER_PORT',
          { code: 'port_taken', cause },
        ),
      ),
    );
    server.listen(port, host, resolve);
  });
}

function close(broker: Aedes, server: Server): Promise<void> {
  return new Promise((resolve) => broker.close(() => server.close(() => resolve())));
}
