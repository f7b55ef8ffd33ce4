import { CommanderError } from 'commander';
import { UsageError } from '#platform/cli/usage.ts';
import { ConfigError, MeterwayError, messageOf } from '#platform/errors.ts';
import { EXIT } from '#platform/lifecycle.ts';
import { commands } from './commands.ts';
import type { Centre } from './context.ts';

/** Runs one command line and resolves with its exit code; what went wrong is told in words, never as a stack. */
export async function run(centre: Centre, argv: readonly string[]): Promise<number> {
  let code: number = EXIT.ok;
  try {
    await commands(centre, (ended) => {
      code = ended;
    }).parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (centre.signal.aborted) {
      centre.terminal.note('stopped');
      return EXIT.failure;
    }
    centre.terminal.note(error instanceof MeterwayError ? error.message : `unexpected error: ${messageOf(error)}`);
    return error instanceof UsageError || error instanceof ConfigError ? EXIT.usage : EXIT.failure;
  }
}
