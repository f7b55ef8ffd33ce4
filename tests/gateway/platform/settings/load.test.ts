import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, formatProblem } from '#platform/errors.ts';
import { loadSettings } from '#platform/settings/load.ts';
import { SETTINGS } from '#platform/settings/schema.ts';
import { scratchPaths } from '../../stores/scratch-folder.ts';

const newPath = scratchPaths();

function configFile(text: string): string {
  const path = newPath('meterway.yaml');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function problems(...settings: Parameters<typeof loadSettings>): string[] {
  try {
    loadSettings(...settings);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => formatProblem({ ...problem, file: basename(problem.file) }));
  }
  return [];
}

describe('settings', () => {
  it('are the defaults where nothing is said', () => {
    const expected = Object.entries(SETTINGS).map(([key, { fallback }]) => [key, fallback]);
    expect(loadSettings({ PATH: '/bin', HOME: '/' })).toEqual(Object.fromEntries(expected));
  });

  it('are taken from the file, over it from the environment, over that from the command line', () => {
    const METERWAY_CONFIG = configFile('apiPort: 1\nbrokerPort: 1\nuplinkWindow: 3\nlogLevel: debug\n');
    const environment = { METERWAY_CONFIG, METERWAY_API_PORT: '2', METERWAY_BROKER_PORT: '2' };
    expect(loadSettings(environment, { apiPort: '3' })).toMatchObject({
      apiPort: 3,
      brokerPort: 2,
      uplinkWindow: 3,
      logLevel: 'debug',
      apiHost: '127.0.0.1',
    });
  });

  it('refuse a limit for a dead phase that is not below the one for a live phase', () => {
    const message = 'voltageOffShare (0.8) must be below voltageOnShare (0.8)';
    expect(problems({ METERWAY_VOLTAGE_OFF_SHARE: '0.8' })).toEqual([
      `environment: METERWAY_VOLTAGE_OFF_SHARE: ${message}`,
    ]);
    expect(problems({ METERWAY_VOLTAGE_ON_SHARE: '0.5' })).toHaveLength(1);
    expect(problems({ METERWAY_VOLTAGE_OFF_SHARE: '0.85', METERWAY_VOLTAGE_ON_SHARE: '0.9' })).toEqual([]);
  });

  it('in variables are read by their kind', () => {
    const environment = {
      METERWAY_SIMULATION: 'true',
      METERWAY_API_PUBLIC_PAGE: 'false',
      METERWAY_CLOCK_OFFSET_MS: '-5000',
      METERWAY_OUTAGE_MIN_SHARE: '0.25',
      METERWAY_MQTT_PASSWORD: '12345',
      METERWAY_DATA_DIR: '',
    };
    expect(loadSettings(environment)).toMatchObject({
      simulation: true,
      apiPublicPage: false,
      clockOffsetMs: -5000,
      outageMinShare: 0.25,
      mqttPassword: '12345',
      dataDir: '',
    });
  });

  it.each([
    ['METERWAY_API_PORT', 'http', 'a whole number from 0 to 65535'],
    ['METERWAY_API_PORT', '', 'a whole number from 0 to 65535'],
    ['METERWAY_API_PORT', '80.5', 'a whole number from 0 to 65535'],
    ['METERWAY_API_PORT', '65536', 'a whole number from 0 to 65535'],
    ['METERWAY_API_PORT', '0x50', 'a whole number from 0 to 65535'],
    ['METERWAY_SIMULATION', 'yes', 'true or false'],
    ['METERWAY_LOG_LEVEL', 'loud', 'one of trace, debug, info, warn, error'],
    ['METERWAY_OUTAGE_MIN_SHARE', '2', 'a number from 0.01 to 1'],
  ])('refuse %s=%s and say what would be right', (name, text, right) => {
    expect(problems({ [name]: text })).toEqual([`environment: ${name}: '${text}' cannot be used; it must be ${right}`]);
  });

  it('refuse a wrong argument of the command line', () => {
    expect(problems({}, { apiPort: 'x' })).toEqual([
      "command line: apiPort: 'x' cannot be used; it must be a whole number from 0 to 65535",
    ]);
  });

  it('refuse an unknown variable and name the nearest known one', () => {
    expect(problems({ METERWAY_API_PROT: '1', METERWAY_CONFG: 'x', METERWAY_COLOUR_OF_PAGE: 'red' })).toEqual([
      'environment: METERWAY_API_PROT: no setting has this name; did you mean METERWAY_API_PORT?',
      'environment: METERWAY_CONFG: no setting has this name; did you mean METERWAY_CONFIG?',
      'environment: METERWAY_COLOUR_OF_PAGE: no setting has this name; see the settings table in README.md',
    ]);
  });

  it('name the nearest of several that are near', () => {
    expect(problems({ METERWAY_API_HOSTT: 'x' })).toEqual([
      'environment: METERWAY_API_HOSTT: no setting has this name; did you mean METERWAY_API_HOST?',
    ]);
  });

  it('leave the variables of the tests alone', () => {
    expect(problems({ METERWAY_TEST_SEED: '7', OTHER_API_PROT: '1' })).toEqual([]);
  });

  it('tell all that is wrong at once', () => {
    const METERWAY_CONFIG = configFile('apiPort: many\n');
    expect(problems({ METERWAY_CONFIG, METERWAY_BROKER_PORT: '-1' }, { uplinkWindow: '0' })).toEqual([
      'meterway.yaml:1: apiPort: must be a whole number from 0 to 65535',
      "environment: METERWAY_BROKER_PORT: '-1' cannot be used; it must be a whole number from 0 to 65535",
      "command line: uplinkWindow: '0' cannot be used; it must be a whole number from 1 to 64",
    ]);
  });
});

