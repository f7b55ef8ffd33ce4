import { systemClock } from '#platform/clock.ts';
import { EXIT } from '#platform/lifecycle.ts';
import { run } from './centre/run.ts';

/** Runs a command of the centre in this process, on this terminal, and ends it with the code of the command. */
export async function runCentreCommand(argv: readonly string[]): Promise<never> {
  // What is written holds secrets and personal data: for the eyes of their owner only.
  process.umask(0o077);
  const abort = new AbortController();
  const stop = (): void => {
    // Some steps cannot be interrupted: who asks twice will not wait for them.
    if (abort.signal.aborted) process.exit(EXIT.failure);
    abort.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  const { stdout, stderr } = process;
  const code = await run(
    {
      terminal: {
        out: (lines) => void stdout.write(`${lines}\n`),
        note: (lines) => void stderr.write(`${lines}\n`),
        redraw: (line) => void stderr.write(`\r\u001b[K${line}`),
        isLive: stderr.isTTY === true,
        columns: stderr.columns ?? 80,
      },
      // biome-ignore lint/style/noProcessEnv: the settings are read from it here, once
      environment: process.env,
      signal: abort.signal,
      clock: systemClock,
    },
    argv,
  );
  // A store or server that hangs must not hold up the command that has said so.
  await new Promise<void>((written) => stdout.write('', () => written()));
  process.exit(code);
}
