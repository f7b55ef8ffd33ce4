import { centreCommandLine } from '#contract/centre-commands.ts';

// Who reads the output may be gone before the command is; the exit code still counts.
process.stdout.on('error', () => {});
const argv = process.argv.slice(2);
const centre = centreCommandLine(argv);
// Each side is loaded when it is wanted: a command at the meters does not wait for the stores.
if (centre) await (await import('./cli/centre-process.ts')).runCentreCommand(centre);
else process.exitCode = await (await import('./cli/field-process.ts')).runFieldCommand(argv);
