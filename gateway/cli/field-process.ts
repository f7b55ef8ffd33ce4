import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EXIT } from '#platform/lifecycle.ts';
import { answerTo } from './answers.ts';

const FIELD_CLI = fileURLToPath(new URL('../../collector/cli.ts', import.meta.url));

/**
 * Runs a command of the field side as a child process on this terminal and resolves with its exit code. The child talks
 * to meters; what it needs to know of a site it asks for over the channel between the two, so that passwords and names
 * of a site stand on no command line. Signals end the child, which gives its ports back, and then this process.
 */
export function runFieldCommand(argv: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [FIELD_CLI, ...argv], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  child.on('message', (message) => void answer(child, message));
  // Ctrl-C reaches the child by itself, for it is of the same group; asking it twice does no harm.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on('error', (error) => {
      process.stderr.write(`meterway: cannot start ${FIELD_CLI}: ${error.message}\n`);
      resolve(EXIT.failure);
    });
    child.on('exit', (code) => resolve(code ?? EXIT.failure));
  });
}

async function answer(child: ChildProcess, message: unknown): Promise<void> {
  const reply = await answerTo(message);
  // The child may have ended meanwhile.
  if (child.connected) child.send(reply, () => {});
}
