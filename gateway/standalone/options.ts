import { Command } from 'commander';
import { programVersion } from '#platform/program-version.ts';
import type { SettingKey } from '#platform/settings/schema.ts';

interface Given {
  site?: string;
  dataDir?: string;
  port?: string;
}

/** Settings given on the command line of `npm start`; ends the process for --help, --version and unknown options. */
export function parseCommandLine(argv: readonly string[]): Partial<Record<SettingKey, string>> {
  const command = new Command('npm start --')
    .description(
      'Runs gateway with embedded broker, collectors and API on this machine, and without --site a simulated district.',
    )
    .option('--site <file>', 'site file with your areas, lines and meters (see gateway/site.example.yaml)')
    .option('--data-dir <dir>', 'folder of stores, spools and keys (default: ./data)')
    .option('--port <port>', 'port of the API (default: 8080)')
    .version(programVersion())
    .addHelpText(
      'after',
      '\nEvery setting of README.md can be given as METERWAY_… variable, or in the file that METERWAY_CONFIG names.' +
        '\nExit codes: 0 stopped as asked, 1 failure, 2 settings, site file or port that cannot be used.',
    )
    .exitOverride((end) => process.exit(end.exitCode === 0 ? 0 : 2))
    .parse([...argv], { from: 'user' });
  const given = command.opts<Given>();
  return {
    ...(given.site === undefined ? {} : { siteFile: given.site }),
    ...(given.dataDir === undefined ? {} : { dataDir: given.dataDir }),
    ...(given.port === undefined ? {} : { apiPort: given.port }),
  };
}
