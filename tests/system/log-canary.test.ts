import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually, freePort, Program } from '../support/standalone.ts';

/** Stands for every secret, and for everything that belongs to a customer. */
const CANARY = 'cAnArY-7';
const SITE = `site: { name: s }
districts: [{ id: d1, name: d }]
areas: [{ id: A1, name: a, kva: 100 }]
collectors: [{ id: c1, district: d1 }]
lines: [{ id: L1, protocol: dlt645, tcp: { host: 127.0.0.1, port: 1 } }]
meters: [{ id: "100000000001", model: dlt645-1ph, line: L1, area: A1, account: "${CANARY}-1" }]
accounts: [{ no: "${CANARY}-1", name: ${CANARY}, address: ${CANARY} Road 1 }]
`;

let folder: string;
let programs: Program[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meterway-canary-'));
  programs = [];
});
afterEach(async () => {
  for (const { process } of programs) process.kill('SIGTERM');
  await Promise.all(programs.map(({ ended }) => ended));
  rmSync(folder, { recursive: true, force: true });
});

function start(entry: string, env: Readonly<Record<string, string>>): Program {
  const program = new Program([entry], {
    METERWAY_LOG_LEVEL: 'trace',
    METERWAY_DATA_DIR: join(folder, 'data'),
    ...env,
  });
  programs.push(program);
  return program;
}

/** Files below the data folder that are logs by their name. */
function logFiles(at: string): string[] {
  return readdirSync(at, { recursive: true, encoding: 'utf8' })
    .map((name) => join(at, name))
    .filter((path) => /\.(log|out|err|txt)$/i.test(path) && statSync(path).isFile());
}

it('programs that fail in every way they can write neither secrets nor customers', async () => {
  mkdirSync(join(folder, 'data'));
  const site = join(folder, 'site.yaml');
  writeFileSync(site, SITE);
  const [brokerPort, apiPort] = [await freePort(), await freePort()];
  const influx = {
    METERWAY_READING_STORE: 'influx',
    METERWAY_INFLUX_URL: 'http://127.0.0.1:1',
    METERWAY_INFLUX_TOKEN: CANARY,
    METERWAY_INFLUX_USERNAME: 'meterway',
    METERWAY_INFLUX_PASSWORD: CANARY,
  };
  const centre = { ...influx, METERWAY_SITE_FILE: site, METERWAY_BROKER_PORT: String(brokerPort) };
  const gateway = start('gateway/main.ts', centre);
  await eventually('the gateway looks for its store', 20_000, () => gateway.output.includes('the reading store'));

  const away = start('collector/main.ts', {
    METERWAY_MQTT_URL: `mqtt://u:${CANARY}@127.0.0.1:1`,
    METERWAY_MQTT_PASSWORD: CANARY,
    METERWAY_DISTRICT: 'd1',
    METERWAY_COLLECTOR_ID: 'c2',
  });
  const refused = start('collector/main.ts', {
    METERWAY_MQTT_URL: `mqtt://127.0.0.1:${brokerPort}`,
    METERWAY_MQTT_PASSWORD: CANARY,
    METERWAY_DISTRICT: 'd1',
    METERWAY_COLLECTOR_ID: 'c1',
  });
  const wrong = start('gateway/main.ts', { METERWAY_MQTT_PASWORD: CANARY, METERWAY_DATA_DIR: join(folder, 'other') });
  writeFileSync(join(folder, 'wrong.yaml'), SITE.replace('name: cAnArY-7,', 'name: *cAnArY-7, phone: cAnArY-7,'));
  const broken = start('gateway/main.ts', {
    METERWAY_SITE_FILE: join(folder, 'wrong.yaml'),
    METERWAY_DATA_DIR: join(folder, 'broken'),
  });
  const api = start('api/main.ts', { ...influx, METERWAY_API_PORT: String(apiPort) });
  const base = `http://127.0.0.1:${apiPort}`;
  await eventually('the api answers', 20_000, () =>
    fetch(`${base}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );

  const key = readFileSync(join(folder, 'data', 'admin-key'), 'utf8').trim();
  const json = { 'content-type': 'application/json', cookie: CANARY };
  for (const authorization of [`Bearer ${CANARY}`, `Bearer ${key}`]) {
    for (const [path, body] of [
      [`/api/v1/supply-status?accountNo=${CANARY}-1`, null],
      [`/api/v1/supply-status?q=${CANARY}`, null],
      [`/api/v1/meters/100000000001/readings?name=${CANARY}&start=${CANARY}`, null],
      ['/api/v1/collection/summary', null],
      ['/api/v1/reads', `{"name":${CANARY}}`],
      ['/api/v1/reads', JSON.stringify({ meters: [CANARY], phone: CANARY })],
    ] as const) {
      const asked = body === null ? {} : { method: 'POST', body };
      await fetch(base + path, { ...asked, headers: { ...json, authorization } }).then((response) => response.text());
    }
  }
  await eventually('both collectors were turned away', 20_000, () =>
    [away, refused].every(({ output }) => output.includes('cannot reach the broker')),
  );
  await Promise.all([wrong.ended, broken.ended]);
  await eventually('the api has failed', 5000, () => api.output.includes('a request failed'));

  const written = [
    ...programs.map(({ output }) => output),
    ...logFiles(folder).map((path) => readFileSync(path, 'utf8')),
  ];
  expect(written.filter((text) => text === '')).toEqual([]);
  for (const text of written) {
    expect(text.split('\n').filter((line) => line.toLowerCase().includes(CANARY.toLowerCase()))).toEqual([]);
    expect(text).not.toContain(key);
  }
}, 60_000);
