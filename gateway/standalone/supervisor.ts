import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '#platform/clock.ts';
import { writeFileAtomic } from '#platform/files.ts';
import { EXIT } from '#platform/lifecycle.ts';
import type { SettingKey, Settings } from '#platform/settings/schema.ts';
import type { Program } from '#platform/settings/setting.ts';
import { Child } from './child.ts';
import { childEnvironment } from './environment.ts';
import { logView } from './log-view.ts';

interface GatewayReady {
  readonly timeZone: string;
  readonly brokerHost: string | null;
  readonly brokerPort: number | null;
  readonly credentials: string | null;
  readonly collectors: readonly { readonly id: string; readonly district: string }[];
}

type Extra = Partial<Record<SettingKey, string | number | boolean>>;

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Stopping in this order, together within 5 s: what asks first, what answers last. */
const STOP_DEADLINES_MS = { fields: 2800, gateway: 1400, simulators: 500 } as const;

/**
 * Runs the five programs of production, and without a site file the simulated district, as child processes of this
 * one: they share the work over the cores, and the crash of one never takes the others down.
 */
export class Supervisor {
  readonly #settings: Settings;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #clock: Clock;
  readonly #write: (text: string) => void;
  readonly #view: (name: string, line: string) => string;
  readonly #dataDir: string;
  readonly #simulated: boolean;
  readonly #collectors = new Map<string, Child>();
  #simulators: Child | null = null;
  #gateway: Child | null = null;
  #api: Child | null = null;
  #figures: Child | null = null;
  #anomalies: Child | null = null;
  #siteFile: string;
  #ready: GatewayReady | null = null;
  #controlPort: number | null = null;
  #timeZone = 'Asia/Shanghai';
  #greeted = false;
  #end: (code: number) => void = () => {};

  constructor(
    settings: Settings,
    environment: Readonly<Record<string, string | undefined>>,
    clock: Clock,
    output: { write: (text: string) => void; colour: boolean },
  ) {
    this.#settings = settings;
    this.#environment = environment;
    this.#clock = clock;
    this.#write = output.write;
    this.#view = logView({ timeZone: () => this.#timeZone, colour: output.colour });
    this.#dataDir = resolve(settings.dataDir);
    this.#simulated = settings.siteFile === '';
    this.#siteFile = this.#simulated ? join(this.#dataDir, 'simulators', 'site.yaml') : resolve(settings.siteFile);
  }

  /** Resolves with the exit code when a child says that going on makes no sense, or `stop` was called. */
  run(): Promise<number> {
    return new Promise((done) => {
      this.#end = done;
      if (this.#simulated) this.#startSimulators();
      else this.#startGateway();
    });
  }

  async stop(code: number = EXIT.ok): Promise<void> {
    const fields = [...this.#collectors.values(), this.#api, this.#figures, this.#anomalies].filter(
      (child) => child !== null,
    );
    await Promise.all(fields.map((child) => child.stop(STOP_DEADLINES_MS.fields)));
    await this.#gateway?.stop(STOP_DEADLINES_MS.gateway);
    await this.#simulators?.stop(STOP_DEADLINES_MS.simulators);
    rmSync(this.#runFile, { force: true });
    this.#end(code);
  }

  note(level: 'info' | 'warn' | 'error', msg: string): void {
    this.#write(
      this.#view('supervisor', JSON.stringify({ level, time: this.#clock.now(), process: 'supervisor', msg })),
    );
  }

  #child(
    name: string,
    entry: string,
    args: readonly string[],
    env: () => Record<string, string>,
    onReady: (info: Readonly<Record<string, unknown>>) => void,
  ): Child {
    return new Child({
      name,
      args: [join(ROOT, entry), ...args],
      env,
      onLine: (from, line) => this.#line(from, line),
      onNote: (level, message) => this.note(level, message),
      onReady,
      onChange: () => this.#writeRunFile(),
      onHopeless: (from) => {
        this.note('error', `${from} cannot run with these settings; stopping`);
        void this.stop(EXIT.usage);
      },
      clock: this.#clock,
    });
  }

  #line(name: string, line: string): void {
    this.#write(this.#view(name, line));
    if (name === 'simulators' && line.includes('"msg":"ready"')) {
      const { controlPort } = JSON.parse(line) as { controlPort?: number };
      this.#controlPort = controlPort ?? null;
      if (!this.#gateway) this.#startGateway();
    }
  }

