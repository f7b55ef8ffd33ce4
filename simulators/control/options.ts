import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { SCENARIOS, type ScenarioName } from '../district/scenario.ts';

export interface Options {
  readonly stateDir: string;
  readonly siteFile: string;
  readonly clockOffsetMs: number;
  readonly controlPort: number;
  /** Undefined: the one of the state, or 1. */
  readonly seed: number | undefined;
  /** Undefined: the one of the state, or now. */
  readonly anchorMs: number | undefined;
  /** Undefined: the one of the state, or the default district. */
  readonly scenario: ScenarioName | undefined;
}

export const USAGE = `usage: node simulators/main.ts --state-dir DIR [options]
  --state-dir DIR       where ports, start instant and faults are kept, so that a restart is the same district
  --site-file PATH      site file to write once everything listens (default DIR/site.yaml)
  --clock-offset-ms N   simulated time minus the machine's time
  --control-port N      port of the control server on loopback, 0 = a free one (default 0)
  --seed N              another district of the same shape (first start only)
  --anchor INSTANT      RFC 3339 instant that the faults hang on (first start only; default now)
  --scenario NAME       default; mixed: concentrators, DL/T 698 and further Modbus meters; hotline: terminals that tell
                        of their own supply (first start only)
`;

/** A command line that cannot be used. */
export class UsageError extends Error {}

/** Throws UsageError. */
export function parseOptions(args: readonly string[]): Options {
  const values = parse(args);
  const stateDir = values['state-dir'];
  if (!stateDir) throw new UsageError('--state-dir is needed');
  const anchor = values['anchor'];
  const anchorMs = anchor === undefined ? undefined : Date.parse(anchor);
  if (anchorMs !== undefined && Number.isNaN(anchorMs)) throw new UsageError('--anchor must be an RFC 3339 instant');
  return {
    stateDir: resolve(stateDir),
    siteFile: resolve(values['site-file'] ?? `${stateDir}/site.yaml`),
    clockOffsetMs: integer('clock-offset-ms', values['clock-offset-ms'], -1e13, 1e13) ?? 0,
    controlPort: integer('control-port', values['control-port'], 0, 65_535) ?? 0,
    seed: integer('seed', values['seed'], 0, 2 ** 31 - 1),
    anchorMs,
    scenario: scenario(values['scenario']),
  };
}

function parse(args: readonly string[]): Readonly<Record<string, string | undefined>> {
  const names = ['state-dir', 'site-file', 'clock-offset-ms', 'control-port', 'seed', 'anchor', 'scenario'];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  try {
    const { values } = parseArgs({ args: joinNegative(args), options, strict: true });
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** parseArgs takes a negative number that stands alone for an option. */
function joinNegative(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const last = joined.at(-1);
    if (/^-\d/.test(arg) && last?.startsWith('--') && !last.includes('=')) joined[joined.length - 1] = `${last}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

function scenario(text: string | undefined): ScenarioName | undefined {
  const found = SCENARIOS.find((name) => name === text);
  if (text !== undefined && !found) {
    throw new UsageError(`--scenario must be one of ${SCENARIOS.join(', ')}, not '${text}'`);
  }
  return found;
}

function integer(name: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max) {
    throw new UsageError(`--${name} must be a whole number from ${min} to ${max}, not '${text}'`);
  }
  return value;
}
