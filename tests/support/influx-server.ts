import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InfluxSettings } from '#stores/influx-readings/settings.ts';
import { influxSettings } from './influx-settings.ts';
import { eventually, freePort } from './standalone.ts';

/** InfluxDB 1.6.7 of Debian's package `influxdb`; undefined where it is not installed. */
export const INFLUXD = ['influxd', '/usr/bin/influxd'].find((path) => spawnSync(path, ['version']).error === undefined);
if (INFLUXD === undefined && process.env['CI'] === 'true') throw new Error('influxd is missing; CI must have it');

/** Looks in a row, a fifth of a second apart, at which the files have one size. */
const SETTLED_LOOKS = 75;

/** A real InfluxDB on loopback with a folder of its own. */
export class InfluxServer {
  readonly url: string;
  readonly folder: string;
  readonly #port: number;
  #child: ChildProcess;

  private constructor(port: number, folder: string) {
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.folder = folder;
    this.#child = spawn(INFLUXD ?? '', ['-config', join(folder, 'influxdb.conf')], { stdio: 'ignore' });
  }

  /**
   * `auth`: only users may ask; the first one is made without. `settles`: it compacts its files after seconds instead
   * of hours.
   */
  static async start(options: { auth?: boolean; settles?: boolean } = {}): Promise<InfluxServer> {
    const folder = mkdtempSync(join(tmpdir(), 'meterway-influx-'));
    const port = await freePort();
    writeFileSync(join(folder, 'influxdb.conf'), configuration(folder, port, await freePort(), options));
    const server = new InfluxServer(port, folder);
    await server.#answers();
    return server;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  settings(fields: Partial<InfluxSettings> = {}): InfluxSettings {
    return influxSettings({ influxUrl: this.url, ...fields });
  }

  /** Answers of a statement, with the columns as names. */
  async ask(statement: string, database = '', auth = ''): Promise<Record<string, unknown>[]> {
    const url = `${this.url}/query?epoch=ms&db=${encodeURIComponent(database)}`;
    const response = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams({ q: statement }),
      headers: auth === '' ? {} : { authorization: `Basic ${Buffer.from(auth).toString('base64')}` },
    });
    const answer = (await response.json()) as {
      error?: string;
      results?: { error?: string; series?: { columns: string[]; values: unknown[][] }[] }[];
    };
    const error = answer.error ?? answer.results?.[0]?.error;
    if (error !== undefined) throw new Error(error);
    return (answer.results?.[0]?.series ?? []).flatMap(({ columns, values }) =>
      values.map((row) => Object.fromEntries(columns.map((name, c) => [name, row[c]]))),
    );
  }

  /** Ends it as `kill -9` does. */
  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    if (this.#child.kill('SIGKILL')) await ended;
  }

  /** Stops or goes on answering, with every connection open. */
  freeze(frozen: boolean): void {
    this.#child.kill(frozen ? 'SIGSTOP' : 'SIGCONT');
  }

  /** Waits until its files shrink no more; `bytes` tells how large they are. */
  async settle(bytes: () => number): Promise<void> {
    let [last, same] = [-1, 0];
    await eventually('the files of influxd have settled', 120_000, async () => {
      const now = bytes();
      same = now === last ? same + 1 : 0;
      last = now;
      return same >= SETTLED_LOOKS;
    });
  }

  /** Starts it again on the same port and folder. */
  async restart(): Promise<void> {
    this.#child = spawn(INFLUXD ?? '', ['-config', join(this.folder, 'influxdb.conf')], { stdio: 'ignore' });
    await this.#answers();
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #answers(): Promise<void> {
    await eventually(`influxd answers on port ${this.#port}`, 30_000, async () => {
      if (this.#child.exitCode !== null) throw new Error(`influxd has ended with ${this.#child.exitCode}`);
      const response = await fetch(`${this.url}/ping`).catch(() => null);
      return response?.status === 204;
    });
  }
}

function configuration(
  folder: string,
  port: number,
  backupPort: number,
  { auth = false, settles = false }: { auth?: boolean; settles?: boolean },
): string {
  const path = (name: string): string => JSON.stringify(join(folder, name));
  return `reporting-disabled = true
bind-address = "127.0.0.1:${backupPort}"
[meta]
dir = ${path('meta')}
[data]
dir = ${path('data')}
wal-dir = ${path('wal')}
query-log-enabled = false
max-series-per-database = 0
max-values-per-tag = 0
${settles ? 'cache-snapshot-write-cold-duration = "3s"\ncompact-full-write-cold-duration = "3s"' : ''}
[http]
bind-address = "127.0.0.1:${port}"
auth-enabled = ${auth}
log-enabled = false
[monitor]
store-enabled = false
[logging]
level = "warn"
`;
}
