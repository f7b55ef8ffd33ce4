import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { eventually, freePort } from './standalone.ts';

const SHIPPED = 'gateway/broker/mosquitto';
/** Where Debian puts the broker; not on everybody's PATH. */
const PROGRAM = ['mosquitto', '/usr/sbin/mosquitto'].find((path) => spawnSync(path, ['-h']).error === undefined);
if (PROGRAM === undefined && process.env['CI'] === 'true') throw new Error('mosquitto is missing; CI must have it');

/** False on a machine without the Debian package; its tests are then skipped, visibly. */
export const MOSQUITTO_HERE = PROGRAM !== undefined;

export interface MosquittoOptions {
  /** An empty folder of its own, for configuration, secrets and database. */
  readonly folder: string;
  /** With certificates, as shipped; without, for tests that look at the bytes on the way. */
  readonly tls?: boolean;
  /** The gateway's user and the collectors'; each has the password `<user>-password`. */
  readonly users?: readonly string[];
  /** Names and addresses in the broker's certificate. */
  readonly hosts?: string;
  /** Age at which the certificates end; 0: within a second. */
  readonly days?: number;
  /** Values of the shipped configuration that this test needs otherwise, such as `max_queued_messages`. */
  readonly change?: Readonly<Record<string, string | number>>;
}

/** CA, broker and user certificates by the shipped script. `hosts` as in a comma-separated list. */
export function makeCertificates(folder: string, hosts: string, users: readonly string[], days?: number): void {
  const env = { ...process.env, ...(days === undefined ? {} : { DAYS: String(days) }) };
  execFileSync('sh', [`${SHIPPED}/make-certificates.sh`, folder, hosts, ...users], { env, stdio: 'pipe' });
}

/** A real Mosquitto on loopback, from the files that ship with the project: only paths and ports are others. */
export class Mosquitto {
  readonly folder: string;
  /** Asks for passwords. */
  readonly port: number;
  /** Asks for certificates; only with TLS. */
  readonly certificatePort: number;
  readonly tls: boolean;
  #process: ChildProcess | null = null;
  /** What the broker wrote. */
  output = '';

  private constructor(folder: string, tls: boolean, port: number, certificatePort: number) {
    this.folder = folder;
    this.tls = tls;
    this.port = port;
    this.certificatePort = certificatePort;
  }

  static async start(options: MosquittoOptions): Promise<Mosquitto> {
    const { folder, tls = true, users = ['gateway', 'c1'], change = {}, hosts = 'localhost,127.0.0.1' } = options;
    const broker = new Mosquitto(folder, tls, await freePort(), await freePort());
    for (const name of ['secrets', 'data']) mkdirSync(join(folder, name), { recursive: true });
    if (tls) makeCertificates(join(folder, 'secrets'), hosts, users, options.days);
    for (const [i, user] of users.entries()) {
      const create = i === 0 ? ['-c'] : [];
      execFileSync('mosquitto_passwd', ['-b', ...create, broker.secret('passwords'), user, passwordOf(user)]);
    }
    writeFileSync(join(folder, 'mosquitto.conf'), broker.#configuration(change));
    await broker.run();
    return broker;
  }

  get url(): string {
    return `${this.tls ? 'mqtts' : 'mqtt'}://127.0.0.1:${this.port}`;
  }

  get caFile(): string {
    return this.secret('ca.crt');
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  secret(name: string): string {
    return join(this.folder, 'secrets', name);
  }

  /** Settings of a program that connects with its password. */
  environmentOf(user: string): Record<string, string> {
    return {
      METERWAY_MQTT_URL: this.url,
      METERWAY_MQTT_USERNAME: user,
      METERWAY_MQTT_PASSWORD: passwordOf(user),
      ...(this.tls ? { METERWAY_MQTT_CA_FILE: this.caFile } : {}),
    };
  }

  /** Starts it, also again after it ended, on the same ports with the same files; resolves when it listens. */
  async run(): Promise<void> {
    const running = spawn(PROGRAM ?? '', ['-c', join(this.folder, 'mosquitto.conf')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = running;
    for (const stream of [running.stdout, running.stderr]) {
      stream.on('data', (bytes: Buffer) => {
        this.output += bytes.toString();
      });
    }
    await eventually('mosquitto listens', 10_000, () => {
      if (running.exitCode !== null) throw new Error(`mosquitto has ended:\n${this.output}`);
      return listens(this.port);
    });
  }

  /** Resolves when the process is gone. SIGTERM saves the database, SIGKILL does not. */
  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const running = this.#process;
    this.#process = null;
    if (running === null || running.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, 'exit');
    // A stopped process takes no other signal but these.
    running.kill('SIGCONT');
    running.kill(signal);
    await gone;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** Deletes sessions, queues and retained messages of a broker that is not running. */
  forget(): void {
    rmSync(join(this.folder, 'data', 'mosquitto.db'), { force: true });
  }

  #configuration(change: Readonly<Record<string, string | number>>): string {
    let text = readFileSync(`${SHIPPED}/mosquitto.conf`, 'utf8')
      .replace('listener 8883', `listener ${this.port} 127.0.0.1`)
      .replace('listener 8884', `listener ${this.certificatePort} 127.0.0.1`)
      .replaceAll('/mosquitto/secrets', join(this.folder, 'secrets'))
      .replace('/mosquitto/data/', `${join(this.folder, 'data')}/`)
      .replace('/mosquitto/config/acl', `${process.cwd()}/${SHIPPED}/acl`);
    if (!this.tls) {
      const ofTls =
        /^(listener .*|tls_version|cafile|certfile|keyfile|require_certificate|use_identity_as_username)\b.*\n/gm;
      text = `listener ${this.port} 127.0.0.1\n${text.replace(ofTls, '')}`;
    }
    for (const [name, value] of Object.entries(change)) {
      const line = new RegExp(`^${name} .*$`, 'm');
      if (!line.test(text)) throw new Error(`the shipped configuration has no ${name}`);
      text = text.replace(line, `${name} ${value}`);
    }
    // Started by root it would become another user, who may not read what root has made here.
    return process.getuid?.() === 0 ? `user root\n${text}` : text;
  }
}

export function passwordOf(user: string): string {
  return `${user}-password`;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
