import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { eventually, freePort, Program } from '../support/standalone.ts';

/** Where Debian puts the broker; not on everybody's PATH. */
const MOSQUITTO = ['mosquitto', '/usr/sbin/mosquitto'].find((path) => spawnSync(path, ['-h']).error === undefined);
if (MOSQUITTO === undefined && process.env['CI'] === 'true') throw new Error('mosquitto is missing; CI must have it');

const USERS = { gateway: 'gateway-password', c1: 'c1-password' } as const;

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Mosquitto with the configuration of docker-compose.yml, on loopback; resolves with its port. */
async function startMosquitto(folder: string): Promise<{ port: number; broker: ChildProcess }> {
  const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
    configs: Record<string, { content: string }>;
  };
  const port = await freePort();
  const data = join(folder, 'broker');
  mkdirSync(data);
  // Started by root, it changes to a user of its own.
  for (const path of [folder, data]) chmodSync(path, 0o777);
  const file = (name: string): string => join(folder, name);
  const config = (compose.configs['mosquitto']?.content ?? '')
    .replace('listener 1883', `listener ${port} 127.0.0.1`)
    .replace('/tmp/passwords', file('passwords'))
    .replace('/mosquitto/config/acl', file('acl'))
    .replace('/mosquitto/data/', `${data}/`);
  writeFileSync(file('mosquitto.conf'), config);
  writeFileSync(file('acl'), compose.configs['mosquitto-acl']?.content ?? '');
  for (const [i, [user, password]] of Object.entries(USERS).entries()) {
    execFileSync('mosquitto_passwd', ['-b', ...(i === 0 ? ['-c'] : []), file('passwords'), user, password]);
  }
  chmodSync(file('passwords'), 0o644);
  const broker = spawn(MOSQUITTO ?? '', ['-c', file('mosquitto.conf')], { stdio: 'ignore' });
  return { port, broker };
}

function start(entry: string, args: readonly string[], env: Record<string, string>): Program {
  const program = new Program([entry, ...args], { METERWAY_SIMULATION: 'true', ...env });
  cleanUps.push(async () => {
    program.process.kill('SIGTERM');
    await program.ended;
  });
  return program;
}

describe.skipIf(MOSQUITTO === undefined)('with Mosquitto, configured as docker-compose.yml does it', () => {
  it('the programs of production collect and answer, each with a user of its own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'meterway-mosquitto-'));
    cleanUps.push(() => rmSync(folder, { recursive: true, force: true }));
    const { port, broker } = await startMosquitto(folder);
    cleanUps.push(() => void broker.kill('SIGKILL'));

    const site = join(folder, 'site.yaml');
    const common = { METERWAY_DATA_DIR: join(folder, 'data') };
    const link = (user: keyof typeof USERS): Record<string, string> => ({
      METERWAY_MQTT_URL: `mqtt://127.0.0.1:${port}`,
      METERWAY_MQTT_USERNAME: user,
      METERWAY_MQTT_PASSWORD: USERS[user],
    });
    const simulators = start('simulators/main.ts', ['--state-dir', join(folder, 'sim'), '--site-file', site], {});
    await eventually('the district is simulated', 30_000, () => simulators.output.includes('"msg":"ready"'));
    start('gateway/main.ts', [], { ...common, ...link('gateway'), METERWAY_SITE_FILE: site });
    start('collector/main.ts', [], {
      ...common,
      ...link('c1'),
      METERWAY_DISTRICT: 'demo',
      METERWAY_COLLECTOR_ID: 'c1',
    });
    const apiPort = await freePort();
    start('api/main.ts', [], { ...common, METERWAY_API_PORT: String(apiPort) });

    const answered = await eventually('values arrive and are acknowledged', 90_000, async () => {
      try {
        const authorization = `Bearer ${readFileSync(join(folder, 'data', 'admin-key'), 'utf8').trim()}`;
        const url = `http://127.0.0.1:${apiPort}/api/v1/collection/summary`;
        const response = await fetch(url, { headers: { authorization } });
        const { total } = (await response.json()) as { total: { answeredLate: number } };
        return total.answeredLate > 20 ? total.answeredLate : null;
      } catch {
        return null;
      }
    });
    expect(answered).toBeGreaterThan(20);
  }, 180_000);
});
