import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export interface StubRequest {
  readonly method: string;
  readonly path: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Fields of a form. */
  readonly form: URLSearchParams;
}

/** Answers one request; returning false leaves it to the stub's own manners. */
export type Reaction = (request: StubRequest, response: ServerResponse) => boolean | undefined;

/**
 * An InfluxDB that keeps nothing: writes are counted and answered 204, questions have no rows. A test overrides one
 * reaction.
 */
export class InfluxStub {
  readonly requests: StubRequest[] = [];
  react: Reaction = () => false;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<InfluxStub> {
    const server = createServer();
    const stub = new InfluxStub(server);
    server.on('request', (request, response) => stub.#take(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return stub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Lines of every write so far. */
  get lines(): string[] {
    return this.writes.flatMap((request) => request.body.trimEnd().split('\n'));
  }

  get writes(): StubRequest[] {
    return this.requests.filter(({ path }) => path.endsWith('/write'));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = Buffer.concat(chunks);
      const body = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8');
      const url = new URL(request.url ?? '', 'http://stub');
      const { method = '', headers } = request;
      const seen = { method, path: url.pathname, url, headers, body, form: new URLSearchParams(body) };
      this.requests.push(seen);
      if (this.react(seen, response)) return;
      if (seen.path.endsWith('/write')) response.writeHead(204).end();
      else json(response, 200, { results: [{ statement_id: 0 }] });
    });
  }
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): true {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(`${JSON.stringify(body)}\n`);
  return true;
}
