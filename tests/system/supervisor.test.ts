import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Ended, eventually, freePort, isAlive, Program, Standalone } from '../support/standalone.ts';

const EVERYTHING = ['simulators', 'gateway', 'figures', 'anomalies', 'api', 'collector-c1'];

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start(options: Parameters<typeof Standalone.start>[0] = {}): Promise<Standalone> {
  const standalone = await Standalone.start(options);
  cleanUps.push(() => standalone.clean());
  return standalone;
}

/** A running district whose API answers; its processes by name. */
async function running(): Promise<{ standalone: Standalone; pids: Record<string, number> }> {
  const standalone = await start();
  const pids = await eventually('everything runs', 60_000, async () => {
    const known = standalone.pids;
    const all = EVERYTHING.every((name) => known[name] !== undefined) && (await standalone.get('/meters?limit=1'));
    return all ? known : null;
  });
  return { standalone, pids };
}

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'meterway-system-'));
  cleanUps.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function endOf(standalone: Standalone): Promise<Ended & { output: string }> {
  const ended = await standalone.program.ended;
  return { ...ended, output: standalone.program.output };
}

async function occupied(): Promise<{ server: Server; port: number }> {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  cleanUps.push(() => new Promise((resolve) => server.close(() => resolve())));
  return { server, port };
}

describe('npm start', () => {
  it('stops everything within 5 s on Ctrl-C and ends with 0', async () => {
    const { standalone, pids } = await running();
    const begun = Date.now();
    expect(await standalone.stop()).toEqual({ code: 0, signal: null });
    expect(Date.now() - begun).toBeLessThan(5000);
    expect(Object.values(pids).filter(isAlive)).toEqual([]);
    expect(standalone.program.output).not.toMatch(/did not stop|ERROR|FATAL/);
  }, 90_000);

  it('starts a crashed program again and says so, and the others never stop', async () => {
    const { standalone, pids } = await running();
    process.kill(pids['api'] ?? 0, 'SIGKILL');
    await eventually('another API answers', 30_000, async () => {
      return standalone.pids['api'] !== pids['api'] && (await standalone.get('/meters?limit=1'));
    });
    expect(standalone.program.output).toContain('api was ended by SIGKILL; it is started again in 1 s');
    const { api: _, ...others } = pids;
    expect(standalone.pids).toMatchObject(others);
  }, 90_000);

  it('leaves no program behind when it is killed itself', async () => {
    const { standalone, pids } = await running();
    standalone.program.process.kill('SIGKILL');
    await eventually('all have ended', 10_000, () => Object.values(pids).every((pid) => !isAlive(pid)));
  }, 90_000);

  it('ends with 2 and names the next step when its port is taken', async () => {
    const { port } = await occupied();
    const { code, output } = await endOf(await start({ args: ['--port', String(port)] }));
    expect(code).toBe(2);
    expect(output).toContain(
      `127.0.0.1:${port}: another program is listening there; choose another port: npm start --`,
    );
    expect(output.trim().split('\n')).toHaveLength(1);
  }, 30_000);

  it('ends with 2 and every problem of a bad site file, each with its line', async () => {
    const file = join(scratch(), 'site.yaml');
    writeFileSync(
      file,
      `site: { name: Bad, timeZone: Asia/Nowhere }
areas: [{ id: A1, name: Area 1, kva: 400 }]
lines:
  - { id: L1, protocol: dlt645, serial: { path: /dev/ttyUSB0 } }
meters:
  - { id: "370100000001", model: dlt645-4ph, line: L2, area: A1 }
`,
    );
    const { code, output } = await endOf(await start({ args: ['--site', file] }));
    expect(code).toBe(2);
    expect(output).toContain(`${file}:1: site.timeZone: no time zone is called Asia/Nowhere; Asia/Shanghai is one`);
    expect(output).toContain(`${file}:6: meters[0].line: no line is called L2; there are L1`);
    expect(output).toContain(`${file}:6: meters[0].model: no model is called dlt645-4ph; there are dlt645-1ph`);
    expect(output).not.toMatch(/^\s+at /m);
  }, 30_000);

  it('ends with 2 on a setting it does not know, and asks whether another one was meant', async () => {
    const { code, output } = await endOf(await start({ env: { METERWAY_API_PROT: '1' } }));
    expect(code).toBe(2);
    expect(output).toContain('METERWAY_API_PROT: no setting has this name; did you mean METERWAY_API_PORT?');
  }, 30_000);

  it('refuses a data folder that another one is using, and leaves the first one alone', async () => {
    const { standalone, pids } = await running();
    const second = await start({ dataDir: standalone.dataDir });
    const { code, output } = await endOf(second);
    expect(code).toBe(2);
    expect(output).toContain(`another npm start is using the data folder ${standalone.dataDir}`);
    expect(standalone.pids).toEqual(pids);
    expect(await standalone.get('/meters?limit=1')).not.toBeNull();
  }, 90_000);
});

describe('a second collector of the same id', () => {
  function collector(standalone: Standalone, dataDir: string): Program {
    const passwords = JSON.parse(readFileSync(join(standalone.dataDir, 'broker', 'credentials.json'), 'utf8')) as {
      c1: string;
    };
    const program = new Program(['collector/main.ts'], {
      METERWAY_DATA_DIR: dataDir,
      METERWAY_COLLECTOR_ID: 'c1',
      METERWAY_DISTRICT: 'demo',
      METERWAY_MQTT_URL: `mqtt://127.0.0.1:${standalone.run['brokerPort']}`,
      METERWAY_MQTT_USERNAME: 'c1',
      METERWAY_MQTT_PASSWORD: passwords.c1,
    });
    cleanUps.push(async () => {
      program.process.kill('SIGKILL');
      await program.ended;
    });
    return program;
  }

  it('is refused on the same folder', async () => {
    const { standalone, pids } = await running();
    const second = collector(standalone, standalone.dataDir);
    expect(await second.ended).toEqual({ code: 2, signal: null });
    expect(second.output).toContain('another collector c1 is using');
    expect(standalone.pids).toEqual(pids);
  }, 90_000);

  it('gives way to the one that was there when it runs on a folder of its own', async () => {
    const { standalone, pids } = await running();
    const second = collector(standalone, scratch());
    expect(await second.ended).toEqual({ code: 2, signal: null });
    expect(second.output).toContain('collector_twin');
    expect(isAlive(pids['collector-c1'] ?? 0)).toBe(true);
    expect(standalone.pids).toEqual(pids);
  }, 120_000);
});
