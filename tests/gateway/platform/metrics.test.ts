import { afterEach, describe, expect, it } from 'vitest';
import { Metrics, serveMetrics } from '#platform/metrics.ts';
import { freePort } from '../../support/standalone.ts';

const quiet = (): Metrics => new Metrics({ process: 'test', runtime: false });

describe('metrics', () => {
  it('carry the prefix of the project and the name of their process', async () => {
    const metrics = quiet();
    metrics.counter('rows_total', 'Rows taken', ['stream']).inc({ stream: 'reading' }, 3);
    metrics.gauge('lines_up', 'Lines that answer').set(2);
    metrics.histogram('commit_ms', 'Commit time', [1, 10]).observe(5);
    const text = await metrics.text();
    expect(text).toContain('meterway_rows_total{stream="reading",process="test"} 3');
    expect(text).toContain('meterway_lines_up{process="test"} 2');
    expect(text).toMatch(/meterway_commit_ms_bucket\{[^}]*le="1"[^}]*\} 0/);
    expect(text).toMatch(/meterway_commit_ms_bucket\{[^}]*le="10"[^}]*\} 1/);
  });

  it('of one process do not show in those of another', async () => {
    const [one, other] = [quiet(), quiet()];
    one.counter('rows_total', 'Rows taken').inc();
    other.counter('rows_total', 'Rows taken');
    expect(await other.text()).toContain('meterway_rows_total{process="test"} 0');
  });

  it('include memory and event loop of the process unless left out', async () => {
    const text = await new Metrics({ process: 'test' }).text();
    expect(text).toContain('meterway_process_resident_memory_bytes');
    expect(text).not.toMatch(/^(?!meterway_|#)\w/m);
    expect(await quiet().text()).not.toContain('memory');
  });

  it('that are computed only for a scrape are computed for each, before it is answered', async () => {
    const metrics = quiet();
    const gauge = metrics.gauge('spool_rows', 'Rows in the spool');
    let rows = 0;
    metrics.onScrape(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      gauge.set(++rows);
    });
    expect(await metrics.text()).toContain('meterway_spool_rows{process="test"} 1');
    expect(await metrics.text()).toContain('meterway_spool_rows{process="test"} 2');
  });
});

describe('a process without a face', () => {
  let stop: (() => Promise<void>) | undefined;
  afterEach(async () => {
    await stop?.();
    stop = undefined;
  });

  it('serves its metrics and its health, and nothing else', async () => {
    const port = await freePort();
    const metrics = quiet();
    metrics.gauge('lines_up', 'Lines that answer').set(2);
    stop = await serveMetrics(metrics, '127.0.0.1', port);
    const scraped = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(scraped.headers.get('content-type')).toContain('text/plain');
    expect(await scraped.text()).toContain('meterway_lines_up');
    expect(await (await fetch(`http://127.0.0.1:${port}/healthz`)).json()).toEqual({ status: 'ok' });
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
  });

  it('answers a scrape that fails with an error and the next one again', async () => {
    const port = await freePort();
    const metrics = quiet();
    let broken = true;
    metrics.onScrape(() => {
      if (broken) throw new Error('cannot count the spool');
    });
    stop = await serveMetrics(metrics, '127.0.0.1', port);
    const failed = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect([failed.status, await failed.text()]).toEqual([500, 'cannot count the spool']);
    broken = false;
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
  });

  it('is refused a port that is taken, which the error names', async () => {
    const port = await freePort();
    stop = await serveMetrics(quiet(), '127.0.0.1', port);
    await expect(serveMetrics(quiet(), '127.0.0.1', port)).rejects.toMatchObject({
      code: 'port_taken',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });

  it('stops although a scrape is under way, and gives the port back', async () => {
    const port = await freePort();
    const metrics = quiet();
    const asked = Promise.withResolvers<void>();
    metrics.onScrape(() => {
      asked.resolve();
      return new Promise(() => {});
    });
    const end = await serveMetrics(metrics, '127.0.0.1', port);
    const scrape = fetch(`http://127.0.0.1:${port}/metrics`).then(
      () => 'answered',
      () => 'cut',
    );
    await asked.promise;
    await end();
    expect(await scrape).toBe('cut');
    stop = await serveMetrics(quiet(), '127.0.0.1', port);
  });
});
