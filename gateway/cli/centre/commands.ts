import { Command } from 'commander';
import { CENTRE_COMMANDS, type CentreCommand } from '#contract/centre-commands.ts';
import type { BackupCommandOptions } from './backup.ts';
import type { Centre, CommonOptions } from './context.ts';
import type { RebuildOptions } from './rebuild.ts';
import type { ReplayOptions } from './replay.ts';
import type { RestoreCommandOptions } from './restore.ts';

type OnCode = (code: number) => void;

const CODES = 'Exit codes:';

/**
 * The centre's part of the command line of `meterway`. `onCode` is given the exit code of the command that ran. What a
 * command works with is loaded when it runs: help and mistakes are told at once.
 */
export function commands(centre: Centre, onCode: OnCode): Command {
  const { terminal } = centre;
  const program = new Command('meterway')
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
    })
    .showHelpAfterError('(--help shows what can be given)')
    .exitOverride();
  addStore(program, centre, onCode);
  addBackup(program, centre, onCode);
  addRestore(program, centre, onCode);
  addReplay(program, centre, onCode);
  addRebuild(program, centre, onCode);
  addDoctor(program, centre, onCode);
  return program;
}

function add(program: Command, wanted: CentreCommand): Command {
  const { syntax, summary } = CENTRE_COMMANDS.find(({ name }) => name === wanted) ?? { syntax: wanted, summary: '' };
  return program.command(syntax).description(summary);
}

function common(command: Command): Command {
  return command
    .option('--data-dir <dir>', 'data folder of the centre (default: METERWAY_DATA_DIR, or ./data)')
    .option('--json', 'result as JSON');
}

function addStore(program: Command, centre: Centre, onCode: OnCode): void {
  const store = add(program, 'store').addHelpText(
    'after',
    `
Examples:
  meterway store init
  meterway store check --data-dir /var/lib/meterway

${CODES} 0 done or all is well, 1 it failed or something is wrong, 2 wrong usage or settings`,
  );
  common(store.command('init').description('Makes what the reading store needs; running it again changes nothing.'))
    .addHelpText(
      'after',
      `\nExamples:\n  METERWAY_READING_STORE=influx meterway store init\n\n${CODES} 0 done, 1 it failed, 2 wrong settings`,
    )
    .action(async (options: CommonOptions) =>
      onCode(await (await import('./store-init.ts')).storeInit(centre, options)),
    );
  common(
    store.command('check').description('Reads every file of the stores, or asks InfluxDB, and says what is wrong.'),
  )
    .addHelpText(
      'after',
      `\nExamples:\n  meterway store check\n\n${CODES} 0 all is well, 1 something is wrong, 2 wrong settings`,
    )
    .action(async (options: CommonOptions) =>
      onCode(await (await import('./store-check.ts')).storeCheck(centre, options)),
    );
  common(store.command('pack').description('Packs closed months into Parquet now, while the gateway is stopped.'))
    .addHelpText(
      'after',
      `\nExamples:\n  meterway store pack\n\n${CODES} 0 done, 1 it failed or the gateway runs, 2 wrong settings`,
    )
    .action(async (options: CommonOptions) =>
      onCode(await (await import('./store-pack.ts')).storePack(centre, options)),
    );
}

function addBackup(program: Command, centre: Centre, onCode: OnCode): void {
  common(add(program, 'backup'))
    .option('--keep <n>', 'afterwards deletes all but the newest n backups of the folder')
    .option('--link', 'files that have not changed since the last backup share its disk space')
    .addHelpText(
      'after',
      `
The folder gets a folder meterway-<UTC time>; left out, it is <data folder>/backups. It holds personal data, passwords
and the administrator key. Another disk survives what this one does not.
Examples:
  meterway backup /mnt/backup/meterway --keep 14
  meterway backup /mnt/backup/meterway --link --keep 60 --data-dir /var/lib/meterway

${CODES} 0 made, 1 it failed, 2 wrong usage or settings`,
    )
    .action(async (folder: string | undefined, options: BackupCommandOptions) =>
      onCode(await (await import('./backup.ts')).backupCommand(centre, folder, options)),
    );
}

function addRestore(program: Command, centre: Centre, onCode: OnCode): void {
  common(add(program, 'restore'))
    .option(
      '--replace',
      'moves stores that are there aside, as centre.before-<UTC time>; without it they stay in place',
    )
    .addHelpText(
      'after',
      `
Stop the gateway first. The backup is verified before anything is touched, and nothing that is there is deleted.
Examples:
  meterway restore /mnt/backup/meterway/meterway-20261122T020000Z --data-dir /var/lib/meterway
  meterway restore data/backups/meterway-20261122T020000Z --replace

${CODES} 0 restored, 1 it failed or was refused, 2 wrong usage or settings`,
    )
    .action(async (backup: string, options: RestoreCommandOptions) =>
      onCode(await (await import('./restore.ts')).restoreCommand(centre, backup, options)),
    );
}

function addReplay(program: Command, centre: Centre, onCode: OnCode): void {
  common(add(program, 'replay'))
    .option('--days <n>', 'what was read in the last n days')
    .option('--since <time>', 'what was read since then, in local time of the site or with an offset')
    .option('--collector <id...>', 'these collectors; all if left out')
    .option('--no-wait', 'does not wait until they have begun')
    .addHelpText(
      'after',
      `
Collectors send again by themselves what the state of the centre does not know. This is for readings that the state
knows and the reading store has lost. Sending again what is stored changes nothing.
Examples:
  meterway replay --days 3
  meterway replay --since "2026-11-20 14:00" --collector north south

${CODES} 0 asked, and begun by all, 1 not begun by all or failed, 2 wrong usage or settings`,
    )
    .action(async (options: ReplayOptions) => onCode(await (await import('./replay.ts')).replay(centre, options)));
}

function addRebuild(program: Command, centre: Centre, onCode: OnCode): void {
  common(add(program, 'rebuild'))
    .option('--check', 'only compares; what is kept stays as it is')
    .addHelpText(
      'after',
      `
What is kept of figures can always be made again from the readings and the state. For each task and day it is told
whether the stores say the same as what was kept. The centre may go on running: then its figures process does the work.
Examples:
  meterway rebuild --check
  meterway rebuild --data-dir /var/lib/meterway --json

${CODES} 0 made anew, or identical with --check, 1 not identical with --check, or it failed, 2 wrong usage or settings`,
    )
    .action(async (options: RebuildOptions) => onCode(await (await import('./rebuild.ts')).rebuild(centre, options)));
}

function addDoctor(program: Command, centre: Centre, onCode: OnCode): void {
  common(add(program, 'doctor'))
    .addHelpText(
      'after',
      `
Run it on the machine of the centre, as the user and with the settings of the gateway. It changes no data.
Examples:
  meterway doctor
  METERWAY_CONFIG=/etc/meterway.yaml meterway doctor --json

${CODES} 0 no fault, 1 faults, 2 wrong usage`,
    )
    .action(async (options: CommonOptions) =>
      onCode(await (await import('../doctor/doctor.ts')).doctor(centre, options)),
    );
}
