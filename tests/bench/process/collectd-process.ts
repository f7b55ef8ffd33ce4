import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where Debian puts it; not on everybody's PATH. */
const COLLECTD = ['/usr/sbin/collectd', 'collectd'].find((path) => spawnSync(path, ['-h']).error === undefined);
const TYPES = '/usr/share/collectd/types.db';
const END_MS = 20_000;

export interface CollectdPlan {
  readonly hosts: readonly string[];
  readonly port: number;
  readonly intervalS: number;
  /** Addresses of floats in input registers; it asks for each of them on its own. */
  readonly floats: readonly number[];
}

/** Why it cannot be measured here, or null. */
export function collectdMissing(): string | null {
  if (COLLECTD === undefined || !existsSync(TYPES)) return 'collectd-core is not installed';
  const folders = ['/usr/lib/collectd', '/usr/lib64/collectd'].filter((folder) => existsSync(folder));
  const hasPlugin = folders.some((folder) => readdirSync(folder).includes('modbus.so'));
  return hasPlugin && existsSync('/proc/self/stat') ? null : 'its modbus plugin is not there';
}

function configOf({ hosts, port, intervalS, floats }: CollectdPlan, folder: string): string {
  const names = floats.map((address) => `r${address}`);
  const data = floats.map(
    (address, i) =>
      `<Data "${names[i]}">\nRegisterBase ${address}\nRegisterType Float\nRegisterCmd ReadInput\nType gauge\nInstance "${names[i]}"\n</Data>`,
  );
  const collect = names.map((name) => `Collect "${name}"`).join('\n');
  const host = (address: string): string =>
    `<Host "h${address}">\nAddress "${address}"\nPort "${port}"\nInterval ${intervalS}\n<Slave 1>\nInstance "s1"\n${collect}\n</Slave>\n</Host>`;
  return [
    'Hostname "bench"\nFQDNLookup false',
    `BaseDir "${folder}"\nPIDFile "${join(folder, 'pid')}"\nTypesDB "${TYPES}"\nInterval ${intervalS}`,
    `LoadPlugin modbus\n<Plugin modbus>\n${[...data, ...hosts.map(host)].join('\n')}\n</Plugin>\n`,
  ].join('\n');
}

/** collectd with its modbus plugin and nothing to write to. */
export class CollectdProcess {
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
  }

  static start(plan: CollectdPlan): CollectdProcess {
    const folder = mkdtempSync(join(tmpdir(), 'meterway-bench-'));
    const config = join(folder, 'collectd.conf');
    writeFileSync(config, configOf(plan, folder));
    return new CollectdProcess(spawn(COLLECTD ?? '', ['-f', '-C', config], { stdio: 'ignore' }), folder);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      const late = setTimeout(() => this.#child.kill('SIGKILL'), END_MS);
      await ended;
      clearTimeout(late);
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
