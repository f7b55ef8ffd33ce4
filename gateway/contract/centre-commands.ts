/**
 * Commands of `meterway` that the centre carries out, as help shows them. They stand here because the field's side of
 * the command, another process, lists them beside its own.
 */
export const CENTRE_COMMANDS = [
  { name: 'store', syntax: 'store', summary: 'Sets up, checks and packs the stores of the centre.' },
  { name: 'backup', syntax: 'backup [folder]', summary: 'Copies the stores of the centre while it runs.' },
  { name: 'restore', syntax: 'restore <backup>', summary: 'Puts a backup in place of the stores of the centre.' },
  { name: 'replay', syntax: 'replay', summary: 'Asks collectors to send again what they still hold.' },
  { name: 'rebuild', syntax: 'rebuild', summary: 'Makes the figures anew from the stores and compares them.' },
  { name: 'doctor', syntax: 'doctor', summary: 'Checks a running installation hop by hop.' },
] as const;
export type CentreCommand = (typeof CENTRE_COMMANDS)[number]['name'];

/**
 * The command line that the centre carries out, or null when it is the field's: `help backup` is `backup --help`, a
 * command line without a command belongs to the field, which shows the list.
 */
export function centreCommandLine(argv: readonly string[]): string[] | null {
  const [first, second, ...rest] = argv;
  if (CENTRE_COMMANDS.some(({ name }) => name === first)) return [...argv];
  const isHelp = first === 'help' && CENTRE_COMMANDS.some(({ name }) => name === second);
  return isHelp && second !== undefined ? [second, ...rest, '--help'] : null;
}
