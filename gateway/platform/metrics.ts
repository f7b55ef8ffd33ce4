import { createServer } from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client';
import { MeterwayError, messageOf } from './errors.ts';

/**
 * One registry per process; nothing global. Metric names begin with `meterway_`; no label carries a meter id, because
 * a million label values would be a million time series.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly #fillers: (() => void | Promise<void>)[] = [];

  constructor(options: { process: string; runtime?: boolean }) {
    this.registry.setDefaultLabels({ process: options.process });
    if (options.runtime ?? true) collectDefaultMetrics({ register: this.registry, prefix: 'meterway_' });
  }

  counter<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return new Counter({ name: `meterway_${name}`, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  gauge<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> {
    return new Gauge({ name: `meterway_${name}`, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  histogram<L extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: readonly L[] = [],
  ): Histogram<L> {
    return new Histogram({
      name: `meterway_${name}`,
      help,
      buckets: [...buckets],
      labelNames: [...labelNames],
      registers: [this.registry],
    });
  }

  /** `fill` runs before each scrape, to set gauges that are computed only then. */
  onScrape(fill: () => void | Promise<void>): void {
    this.#fillers.push(fill);
  }

  async text(): Promise<string> {
    for (const fill of this.#fillers) await fill();
    return this.registry.metrics();
  }
}

/** Serves `/metrics` and `/healthz` of a process without an HTTP face of its own; returns its stop. */
export async function serveMetrics(metrics: Metrics, host: string, port: number): Promise<() => Promise<void>> {
  const server = createServer((request, reply) => {
    if (request.url === '/healthz') {
      reply.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}');
    } else if (request.url === '/metrics') {
      metrics.text().then(
        (text) => reply.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text),
        (error: unknown) => reply.writeHead(500).end(messageOf(error)),
      );
    } else {
      reply.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new MeterwayError(`cannot serve metrics on ${host}:${port}: ${messageOf(cause)}`, {
          code: 'port_taken',
          cause,
        }),
      ),
    );
    server.listen(port, host, resolve);
  });
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}
