import type { Terminal } from '#platform/cli/terminal.ts';
import type { Clock } from '#platform/clock.ts';
import { armFailpoint } from '#platform/failpoint.ts';
import { loadSettings } from '#platform/settings/load.ts';
import type { Settings } from '#platform/settings/schema.ts';

/** What a command of the centre works with. */
export interface Centre {
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborts when the user has had enough. */
  readonly signal: AbortSignal;
  /** The machine's clock, shifted by an offset in ms: that of the programs in simulated runs. */
  readonly clock: (offsetMs: number) => Clock;
}

/** Of every command. */
export interface CommonOptions {
  readonly dataDir?: string;
  readonly json?: boolean;
}

/** Settings as the programs have them; --data-dir wins. Throws ConfigError with every problem. */
export function settingsFor(centre: Centre, { dataDir }: CommonOptions): Settings {
  const settings = loadSettings(centre.environment, dataDir === undefined ? {} : { dataDir });
  armFailpoint(settings.failpoint);
  return settings;
}
