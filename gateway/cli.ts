import { runFieldCommand } from './cli/field-process.ts';

// Who reads the output may be gone before the command is; the exit code still counts.
process.stdout.on('error', () => {});
process.exitCode = await runFieldCommand(process.argv.slice(2));
