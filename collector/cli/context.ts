import type { LineProtocol, LineTiming, Plan, SerialLink } from '#contract/plan.ts';
import type { MeterProfile } from '#contract/profile.ts';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { Terminal } from './terminal.ts';

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

/** Something on the command line that cannot be used: exit code 2. The message says what would be right. */
export class UsageError extends MeterwayError {
  constructor(message: string) {
    super(message, { code: 'usage' });
    this.name = 'UsageError';
  }
}

/** Whole number of an option within limits, decimal or as 0x48. Throws UsageError. */
export function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new UsageError(`cannot use ${option} ${text}: a whole number from ${min} to ${max} is wanted`);
}

/** One of a closed list. Throws UsageError with the list. */
export function oneOf<T extends string>(option: string, text: string, known: readonly T[]): T {
  const found = known.find((each) => each === text);
  if (found !== undefined) return found;
  throw new UsageError(`cannot use ${option} ${text}: ${known.join(', ')} are known`);
}

/** Parts of a list written with commas. Throws UsageError when there are none. */
export function listOf(option: string, text: string): string[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (parts.length === 0) throw new UsageError(`cannot use ${option}: the list is empty`);
  return parts;
}
