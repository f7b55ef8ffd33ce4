import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { MOSQUITTO_HERE, Mosquitto } from '../support/mosquitto.ts';
import { eventually, freePort, Program } from '../support/standalone.ts';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function start(entry: string, args: readonly string[], env: Record<string, string>): Program {
  const program = new Program([entry, ...args], { METERWAY_SIMULATION: 'true', ...env });
  cleanUps.push(async () => {
    program.process.kill('SIGTERM');
    await program.ended;
  });
  return program;
}

describe.skipIf(!MOSQUITTO_HERE)('with Mosquitto, configured as docker-compose.yml does it', () => {
  it.each(['5', '3.1.1'])(
    'the programs of production collect and answer over TLS, in MQTT %s',
    async (version) => {
      const folder = mkdtempSync(join(tmpdir(), 'meterway-mosquitto-'));
      cleanUps.push(() => rmSync(folder, { recursive: true, force: true }));
      const broker = await Mosquitto.start({ folder: join(folder, 'broker') });
      cleanUps.push(() => broker.stop());

      const site = join(folder, 'site.yaml');
      const common = { METERWAY_DATA_DIR: join(folder, 'data'), METERWAY_MQTT_VERSION: version };
      const link = (user: string): Record<string, string> => broker.environmentOf(user);
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
      start('api/main.ts', [], { METERWAY_DATA_DIR: join(folder, 'data'), METERWAY_API_PORT: String(apiPort) });

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
      // The broker's own word for it: protocol 5, or 2 for 3.1.1.
      expect(broker.output).toMatch(new RegExp(`as c1\\.\\w+ \\(p${version === '5' ? 5 : 2},`));
      expect(broker.output).toMatch(/as gateway\.\w+ \(p/);
    },
    180_000,
  );
});
