import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to a request on its way to InfluxDB. */
export type Mishap =
  | { readonly kind: 'answer'; readonly status: number; readonly retryAfterS?: number }
  /** The request arrives here, and nothing comes back until the connection is closed. */
  | { readonly kind: 'hang' }
  /** The connection is reset when the whole request has been read; the server never sees it. */
  | { readonly kind: 'reset' }
  /** The server does what it was asked, and the connection is reset instead of its answer. */
  | { readonly kind: 'lose the answer' };

/** Says what happens to a request; null: nothing. */
export type Choose = (path: string) => Mishap | null;

/** Stands before an InfluxDB and can make its requests go wrong in every way that a network or a server can. */
export class InfluxFaults {
  readonly #server: Server;
  readonly #target: string;
  #choose: Choose = () => null;
  /** Requests that went wrong on purpose. */
  mishaps = 0;

  private constructor(server: Server, target: string) {
    this.#server = server;
    this.#target = target;
  }

  static async start(target: string): Promise<InfluxFaults> {
    const server = createServer();
    const faults = new InfluxFaults(server, target);
    server.on('request', (from, to) => faults.#take(from, to));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return faults;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on, until it is told otherwise. */
  set(choose: Choose): void {
    this.#choose = choose;
  }

  /** All is well again; who still hangs is let go. */
  heal(): void {
    this.#choose = () => null;
    this.#server.closeAllConnections();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(from: IncomingMessage, to: ServerResponse): void {
    const chunks: Buffer[] = [];
    from.on('data', (chunk: Buffer) => chunks.push(chunk));
    from.on('error', () => {});
    from.on('end', () => {
      const mishap = this.#choose(new URL(from.url ?? '', this.#target).pathname);
      if (mishap) this.mishaps++;
      if (mishap?.kind === 'hang') return;
      if (mishap?.kind === 'reset') from.socket.resetAndDestroy();
      else if (mishap?.kind === 'answer') answer(to, mishap.status, mishap.retryAfterS);
      else this.#forward(from, Buffer.concat(chunks), to, mishap?.kind === 'lose the answer');
    });
  }

  #forward(from: IncomingMessage, body: Buffer, to: ServerResponse, loses: boolean): void {
    const { method, headers, url = '' } = from;
    const onward = request(new URL(url, this.#target), { method, headers }, (answered) => {
      if (loses) {
        answered.resume();
        answered.on('end', () => from.socket.resetAndDestroy());
        return;
      }
      to.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.on('error', () => to.destroy());
      answered.pipe(to);
    });
    // As if the server itself had refused or cut the connection.
    onward.on('error', () => from.socket.resetAndDestroy());
    onward.end(body);
  }
}

function answer(to: ServerResponse, status: number, retryAfterS: number | undefined): void {
  const headers = retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) };
  to.writeHead(status, { 'content-type': 'application/json', ...headers }).end(`{"error":"a mishap of ${status}"}`);
}
