import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadSettings } from '#platform/settings/load.ts';
import { SETTINGS, type SettingKey, variableOf } from '#platform/settings/schema.ts';
import type { Program } from '#platform/settings/setting.ts';
import { loadSite } from '../../gateway/registry/site-file.ts';

interface Service {
  image: string;
  build?: { context: string; dockerfile_inline: string };
  command?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  depends_on?: string[];
  configs?: { source: string; target: string }[];
  secrets?: string[];
  tmpfs?: string[];
  profiles?: string[];
}

interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  configs: Record<string, { file: string }>;
  secrets: Record<string, { file: string }>;
}

const TEXT = readFileSync('docker-compose.yml', 'utf8');
const compose = parse(TEXT, { merge: true }) as Compose;
const ENTRIES = {
  gateway: 'gateway/main.ts',
  figures: 'gateway/figures/main.ts',
  anomalies: 'gateway/anomalies/main.ts',
  api: 'api/main.ts',
  collector: 'collector/main.ts',
} as const satisfies Partial<Record<Program, string>>;
const PROGRAMS = Object.keys(ENTRIES) as (keyof typeof ENTRIES)[];

function service(name: string): Service {
  const found = compose.services[name];
  if (!found) throw new Error(`no service ${name}`);
  return found;
}

function environmentOf(program: string): Record<string, string> {
  const given = service(program).environment ?? {};
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      value.replace(/^\$\{\w+:-([^}]*)\}$/, '$1').replace(/^\$\{(\w+)[^}]*\}$/, 'from-$1'),
    ]),
  );
}

function mosquittoFile(config: string): string {
  return readFileSync(compose.configs[config]?.file ?? '', 'utf8');
}

describe('docker-compose.yml', () => {
  it('has the services of the production shape, and all of them refer to things that exist', () => {
    const names = Object.keys(compose.services);
    expect(names.toSorted()).toEqual([
      'anomalies',
      'api',
      'collector',
      'figures',
      'gateway',
      'influxdb',
      'mosquitto',
      'postgres',
    ]);
    for (const { depends_on = [], volumes = [], configs = [], secrets = [] } of Object.values(compose.services)) {
      expect(names).toEqual(expect.arrayContaining(depends_on));
      const named = volumes.map((volume) => volume.split(':')[0] ?? '').filter((source) => !/^[./]/.test(source));
      expect(Object.keys(compose.volumes)).toEqual(expect.arrayContaining(named));
      expect(Object.keys(compose.configs)).toEqual(expect.arrayContaining(configs.map((config) => config.source)));
      expect(Object.keys(compose.secrets)).toEqual(expect.arrayContaining(secrets));
    }
    for (const { file } of Object.values(compose.configs)) expect(existsSync(file), file).toBe(true);
  });

  it('builds one image for all programs, from folders that exist', () => {
    const builds = PROGRAMS.map((program) => service(program).build?.dockerfile_inline);
    expect(new Set(builds).size).toBe(1);
    const copied = [...(builds[0] ?? '').matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, sources = '']) =>
      sources.split(' '),
    );
    expect(copied).toContain('package-lock.json');
    for (const source of copied) expect(existsSync(source), source).toBe(true);
    for (const program of PROGRAMS) {
      const [runtime, entry = ''] = service(program).command ?? [];
      expect([runtime, entry]).toEqual(['node', ENTRIES[program]]);
      expect(existsSync(entry)).toBe(true);
    }
  });

  it.each(PROGRAMS)('gives %s only variables that it knows, with values it takes', (program) => {
    const environment = environmentOf(program);
    expect(() => loadSettings(environment)).not.toThrow();
    const known = (Object.keys(SETTINGS) as SettingKey[])
      .filter((key) => (SETTINGS[key].programs as readonly Program[]).includes(program))
      .map(variableOf);
    expect(known).toEqual(expect.arrayContaining(Object.keys(environment)));
  });

  it('publishes the ports on which its programs listen', () => {
    const api = loadSettings(environmentOf('api'));
    expect(service('api').ports).toEqual([`${api.apiPort}:${api.apiPort}`]);
    const broker = new URL(loadSettings(environmentOf('gateway')).mqttUrl);
    expect(broker.hostname).toBe('mosquitto');
    expect(service('mosquitto').ports).toEqual([`${broker.port}:${broker.port}`]);
    expect(mosquittoFile('mosquitto')).toContain(`listener ${broker.port}\n`);
    expect(loadSettings(environmentOf('collector')).mqttUrl).toBe(broker.href.replace(/\/$/, ''));
  });

  it('runs the collector that a site file without collectors plans for', () => {
    const { collectorId, district } = loadSettings(environmentOf('collector'));
    const site = loadSite('gateway/site.example.yaml', Date.UTC(2026, 10, 20));
    expect(site.collectors).toEqual([{ id: collectorId, district }]);
  });

  it('lets each collector use its own topics only', () => {
    const collector = loadSettings(environmentOf('collector'));
    expect(collector.mqttUsername).toBe(collector.collectorId);
    expect(mosquittoFile('mosquitto-acl').match(/^pattern .*$/gm)).toEqual([
      'pattern write meterway/v1/+/%u/up/rows',
      'pattern readwrite meterway/v1/+/%u/up/status',
      'pattern read meterway/v1/+/%u/down/ack',
      'pattern read meterway/v1/+/%u/down/plan',
      'pattern read meterway/v1/+/%u/down/job',
      'pattern read meterway/v1/+/%u/down/replay',
    ]);
  });

  it('gives the broker every file that its configuration names', () => {
    const { configs = [], secrets = [], tmpfs = [], volumes = [], command = [] } = service('mosquitto');
    const script = command.at(-1) ?? '';
    const copied = secrets.filter((name) => script.includes(`/run/secrets/${name} `));
    const folders = [...tmpfs, ...volumes.map((volume) => volume.split(':')[1] ?? '')].map((path) => `${path}/`);
    const given = [
      ...configs.map(({ target }) => target),
      ...[...copied, 'passwords'].map((name) => `/mosquitto/secrets/${name}`),
      ...folders,
    ];
    const named = [...mosquittoFile('mosquitto').matchAll(/^\w+ (\/mosquitto\/\S+)$/gm)].map(([, path]) => path);
    expect(named.length).toBeGreaterThan(5);
    expect(given).toEqual(expect.arrayContaining(named));
    expect(folders).toContain('/mosquitto/secrets/');
    expect(script).toContain('mosquitto_passwd -b -c /mosquitto/secrets/passwords gateway');
    expect(script).toContain('exec mosquitto -c /mosquitto/config/mosquitto.conf');
  });

  it('says how to make the certificates that it wants, for the host at which the programs look for the broker', () => {
    const [, script = '', folder = '', hosts = ''] = /^# +sh (\S+) (\S+) (\S+) gateway collector$/m.exec(TEXT) ?? [];
    expect(existsSync(script), script).toBe(true);
    for (const [name, { file }] of Object.entries(compose.secrets)) expect(file).toBe(`${folder}/${name}`);
    for (const program of ['gateway', 'collector'] as const) {
      const { mqttUrl, mqttCaFile } = loadSettings(environmentOf(program));
      expect(hosts.split(',')).toContain(new URL(mqttUrl).hostname);
      expect(mqttCaFile).toBe('/run/secrets/ca.crt');
      expect(service(program).secrets).toEqual(['ca.crt']);
    }
  });
});
