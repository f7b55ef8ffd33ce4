import type { LineProtocol, LineTiming, Plan, SerialLink } from '#contract/plan.ts';
import type { MeterProfile } from '#contract/profile.ts';
import type { Terminal } from '#platform/cli/terminal.ts';
import type { Clock } from '#platform/clock.ts';

/** A site file, compiled. */
export interface Site {
  readonly name: string;
  /** One for each collector. */
  readonly plans: readonly Plan[];
  /** Number on the plate, by meter id. */
  readonly numbers: Readonly<Record<string, string>>;
  /** Meter models that the site brings itself, used or not. */
  readonly profiles: readonly MeterProfile[];
  readonly warnings: readonly string[];
}

/** Settings of a line that is in no site file. */
export interface LineDefaults {
  readonly serial: Readonly<Record<LineProtocol, Omit<SerialLink, 'path'>>>;
  readonly timing: Readonly<Record<LineProtocol, { readonly serial: LineTiming; readonly tcp: LineTiming }>>;
}

/** Who knows of sites. */
export interface SiteSource {
  /** Rejects with ConfigError, which has every problem of the file; a file that is not there is a UsageError. */
  site(file: string): Promise<Site>;
  defaults(): Promise<LineDefaults>;
}

/** What a command works with. */
export interface Cli {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly sites: SiteSource;
  /** Aborts when the user has had enough. */
  readonly signal: AbortSignal;
  /** Everything on standard input, or null when a person sits there. */
  readonly stdin: () => Promise<string | null>;
}
