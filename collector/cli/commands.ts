import { Command } from 'commander';
import { CENTRE_COMMANDS } from '#contract/centre-commands.ts';
import { UsageError } from '#platform/cli/usage.ts';
import { EXIT } from '#platform/lifecycle.ts';
import { programVersion } from '#platform/program-version.ts';
import type { CapacityOptions } from './capacity.ts';
import type { CheckOptions } from './check.ts';
import type { Cli } from './context.ts';
import { type DecodeOptions, decode } from './decode.ts';
import { DECODER_IDS } from './decoders.ts';
import type { ReadOptions } from './read.ts';
import { REGISTER_TYPE_NAMES } from './register-values.ts';
import { SCANNED, type ScanOptions } from './scan-plan.ts';
import { PROTOCOLS } from './target.ts';

const CODES = 'Exit codes:';

/**
 * The command line of `meterway`. `onCode` is given the exit code of the command that ran. What a command works with is
 * loaded when it runs: help and mistakes are told at once.
 */
export function commands(cli: Cli, onCode: (code: number) => void): Command {
  const program = new Command('meterway')
    .description('Commissioning of meters and lines, and care of the centre. Nothing is ever written to a meter.')
    .version(programVersion())
    .configureOutput({
      writeOut: (text) => cli.terminal.out(text.trimEnd()),
      writeErr: (text) => cli.terminal.note(text.trimEnd()),
    })
    .showHelpAfterError('(--help shows what can be given)')
    .exitOverride()
    .commandsGroup('At the meters:');
  addRead(program, cli, onCode);
  addScan(program, cli, onCode);
  addCheck(program, cli, onCode);
  addCapacity(program, cli, onCode);
  addDecode(program, cli, onCode);
  addProfiles(program, cli, onCode);
  addCentre(program.commandsGroup('At the centre:'));
  return program.addHelpText(
    'after',
    `\n${CODES} 0 done, 1 the thing asked for failed or was found bad, 2 wrong usage`,
  );
}

type OnCode = (code: number) => void;

function endpoint(command: Command): Command {
  return command
    .option('--tcp <host:port>', 'a concentrator, gateway or meter on the network')
    .option('--serial <path>', 'a serial port, such as /dev/ttyUSB0 or COM3')
    .option('--timeout-ms <ms>', 'wait for the first byte of a reply');
}

function addRead(program: Command, cli: Cli, onCode: OnCode): void {
  endpoint(program.command('read').description('Reads one meter and says what came, or why nothing did.'))
    .option('--site <file>', 'site file in which line and meter stand')
    .option('--meter <id>', 'id, number or address of the meter in the site file')
    .option('--protocol <name>', `without --site: ${PROTOCOLS.join(', ')}`)
    .option('--address <digits>', 'without --site: address or unit of the meter')
    .option('--model <id>', 'without --site: model, see meterway profiles')
    .option('--baud <baud>', 'speed of the serial port; the usual one of the protocol if left out')
    .option('--parity <parity>', 'none, even or odd')
    .option('--stop-bits <n>', '1 or 2')
    .option('--items <list>', 'quantities, with commas, such as energy_import_wh,voltage_a_v')
    .option('--task <id>', 'what a task reads, such as freeze-day, profile, event')
    .option('--slot <time>', 'slot of the task in local time; the last one if left out')
    .option('--zone <name>', 'without --site: time zone of the meter (default Asia/Shanghai)')
    .option('--di <hex>', 'one data identifier of a DL/T 645 meter, such as 00010000')
    .option('--register <address:count>', 'registers of a Modbus meter, counted from 0, such as 0x48:2')
    .option('--fc <code>', 'function for --register: 3 holding, 4 input registers (default 4)')
    .option('--type <type>', `number in --register: ${REGISTER_TYPE_NAMES.join(', ')}`)
    .option('--word-order <order>', 'high-first or low-first')
    .option('--trace', 'shows every frame')
    .option('--json', 'result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  meterway read --site my-site.yaml --meter 002301000017
  meterway read --site my-site.yaml --meter 002301000017 --task freeze-day --slot 2026-11-20
  meterway read --tcp 192.168.1.20:7001 --protocol dlt645 --address 002301000017 --di 00010000 --trace
  meterway read --serial /dev/ttyUSB0 --baud 9600 --protocol modbus-rtu --address 1 --register 0x48:2 --type float32

${CODES} 0 read, 1 the meter or the line failed, 2 wrong usage or a site file that cannot be used`,
    )
    .action(async (options: ReadOptions) => onCode(await (await import('./read.ts')).read(cli, options)));
}

function addScan(program: Command, cli: Cli, onCode: OnCode): void {
  endpoint(program.command('scan').description('Searches a line for meters. Reads only; Ctrl-C ends it.'))
    .option('--site <file>', 'site file in which the line stands')
    .option('--line <id>', 'line of the site file')
    .option('--protocols <list>', `with commas: ${SCANNED.join(', ')}`)
    .option('--bauds <list>', 'speeds to try on a serial port')
    .option('--parities <list>', 'parities to try: even, none, odd')
    .option('--from <address>', 'first address or unit')
    .option('--to <address>', 'last address or unit; up to 1000 addresses are asked one by one')
    .option('--deep', 'tries all endings of DL/T 645 addresses even when the open address is silent')
    .option('--all', 'goes on with other settings and protocols after meters were found')
    .option('--json', 'result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  meterway scan --serial /dev/ttyUSB0
  meterway scan --tcp 192.168.1.30:502 --protocols modbus-tcp --from 1 --to 32
  meterway scan --tcp 192.168.1.20:7001 --protocols dlt645 --from 2301000001 --to 2301000200
  meterway scan --site my-site.yaml --line rs485

${CODES} 0 meters found, 1 nobody found, line down or stopped early, 2 wrong usage`,
    )
    .action(async (options: ScanOptions) => onCode(await (await import('./scan.ts')).scan(cli, options)));
}

