import { createServer, type Server, type Socket } from 'node:net';
import type { Cancel } from '../clock/sim-clock.ts';
import { systemClock } from '../clock/sim-clock.ts';
import type { BusStats } from './bus.ts';
import { dlt645Reader } from './dlt645-reader.ts';
import { droppable, FieldLine, type LineOptions, type StreamReaderFactory } from './field-line.ts';
import { gdw376Reader } from './gdw376-reader.ts';
import { modbusTcpReader } from './modbus-reader.ts';
import { SupplyNews } from './supply-news.ts';

export interface TcpServerOptions extends Omit<LineOptions, 'clock'> {
  readonly clock?: LineOptions['clock'];
  /** 127.0.0.1 unless named. */
  readonly host?: string;
  /** 0 (the default) takes a free one. */
  readonly port?: number;
}

export interface TcpLine {
  readonly id: string;
  readonly port: number;
  readonly stats: BusStats;
  close(): Promise<void>;
}

/** A Modbus TCP gateway with the units of a line behind it. */
export function startModbusTcpServer(options: TcpServerOptions): Promise<TcpLine> {
  return TcpLineServer.start(options, modbusTcpReader);
}

/** A Q/GDW 376.1 concentrator that waits to be called and forwards frames to the meters behind it. */
export function startGdw376TcpServer(options: TcpServerOptions): Promise<TcpLine> {
  return TcpLineServer.start(options, gdw376Reader);
}

/** A concentrator that passes DL/T 645 and 698.45 frames through. */
export function startDlt645TcpServer(options: TcpServerOptions): Promise<TcpLine> {
  return TcpLineServer.start(options, dlt645Reader);
}

/** How often a port that another program took meanwhile is asked for again. */
const RETRY_MS = 500;

/** Listens while its concentrator is online; going offline cuts every connection and refuses new ones. */
class TcpLineServer implements TcpLine {
  readonly #line: FieldLine;
  readonly #reader: StreamReaderFactory;
  readonly #host: string;
  readonly #sockets = new Set<Socket>();
  /** Only a terminal speaks unasked. */
  readonly #news: SupplyNews | null;
  readonly #unsubscribe: () => void;
  #port: number;
  #server: Server | undefined;
  #cancel: Cancel = () => {};
  #closed = false;

  /** Rejects when the port cannot be had. */
  static async start(options: TcpServerOptions, reader: StreamReaderFactory): Promise<TcpLine> {
    const server = new TcpLineServer(options, reader);
    await server.#listen();
    server.#arm();
    return server;
  }

  private constructor(options: TcpServerOptions, reader: StreamReaderFactory) {
    this.#line = new FieldLine({ ...options, clock: options.clock ?? systemClock() });
    this.#news = this.#line.spec.terminal ? new SupplyNews(this.#line) : null;
    this.#reader = reader;
    this.#host = options.host ?? '127.0.0.1';
    this.#port = options.port ?? 0;
    this.#unsubscribe = options.world.faults.onChange(() => this.#arm());
  }

  get id(): string {
    return this.#line.spec.id;
  }

  get port(): number {
    return this.#port;
  }

  get stats(): BusStats {
    return this.#line.stats;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unsubscribe();
    this.#cancel();
    this.#line.close();
    await this.#hangUp();
  }

  /** Follows the faults of the line now, and again at the next instant at which one begins or ends. */
  #arm(): void {
    if (this.#closed) return;
    this.#cancel();
    const offline = this.#line.isOffline;
    if (offline && this.#server) void this.#hangUp();
    else this.#tell();
    let waitMs = this.#untilNextBorder();
    if (!offline && !this.#server) {
      void this.#listen().catch(() => {});
      waitMs = Math.min(waitMs, RETRY_MS);
    }
    if (waitMs < Number.POSITIVE_INFINITY) this.#cancel = this.#line.clock.after(waitMs, () => this.#arm());
  }

  #tell(): void {
    if (!this.#news || this.#sockets.size === 0) return;
    for (const frame of this.#news.take()) for (const socket of this.#sockets) socket.write(frame);
  }

  #untilNextBorder(): number {
    const now = this.#line.clock.now();
    return (this.#line.world.nextBorder(this.id, now) ?? Number.POSITIVE_INFINITY) - now;
  }

  #listen(): Promise<void> {
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', (error) => {
        if (this.#server === server) this.#server = undefined;
        reject(new Error(`cannot listen for line ${this.id} on ${this.#host}:${this.#port}`, { cause: error }));
      });
      server.listen(this.#port, this.#host, () => {
        const address = server.address();
        if (address && typeof address === 'object') this.#port = address.port;
        resolve();
      });
    });
  }

  #hangUp(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
    for (const socket of this.#sockets) socket.resetAndDestroy();
    return closed;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    const send = (bytes: Uint8Array): void => {
      if (!socket.destroyed) socket.write(bytes);
    };
    const reader = droppable(this.#line, this.#reader(this.#line, send));
    socket.on('data', (bytes) => {
      socket.cork();
      if (!reader.receive(bytes)) socket.destroy();
      socket.uncork();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    this.#tell();
  }
}
