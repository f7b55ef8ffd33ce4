import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#platform/clock.ts';
import { holdLock } from '#platform/sqlite/lock.ts';
import { Credentials, GATEWAY_USER } from '../../../gateway/broker/credentials.ts';
import { startEmbeddedBroker } from '../../../gateway/broker/embedded-broker.ts';
import { BROKER_CHECKS } from '../../../gateway/cli/doctor/broker.ts';
import { type Check, type Finding, findingsOf } from '../../../gateway/cli/doctor/check.ts';
import { MACHINE_CHECKS } from '../../../gateway/cli/doctor/machine.ts';
import { PROGRAM_CHECKS } from '../../../gateway/cli/doctor/programs.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { centreBench, meterway } from './centre-bench.ts';
import { DoctorBench, find, GB, NOW } from './doctor-bench.ts';

let bench: DoctorBench;
beforeEach(async () => {
  bench = await DoctorBench.open();
});
afterEach(() => bench.close());

const only = ([finding]: readonly Finding[]) => finding;

describe('the doctor on the machine', () => {
  it.each([
    ['v20.20.2', 'fault'],
    ['v24.21.0', 'ok'],
    ['v26.10.0', 'warning'],
  ])('finds Node %s: %s', async (nodeVersion, verdict) => {
    expect(only(await find(MACHINE_CHECKS, 'Node', bench.examined({ nodeVersion })))).toMatchObject({ verdict });
  });

  it('finds a data folder that is not there, and one that others can read', async () => {
    const missing = await find(MACHINE_CHECKS, 'data folder', bench.examined({ dataDir: '/nowhere/data' }));
    expect(missing).toMatchObject([{ verdict: 'fault', what: 'there is no folder /nowhere/data' }]);
    expect(await find(MACHINE_CHECKS, 'data folder', bench.examined())).toMatchObject([{ verdict: 'ok' }]);
    chmodSync(join(bench.dataDir, 'centre'), 0o755);
    const open = await find(MACHINE_CHECKS, 'data folder', bench.examined());
    expect(open).toMatchObject([
      { verdict: 'ok' },
      { verdict: 'warning', what: expect.stringContaining('others on this machine can read centre') },
    ]);
  });

  it.each([
    [50, 'ok'],
    [9, 'warning'],
    [0.4, 'fault'],
  ])('finds %d GB free of 100 GB: %s', async (free, verdict) => {
    const space = () => ({ free: free * GB, size: 100 * GB });
    const found = only(await find(MACHINE_CHECKS, 'disk', bench.examined({ space })));
    expect(found).toMatchObject({
      verdict,
      what: expect.stringContaining(`${free.toFixed(1)} GB of 100.0 GB are free`),
    });
  });

  it('tells for how many days the disk lasts at the rate of this month', async () => {
    mkdirSync(join(bench.dataDir, 'centre', 'readings'));
    writeFileSync(join(bench.dataDir, 'centre', 'readings', '2026-11.sqlite'), Buffer.alloc(2_132_240));
    // 21.3 days of November are over: 0.1 MB a day.
    const space = () => ({ free: 4_000_000, size: 10_000_000 });
    expect(only(await find(MACHINE_CHECKS, 'disk', bench.examined({ space })))?.what).toMatch(
      /enough for 39 days of readings/,
    );
  });

  it('finds a clock that was never set', async () => {
    const clock = new ManualClock(0);
    expect(only(await find(MACHINE_CHECKS, 'clock', bench.examined({ clock })))).toMatchObject({ verdict: 'fault' });
  });

  it('gives up on a check that does not come back, and goes on', async () => {
    const clock = new ManualClock(NOW);
    const hanging: Check = { name: 'x', deadlineMs: 5000, late: 'warning', run: () => new Promise(() => {}) };
    const found = findingsOf(hanging, bench.examined({ clock }));
    await clock.advance(5000);
    expect(await found).toMatchObject([{ verdict: 'warning', what: 'no answer within 5 s' }]);
    expect(clock.waiting).toEqual([]);
  });

  it('makes a finding of a check that fails', async () => {
    const failing: Check = { name: 'x', deadlineMs: 5000, late: 'fault', run: () => Promise.reject(new Error('no')) };
    expect(await findingsOf(failing, bench.examined())).toMatchObject([
      { verdict: 'fault', what: 'unexpected error: no' },
    ]);
  });
});

