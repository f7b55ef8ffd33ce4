import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** `up`: from who connected to whom it wanted; `down`: the way back. */
export type Direction = 'up' | 'down';

/** What happens to the bytes of one direction, until it is told otherwise. */
export interface Weather {
  /** Every piece arrives so much later, ms. */
  readonly delayMs?: number;
  /** At most so many bytes at a time, with so many ms between them. */
  readonly pace?: { readonly bytes: number; readonly everyMs: number };
  /** Nothing passes for now, and nothing is lost: a link that stands still. */
  readonly hold?: boolean;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Directions that a router between the two has forgotten: bytes vanish, and nobody is told. */
  readonly holes: Set<Direction>;
}

/** A count-down to something that happens once, at a byte. */
interface Appointment {
  bytesLeft: number;
  readonly what: 'reset' | 'corrupt';
}

const CLEAR: Weather = {};
/** A link that stands still is looked at again so often, ms. */
const LOOK_MS = 20;

/**
 * A TCP link in this process that can be made bad and good again while it is in use. It holds at most what the sockets
 * hold: while bytes wait, no more are read, so that the sender feels it as on a real link.
 */
export class FaultProxy {
  readonly #server: Server;
  readonly #target: number;
  readonly #pairs = new Set<Pair>();
  readonly #weather: Record<Direction, Weather> = { up: CLEAR, down: CLEAR };
  readonly #appointments: Record<Direction, Appointment | null> = { up: null, down: null };
  #turnsAway: 'not' | 'reset' | 'silent' = 'not';
  #isClosed = false;
  /** Bytes that have come out, of all connections. */
  readonly passed: Record<Direction, number> = { up: 0, down: 0 };
  /** Connections so far, those included that were turned away. */
  accepted = 0;

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
  }

  /** A proxy on a free port of loopback, to a port of loopback. */
  static async start(target: number): Promise<FaultProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const proxy = new FaultProxy(server, target);
    server.on('connection', (client) => proxy.#accept(client));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** The weather of a direction from now on, for connections that there are and that come. */
  set(direction: Direction, weather: Weather): void {
    this.#weather[direction] = weather;
  }

  /** New connections are reset, or taken and then left without a word, or let through again. */
  turnAway(how: 'not' | 'reset' | 'silent'): void {
    this.#turnsAway = how;
  }

  /**
   * From now on what present connections send in these directions vanishes. It stays so: with bytes missing the
   * connection is of no use any more, as after a router has forgotten it. New connections are not touched.
   */
  swallow(...directions: readonly Direction[]): void {
    for (const { holes } of this.#pairs) for (const direction of directions) holes.add(direction);
  }

  /** Every present connection ends with RST on both sides. Returns how many. */
  reset(): number {
    const pairs = [...this.#pairs];
    for (const pair of pairs) drop(pair);
    return pairs.length;
  }

  /** Every present connection gets a FIN at the far end of this direction, and no more bytes in it. */
  halfClose(direction: Direction): void {
    for (const pair of this.#pairs) {
      pair.holes.add(direction);
      outOf(pair, direction).end();
    }
  }

  /** The connection on which the n-th byte from now on comes is reset in its place: `n - 1` still pass. */
  resetAt(direction: Direction, n: number): void {
    this.#appointments[direction] = { bytesLeft: n, what: 'reset' };
  }

  /** The n-th byte from now on, of whichever connection, arrives with one bit turned. */
  corruptAt(direction: Direction, n: number): void {
    this.#appointments[direction] = { bytesLeft: n, what: 'corrupt' };
  }

  /** Fair weather; what a hole has swallowed stays lost, so such connections are reset. */
  heal(): void {
    this.#turnsAway = 'not';
    for (const direction of ['up', 'down'] as const) {
      this.#weather[direction] = CLEAR;
      this.#appointments[direction] = null;
    }
    for (const pair of [...this.#pairs]) if (pair.holes.size > 0) drop(pair);
  }

  async stop(): Promise<void> {
    this.#isClosed = true;
    this.reset();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: Socket): void {
    this.accepted++;
    client.on('error', () => client.destroy());
    if (this.#turnsAway === 'reset' || this.#isClosed) {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const silent = this.#turnsAway === 'silent';
    const pair: Pair = { client, server, holes: new Set(silent ? ['up', 'down'] : []) };
    this.#pairs.add(pair);
    for (const socket of [client, server]) {
      socket.on('error', () => drop(pair));
      socket.on('close', () => {
        this.#pairs.delete(pair);
        drop(pair);
      });
    }
    void this.#carry(pair, 'up');
    void this.#carry(pair, 'down');
  }

  /** Carries one direction of a connection until it ends. */
  async #carry(pair: Pair, direction: Direction): Promise<void> {
    const [from, to] = direction === 'up' ? [pair.client, pair.server] : [pair.server, pair.client];
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        for (let rest = chunk; rest.length > 0; ) rest = await this.#carryPiece(pair, direction, rest);
      }
      if (!pair.holes.has(direction)) to.end();
    } catch {
      // The connection was reset by one of its ends or by the test: the other end is told.
      drop(pair);
    }
  }

  /** Passes on the first bytes of `chunk` as the weather has it; returns what is left. */
  async #carryPiece(pair: Pair, direction: Direction, chunk: Buffer): Promise<Buffer> {
    const { delayMs = 0, pace } = this.#weather[direction];
    if (delayMs > 0) await sleep(delayMs);
    while (this.#weather[direction].hold && !from(pair, direction).destroyed) await sleep(LOOK_MS);
    const length = Math.min(chunk.length, pace?.bytes ?? chunk.length);
    const piece = this.#keepAppointment(pair, direction, Buffer.from(chunk.subarray(0, length)));
    if (!pair.holes.has(direction)) {
      this.passed[direction] += piece.length;
      await written(outOf(pair, direction), piece);
    }
    if (pace) await sleep(pace.everyMs);
    return chunk.subarray(length);
  }

  #keepAppointment(pair: Pair, direction: Direction, piece: Buffer): Buffer {
    const appointment = this.#appointments[direction];
    if (!appointment || pair.holes.has(direction)) return piece;
    const at = appointment.bytesLeft - 1;
    appointment.bytesLeft -= piece.length;
    if (at >= piece.length) return piece;
    this.#appointments[direction] = null;
    if (appointment.what === 'corrupt') {
      piece[at] = (piece[at] ?? 0) ^ 0x10;
      return piece;
    }
    outOf(pair, direction).write(piece.subarray(0, at), () => drop(pair));
    pair.holes.add(direction);
    return piece;
  }
}

function from({ client, server }: Pair, direction: Direction): Socket {
  return direction === 'up' ? client : server;
}

function outOf({ client, server }: Pair, direction: Direction): Socket {
  return direction === 'up' ? server : client;
}

function drop({ client, server }: Pair): void {
  for (const socket of [client, server]) if (!socket.destroyed) socket.resetAndDestroy();
}

/** Resolves when the socket wants more. */
function written(socket: Socket, piece: Buffer): Promise<void> {
  if (socket.write(piece)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.once('drain', done).once('close', done);
  });
}
