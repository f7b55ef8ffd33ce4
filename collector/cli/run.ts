import { CommanderError } from 'commander';
import { UsageError } from '#platform/cli/usage.ts';
import { ConfigError, MeterwayError, messageOf } from '#platform/errors.ts';
import { EXIT } from '#platform/lifecycle.ts';
import { codeOfEnd, commands } from './commands.ts';
import type { Cli } from './context.ts';

/** Runs one command line and resolves with its exit code; what went wrong is told in words, never as a stack. */
export async function run(cli: Cli, argv: readonly string[]): Promise<number> {
  let code: number = EXIT.ok;
  try {
    await commands(cli, (ended) => {
      code = ended;
    }).parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return codeOfEnd(error);
    if (cli.signal.aborted) {
      cli.terminal.note('stopped');
      return EXIT.failure;
    }
    if (error instanceof MeterwayError) {
      cli.terminal.note(error.message);
      return error instanceof UsageError || error instanceof ConfigError ? EXIT.usage : EXIT.failure;
    }
    cli.terminal.note(`unexpected error: ${messageOf(error)}`);
    return EXIT.failure;
  }
}