describe('the doctor at the programs', () => {
  it('finds a gateway that is not running, and one that is', async () => {
    expect(await find(PROGRAM_CHECKS, 'gateway', bench.examined())).toMatchObject([
      { verdict: 'fault', what: expect.stringContaining('no gateway is running') },
    ]);
    const release = holdLock(join(bench.dataDir, 'centre', 'lock'), 'test');
    try {
      const { out, code } = await meterway(['doctor', '--json', '--data-dir', bench.dataDir]);
      expect(code).toBe(1);
      const { findings } = JSON.parse(out) as { findings: (Finding & { check: string })[] };
      expect(findings.find(({ check }) => check === 'gateway')).toMatchObject({ verdict: 'ok' });
    } finally {
      release();
    }
  });

  it('finds an API that does not answer', async () => {
    const environment = { METERWAY_API_PORT: '1' };
    expect(await find(PROGRAM_CHECKS, 'API', bench.examined({}, environment))).toMatchObject([
      { verdict: 'fault', what: expect.stringMatching(/does not answer at http:\/\/127\.0\.0\.1:1\/healthz/) },
    ]);
  });
});

describe('the doctor at the broker', () => {
  it('logs in as the gateway does and hears itself; says that a password is wrong, and never shows it', async () => {
    const path = join(bench.dataDir, 'broker', 'credentials.json');
    const credentials = Credentials.ensure(path, [GATEWAY_USER]);
    const broker = await startEmbeddedBroker({
      host: '127.0.0.1',
      port: 0,
      credentials,
      districtOf: () => undefined,
      logger: quietLogger(),
    });
    try {
      const ports = { broker: broker.port, api: null };
      const clock = systemClock();
      expect(await find(BROKER_CHECKS, 'broker', bench.examined({ ports, clock }))).toMatchObject([
        { verdict: 'ok', what: expect.stringMatching(/let us in within \d+ ms and gave a message back/) },
      ]);
      writeFileSync(path, JSON.stringify({ [GATEWAY_USER]: 'canary-password' }));
      const refused = await find(BROKER_CHECKS, 'broker', bench.examined({ ports, clock }));
      expect(refused).toMatchObject([
        {
          verdict: 'fault',
          what: expect.stringContaining('does not let the gateway in: the broker does not let this user in'),
        },
      ]);
      expect(JSON.stringify(refused)).not.toContain('canary');
    } finally {
      await broker.close();
    }
  });

  it('finds a broker that is not there, one whose passwords are missing, and one at an unknown port', async () => {
    const environment = { METERWAY_MQTT_URL: 'mqtt://127.0.0.1:1', METERWAY_MQTT_USERNAME: 'gateway' };
    expect(await find(BROKER_CHECKS, 'broker', bench.examined({ clock: systemClock() }, environment))).toMatchObject([
      { verdict: 'fault', what: expect.stringContaining('127.0.0.1:1 does not let the gateway in') },
    ]);
    expect(await find(BROKER_CHECKS, 'broker', bench.examined({ ports: { broker: 1, api: null } }))).toMatchObject([
      { verdict: 'fault', what: expect.stringContaining('there are no passwords of the embedded broker') },
    ]);
    expect(await find(BROKER_CHECKS, 'broker', bench.examined())).toMatchObject([
      { verdict: 'warning', remedy: expect.stringContaining('METERWAY_BROKER_PORT') },
    ]);
  });
});

describe('meterway doctor', () => {
  it('of a folder that is not there ends with 1 and one line for each check', async () => {
    const { run, out } = centreBench({ METERWAY_API_PORT: '1' });
    expect(await run('doctor', '--data-dir', '/nowhere/data')).toBe(1);
    await settle();
    const lines = out.join('\n').split('\n');
    expect(lines[0]).toMatch(/^ok {7}settings {6}the settings can be used$/);
    expect(lines).toContain(
      'fault    data folder   there is no folder /nowhere/data: name it with --data-dir or METERWAY_DATA_DIR, as the gateway has it',
    );
    // What cannot be known without a state is not called good.
    expect(lines.join('\n')).not.toMatch(/collectors|ledger|quarantine/);
    expect(lines.at(-1)).toMatch(/^\d+ ok, \d+ warnings, \d+ faults$/);
  });

  it('tells what is wrong with the settings, without their values where they are secret', async () => {
    const { run, out } = centreBench({ METERWAY_API_PORT: 'http', METERWAY_MQTT_PASWORD: 'canary' });
    expect(await run('doctor', '--json')).toBe(1);
    const told = JSON.parse(out.join('')) as { counts: object; findings: Finding[] };
    expect(told.counts).toEqual({ ok: 0, warning: 0, fault: 2 });
    expect(out.join('')).not.toContain('canary');
  });
});