function addCheck(program: Command, cli: Cli, onCode: OnCode): void {
  program
    .command('check <file>')
    .description('Checks a site file, whether its lines keep up, and on request the lines and meters themselves.')
    .option('--links', 'opens every line once')
    .option('--meters', 'asks every meter who it is')
    .option('--timeout-ms <ms>', 'wait for the first byte of a reply; that of the line if left out')
    .option('--json', 'result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  meterway check my-site.yaml
  meterway check my-site.yaml --links
  meterway check my-site.yaml --meters --timeout-ms 1500

Stop the collector first: a serial port serves one program at a time.
${CODES} 0 all is well, 1 something is wrong, 2 wrong usage`,
    )
    .action(async (file: string, options: CheckOptions) =>
      onCode(await (await import('./check.ts')).check(cli, file, options)),
    );
}

function addCapacity(program: Command, cli: Cli, onCode: OnCode): void {
  program
    .command('capacity')
    .description('Reckons whether a line keeps up with its meters.')
    .option('--meters <n>', 'meters on the line')
    .option('--model <id>', 'their model, see meterway profiles')
    .option('--protocol <name>', PROTOCOLS.join(', '))
    .option('--baud <baud>', 'speed of the serial line; without it bytes take no time')
    .option('--every <interval>', 'interval of the tasks, such as 15m or 30s')
    .option('--items <list>', 'quantities, with commas')
    .option('--task <list>', 'tasks, with commas; all usual ones if left out')
    .option('--site <file>', 'reckons the lines of a site file; with --meters a line to come, by its tasks and models')
    .option('--line <id>', 'one line of the site file')
    .option('--json', 'result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  meterway capacity --meters 30 --baud 2400 --model dlt645-1ph
  meterway capacity --meters 30 --baud 9600 --model sdm630 --every 1m --items power_active_total_w,voltage_a_v
  meterway capacity --site my-site.yaml --line rs485

${CODES} 0 fits, 1 does not fit, 2 wrong usage or a site file that cannot be used`,
    )
    .action(async (options: CapacityOptions) => onCode(await (await import('./capacity.ts')).capacity(cli, options)));
}

function addDecode(program: Command, cli: Cli, onCode: OnCode): void {
  program
    .command('decode [hex...]')
    .description('Says what the bytes of a frame mean. Without bytes: one frame on each line of standard input.')
    .option('--protocol <name>', `one of ${DECODER_IDS.join(', ')}; all are tried if left out`)
    .option('--json', 'one JSON object for each frame')
    .addHelpText(
      'after',
      `
Spaces, commas, colons and 0x may stand between the bytes.
Examples:
  meterway decode FE FE 68 17 00 00 01 23 00 68 11 04 33 33 34 33 CS 16
  cat frames.txt | meterway decode --protocol dlt645

${CODES} 0 sound, 1 damaged or of no known protocol, 2 wrong usage`,
    )
    .action(async (hex: string[], options: DecodeOptions) => onCode(await decode(cli, hex, options)));
}

function addProfiles(program: Command, cli: Cli, onCode: OnCode): void {
  program
    .command('profiles [id]')
    .description('Lists the meter models, or shows one in full.')
    .option('--site <file>', 'site file whose own models are shown as well')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `\nExamples:\n  meterway profiles\n  meterway profiles sdm630\n\n${CODES} 0 shown, 2 no such model or a site file that cannot be used`,
    )
    .action(async (id: string | undefined, options: { site?: string; json?: boolean }) => {
      onCode(await (await import('./profiles.ts')).profiles(cli, id, options));
    });
}

/** For help, and for a mistyped name, alone: the gateway's side of the command carries them out and does not come here. */
function addCentre(program: Command): void {
  for (const { name, syntax, summary } of CENTRE_COMMANDS) {
    program
      .command(syntax)
      .description(summary)
      .action(() => {
        throw new UsageError(`cannot run ${name} here: start it as npx meterway ${name}`);
      });
  }
}

/** Exit code of a command line that commander has refused or that only asked for help. */
export function codeOfEnd(end: { readonly exitCode: number; readonly code: string }): number {
  const isAsked = end.code === 'commander.helpDisplayed' || end.code === 'commander.version';
  return end.exitCode === 0 || isAsked ? EXIT.ok : EXIT.usage;
}