  #programEnvironment(program: Program, extra: Extra): Record<string, string> {
    const common: Extra = { dataDir: this.#dataDir, simulation: this.#simulated || this.#settings.simulation };
    return childEnvironment(this.#environment, program, this.#settings, { ...common, ...extra });
  }

  #startSimulators(): void {
    const args = ['--state-dir', join(this.#dataDir, 'simulators'), '--site-file', this.#siteFile];
    if (this.#settings.clockOffsetMs !== 0) args.push('--clock-offset-ms', String(this.#settings.clockOffsetMs));
    const env = (): Record<string, string> => childEnvironment(this.#environment, 'standalone', this.#settings, {});
    this.#simulators = this.#child('simulators', 'simulators/main.ts', args, env, () => {});
    this.#simulators.start();
  }

  #startGateway(): void {
    const env = (): Record<string, string> => {
      // A restarted gateway must be found at the same port.
      const brokerPort = this.#ready?.brokerPort ?? this.#settings.brokerPort;
      return this.#programEnvironment('gateway', { siteFile: this.#siteFile, brokerPort });
    };
    this.#gateway = this.#child('gateway', 'gateway/main.ts', [], env, (info) => {
      this.#ready = info as unknown as GatewayReady;
      this.#timeZone = this.#ready.timeZone;
      this.#startFields();
    });
    this.#gateway.start();
  }

  /** Collectors, figures, anomalies and API, once the gateway has told where its broker is. Those that run already are left alone. */
  #startFields(): void {
    for (const { id, district } of this.#ready?.collectors ?? []) {
      if (this.#collectors.has(id)) continue;
      const child = this.#child(
        `collector-${id}`,
        'collector/main.ts',
        [],
        () => this.#collectorEnvironment(id, district),
        () => {},
      );
      this.#collectors.set(id, child);
      child.start();
    }
    if (this.#api) return;
    const environment = (): Record<string, string> => this.#programEnvironment('figures', {});
    this.#figures = this.#child('figures', 'gateway/figures/main.ts', [], environment, () => {});
    this.#figures.start();
    this.#anomalies = this.#child(
      'anomalies',
      'gateway/anomalies/main.ts',
      [],
      () => this.#programEnvironment('anomalies', {}),
      () => {},
    );
    this.#anomalies.start();
    this.#api = this.#child(
      'api',
      'api/main.ts',
      [],
      () => this.#programEnvironment('api', {}),
      (info) => this.#greet(info),
    );
    this.#api.start();
  }

  #collectorEnvironment(id: string, district: string): Record<string, string> {
    const { mqttUrl } = this.#settings;
    if (mqttUrl !== '' || !this.#ready?.credentials) {
      return this.#programEnvironment('collector', { collectorId: id, district });
    }
    const passwords = JSON.parse(readFileSync(this.#ready.credentials, 'utf8')) as Record<string, string>;
    return this.#programEnvironment('collector', {
      collectorId: id,
      district,
      mqttUrl: `mqtt://${this.#ready.brokerHost}:${this.#ready.brokerPort}`,
      mqttVersion: '3.1.1',
      mqttUsername: id,
      mqttPassword: passwords[id] ?? '',
    });
  }

  #greet(info: Readonly<Record<string, unknown>>): void {
    if (this.#greeted) return;
    this.#greeted = true;
    const url = String(info['url'] ?? '');
    const lines = [
      '',
      `  Meterway is running at ${url}`,
      `    figures of the day   ${url}/`,
      `    API to try out       ${url}/docs`,
      `    administrator key    ${join(this.#dataDir, 'admin-key')}  (send it as "Authorization: Bearer <key>")`,
      ...(this.#simulated
        ? [
            `    SIMULATED district   no real meter is read; faults are switched at http://127.0.0.1:${this.#controlPort}/faults`,
          ]
        : []),
      '    stop                 Ctrl-C',
      '',
    ];
    this.#write(`${lines.join('\n')}\n`);
  }

  get #runFile(): string {
    return join(this.#dataDir, 'run.json');
  }

  /** Which process is which, for operators and for scripts. */
  #writeRunFile(): void {
    const centre = [this.#gateway, this.#figures, this.#anomalies, this.#api];
    const children = [this.#simulators, ...centre, ...this.#collectors.values()];
    const pids = Object.fromEntries(children.flatMap((child) => (child?.pid ? [[child.name, child.pid]] : [])));
    writeFileAtomic(
      this.#runFile,
      `${JSON.stringify({ supervisor: process.pid, ...pids, brokerPort: this.#ready?.brokerPort ?? null, apiPort: this.#settings.apiPort, simulatorControlPort: this.#controlPort }, null, 2)}\n`,
    );
  }
}
