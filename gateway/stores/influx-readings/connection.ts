import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpError, InfluxDB, type Transport } from '@influxdata/influxdb-client';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError, messageOf } from '#platform/errors.ts';
import { type Dialect, dialectOf } from './dialect.ts';
import type { InfluxSettings } from './settings.ts';

const MOST_SOCKETS = 8;
/** Longest that a whole exchange may take, from the first byte sent to the last one received. */
export const ANSWER_MS = 30_000;
const GZIP_FROM_BYTES = 4096;
const LONGEST_REASON = 300;

export interface InfluxRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  /** Whether a long body may go packed, unless the server is on this machine: 1.x unpacks writes and nothing else. */
  readonly mayPack?: boolean;
  /** Takes the body of a good answer piece by piece; without it, the answer holds it whole. */
  readonly onData?: (bytes: Uint8Array) => void;
}

export interface InfluxAnswer {
  readonly status: number;
  /** The body of a good answer, or what the server says is wrong. */
  readonly text: string;
  readonly retryAfter: string | undefined;
  /** Release of the server, where it tells. */
  readonly version: string | undefined;
}

/**
 * Requests to one InfluxDB server, over the transport of its client library and not over its WriteApi: that one counts
 * a partial success (201) and any "hinted handoff queue not empty" as written, tells no status, knows no deadline but
 * an idle socket, and prints failures to the console.
 */
export class InfluxConnection {
  /** Address without user and password, for messages. */
  readonly where: string;
  readonly dialect: Dialect;
  readonly settings: InfluxSettings;
  readonly #transport: Transport;
  readonly #agent: HttpAgent;
  readonly #clock: Clock;
  readonly #gzip: boolean;

  constructor(settings: InfluxSettings, clock: Clock) {
    const url = urlOf(settings.influxUrl);
    this.where = `${url.origin}${url.pathname.replace(/\/$/, '')}`;
    this.dialect = dialectOf(settings);
    this.settings = settings;
    this.#clock = clock;
    // Packing costs more processor time than a loopback costs; over a network it saves nine tenths of the bytes.
    this.#gzip = !isLoopback(url.hostname);
    this.#agent = new (url.protocol === 'https:' ? HttpsAgent : HttpAgent)({
      keepAlive: true,
      maxSockets: MOST_SOCKETS,
    });
    this.#transport = new InfluxDB({
      url: this.where,
      headers: this.dialect.headers,
      timeout: ANSWER_MS,
      transportOptions: { agent: this.#agent },
    }).transport;
  }

  /** Resolves with whatever the server answers; rejects with `store_unreachable` when it does not answer in time. */
  request(request: InfluxRequest): Promise<InfluxAnswer> {
    return new Promise((resolve, reject) => {
      const abort = new AbortController();
      let late = false;
      const cancel = this.#clock.after('answer of InfluxDB', ANSWER_MS, () => {
        late = true;
        abort.abort();
      });
      const chunks: Uint8Array[] = [];
      let status = 0;
      let retryAfter: string | undefined;
      let version: string | undefined;
      const finish = (end: () => void): void => {
        cancel();
        end();
      };
      const options = {
        method: request.method,
        headers: { 'content-type': request.contentType ?? 'application/json; charset=utf-8' },
        signal: abort.signal,
        ...(this.#gzip && request.mayPack ? { gzipThreshold: GZIP_FROM_BYTES } : {}),
      };
      this.#transport.send(request.path, request.body ?? '', options, {
        responseStarted: (headers, code) => {
          status = code ?? 0;
          retryAfter = oneOf(headers['retry-after']);
          version = oneOf(headers['x-influxdb-version']);
        },
        next: (bytes: Uint8Array) => {
          if (request.onData) request.onData(bytes);
          else chunks.push(bytes);
        },
        complete: () => {
          const text = Buffer.concat(chunks).toString('utf8');
          finish(() => resolve({ status, text, retryAfter, version }));
        },
        error: (error) =>
          finish(() => {
            // The library leaves the request open when it gives up; a late answer would keep its socket.
            abort.abort();
            if (error instanceof HttpError) {
              resolve({ status: error.statusCode, text: reasonOf(error), retryAfter, version });
            } else reject(this.#unreachable(late ? `no answer within ${ANSWER_MS / 1000} s` : messageOf(error)));
          }),
      });
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  #unreachable(why: string): MeterwayError {
    return new MeterwayError(`cannot reach InfluxDB at ${this.where}: ${why}`, {
      code: 'store_unreachable',
      next: 'retry',
    });
  }
}

function urlOf(text: string): URL {
  const url = URL.parse(text);
  if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' && url.password === '') {
    return url;
  }
  throw new MeterwayError(
    'cannot use the setting influxUrl: it must be http://host:port or https://host:port, without user and password',
    { code: 'config_invalid' },
  );
}

function oneOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.');
}

function reasonOf({ json, body }: HttpError): string {
  const told: unknown = json?.error ?? json?.message;
  const reason = typeof told === 'string' && told !== '' ? told : (body ?? '');
  return reason.slice(0, LONGEST_REASON);
}
