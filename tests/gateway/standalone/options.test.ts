import { execFile } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { programVersion } from '#platform/program-version.ts';
import { parseCommandLine } from '../../../gateway/standalone/options.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
const SCRIPT =
  "import { parseCommandLine } from './gateway/standalone/options.ts'; " +
  'console.log(JSON.stringify(parseCommandLine(process.argv.slice(1))));';

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The command line in a process of its own: for --help and mistakes it ends the process. */
function run(...argv: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const args = ['--input-type=module', '--eval', SCRIPT, '--', ...argv];
    const child = execFile(process.execPath, args, { cwd: ROOT }, (_error, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    );
  });
}

describe('the command line of npm start', () => {
  it('becomes settings, and only what was given', () => {
    expect(parseCommandLine([])).toEqual({});
    expect(parseCommandLine(['--site', 's.yaml', '--data-dir', '/var/m', '--port', '9000'])).toEqual({
      siteFile: 's.yaml',
      dataDir: '/var/m',
      apiPort: '9000',
    });
    expect(parseCommandLine(['--port=0'])).toEqual({ apiPort: '0' });
  });

  it('ends the process after --help and --version with code 0, and with what was asked for', async () => {
    const [help, version] = await Promise.all([run('--help'), run('--version')]);
    expect(help).toMatchObject({ code: 0, err: '' });
    for (const word of ['--site', '--data-dir', '--port', 'METERWAY_', 'Exit codes']) expect(help.out).toContain(word);
    expect(version).toEqual({ code: 0, out: `${programVersion()}\n`, err: '' });
  });

  it('that is wrong ends the process with code 2 and says what is wrong', async () => {
    const wrong = await Promise.all([run('--sit', 'x'), run('--port'), run('site.yaml'), run('--data-dir', '/d')]);
    expect(wrong.map(({ code }) => code)).toEqual([2, 2, 2, 0]);
    expect(wrong[0]?.err).toContain("unknown option '--sit'");
    expect(wrong[1]?.err).toContain('argument missing');
    expect(wrong[2]?.err).toContain('too many arguments');
    expect(wrong[3]?.out).toBe('{"dataDir":"/d"}\n');
  });
});
