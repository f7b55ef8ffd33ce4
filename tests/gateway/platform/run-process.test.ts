import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./lifecycle-program.ts', import.meta.url));

interface Run {
  readonly child: ChildProcess;
  /** Resolves when the program says that it is ready. */
  readonly ready: Promise<unknown>;
  ended(): Promise<{ code: number | null; said: string[] }>;
}

function run(how: string): Run {
  const child = fork(PROGRAM, [how], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  // A child that was disconnected from never says `close`.
  const gone = Promise.all([once(child, 'exit'), child.stdout ? once(child.stdout, 'end') : null]);
  let text = '';
  const ready = new Promise<void>((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('"ready"')) resolve();
    });
  });
  const ended = async (): Promise<{ code: number | null; said: string[] }> => {
    await gone;
    const lines = text.split('\n').filter((line) => line !== '');
    return { code: child.exitCode, said: lines.map((line): string => JSON.parse(line).msg) };
  };
  return { child, ready, ended };
}

describe.concurrent('a program', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('stops in order and with code 0 on %s, even on two', async (signal) => {
    const { child, ready, ended } = run('good');
    await ready;
    child.kill(signal);
    child.kill(signal);
    expect(await ended()).toEqual({
      code: 0,
      said: ['ready', 'stopping', 'the link is closed', 'the store is closed'],
    });
  });

  it('whose stop was not clean ends with code 1', async () => {
    const { child, ready, ended } = run('slow');
    await ready;
    child.kill('SIGTERM');
    expect(await ended()).toEqual({
      code: 1,
      said: ['ready', 'stopping', 'the link is closed', 'a step did not stop in time', 'the store is closed'],
    });
  });

  it('ends when its supervisor is gone', async () => {
    const { child, ready, ended } = run('good');
    await ready;
    child.disconnect();
    expect(await ended()).toMatchObject({ code: 0, said: expect.arrayContaining(['stopping', 'the store is closed']) });
  });

  it('ends when its supervisor went while it was being loaded', async () => {
    expect(await run('orphaned').ended()).toMatchObject({ code: 0 });
  });

  it.each([
    ['that a restart cannot mend', 'refused', 2, 'cannot use this disk'],
    ['that may pass', 'busy', 1, 'cannot open the store yet'],
    ['of its own', 'bug', 1, 'cannot start'],
  ])('that cannot start for a reason %s closes what it had opened', async (_why, how, code, message) => {
    expect(await run(how).ended()).toEqual({ code, said: [message, 'stopping', 'the store is closed'] });
  });

  it('with wrong settings ends with code 2 and says which', async () => {
    const { code, said } = await run('misconfigured').ended();
    expect(code).toBe(2);
    expect(said[0]).toMatch(/^cannot use the settings: 1 problem\(s\)\n.*METERWAY_API_PORT: must be a number$/s);
  });

  it.each([
    ['an error that nobody caught', 'throwsLater', 'unexpected error'],
    ['a rejection that nobody waited for', 'rejectsLater', 'unexpected rejection'],
  ])('ends with code 1 on %s', async (_what, how, message) => {
    const { code, said } = await run(how).ended();
    expect(code).toBe(1);
    expect(said.at(-1)).toBe(message);
  });
});