describe('a configuration file', () => {
  it('names the line of each wrong or unknown key', () => {
    const text = '# ports\napiPort: "8080"\n\nlogLevel: loud\napi_host: x\ncolour: red\ntoString: x\n';
    expect(problems({ METERWAY_CONFIG: configFile(text) })).toEqual([
      'meterway.yaml:2: apiPort: must be a whole number from 0 to 65535',
      'meterway.yaml:4: logLevel: must be one of trace, debug, info, warn, error',
      'meterway.yaml:5: api_host: no setting has this name; did you mean apiHost?',
      'meterway.yaml:6: colour: no setting has this name; see the settings table in README.md',
      'meterway.yaml:7: toString: no setting has this name; see the settings table in README.md',
    ]);
  });

  it('that is not there, is no YAML or holds no settings is refused', () => {
    expect(problems({ METERWAY_CONFIG: newPath('missing.yaml') })).toEqual([
      expect.stringMatching(/^missing\.yaml: cannot be read: ENOENT/),
    ]);
    expect(problems({ METERWAY_CONFIG: configFile('apiPort: [1') })).toEqual([
      expect.stringMatching(/^meterway\.yaml:\d: /),
    ]);
    for (const text of ['- apiPort', 'apiPort']) {
      expect(problems({ METERWAY_CONFIG: configFile(text) })).toEqual([
        'meterway.yaml:1: must be settings, each as `key: value`',
      ]);
    }
  });

  it('may be empty', () => {
    expect(problems({ METERWAY_CONFIG: configFile('# nothing yet\n') })).toEqual([]);
  });
});

describe('a secret setting', () => {
  it('of the wrong kind is refused without being shown', () => {
    const refused = problems({ METERWAY_CONFIG: configFile('mqttPassword: 1234\n') });
    expect(refused).toEqual(['meterway.yaml:1: mqttPassword: must be text']);
  });
});

describe('a shifted clock', () => {
  const SHIFT = { METERWAY_CLOCK_OFFSET_MS: '1000' };

  it('is refused outside a simulation, at the place that asks for it', () => {
    const why = 'a shifted clock is for simulated runs only';
    expect(problems(SHIFT)).toEqual([`environment: METERWAY_CLOCK_OFFSET_MS: ${why}`]);
    expect(problems({ METERWAY_CONFIG: configFile('simulation: false\nclockOffsetMs: 9\n') })).toEqual([
      `meterway.yaml:2: clockOffsetMs: ${why}`,
    ]);
    expect(problems({}, { clockOffsetMs: '9' })).toEqual([`command line: clockOffsetMs: ${why}`]);
  });

  it('is taken in one, and a shift of nothing anywhere', () => {
    expect(problems({ ...SHIFT, METERWAY_SIMULATION: 'true' })).toEqual([]);
    expect(problems({ METERWAY_CLOCK_OFFSET_MS: '0' })).toEqual([]);
  });
});

it('a program with wrong settings ends with code 2, all problems on standard error and nothing on standard output', () => {
  const script = `
    import { settingsOrExit } from '#platform/settings/load.ts';
    settingsOrExit({ METERWAY_API_PORT: 'x', METERWAY_COLOUR: 'red' });
    console.log('started');`;
  const ended = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(ended.status).toBe(2);
  expect(ended.stdout).toBe('');
  expect(ended.stderr).toContain('cannot use the settings: 2 problem(s)\n  environment: METERWAY_API_PORT: ');
});
