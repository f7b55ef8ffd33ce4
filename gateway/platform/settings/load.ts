import { readFileSync } from 'node:fs';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { ConfigError, messageOf, type Problem } from '../errors.ts';
import { EXIT } from '../lifecycle.ts';
import { expectation } from '../yaml/expectation.ts';
import { parseYaml, type YamlFile } from '../yaml/yaml-file.ts';
import { SETTINGS, type SettingKey, type Settings, variableOf } from './schema.ts';

const KEYS = Object.keys(SETTINGS) as SettingKey[];
const CONFIG = 'METERWAY_CONFIG';
const VARIABLES = [...KEYS.map(variableOf), CONFIG];

/**
 * Settings from, in rising precedence: defaults, the configuration file named by METERWAY_CONFIG, the environment,
 * the command line. Throws ConfigError with every problem at once; an unknown METERWAY_ variable is a problem too,
 * because it is nearly always a misspelt one.
 */
export function loadSettings(
  environment: Readonly<Record<string, string | undefined>>,
  commandLine: Partial<Record<SettingKey, string>> = {},
): Settings {
  const problems: Problem[] = [];
  const found: Found = new Map();
  const file = environment[CONFIG];
  if (file) takeFile(file, found, problems);
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith('METERWAY_') || name === CONFIG || name.startsWith('METERWAY_TEST_')) continue;
    const key = KEYS.find((known) => variableOf(known) === name);
    if (key) take(key, text ?? '', { file: 'environment', line: null, path: name }, found, problems);
    else
      problems.push({
        file: 'environment',
        line: null,
        path: name,
        message: `no setting has this name${near(name, VARIABLES)}`,
      });
  }
  for (const [key, text] of Object.entries(commandLine)) {
    take(key as SettingKey, text, { file: 'command line', line: null, path: key }, found, problems);
  }
  const defaults = KEYS.map((key) => [key, SETTINGS[key].fallback] as const);
  const chosen = [...found].map(([key, { value }]) => [key, value] as const);
  const settings = Object.fromEntries([...defaults, ...chosen]) as Settings;
  problems.push(...contradictions(settings, found));
  if (problems.length > 0) throw new ConfigError('the settings', problems);
  return settings;
}

/** Settings that are right by themselves and wrong together. */
function contradictions(settings: Settings, found: Found): Problem[] {
  const problems: Problem[] = [];
  const shift = found.get('clockOffsetMs');
  if (shift && settings.clockOffsetMs !== 0 && !settings.simulation) {
    problems.push({ ...shift.where, message: 'a shifted clock is for simulated runs only' });
  }
  const failpoint = found.get('failpoint');
  if (failpoint && settings.failpoint !== '' && !settings.simulation) {
    problems.push({ ...failpoint.where, message: 'a process is killed on purpose in simulated runs only' });
  }
  const { voltageOffShare: off, voltageOnShare: on } = settings;
  const limit = found.get('voltageOffShare') ?? found.get('voltageOnShare');
  if (limit && off >= on) {
    problems.push({ ...limit.where, message: `voltageOffShare (${off}) must be below voltageOnShare (${on})` });
  }
  return problems;
}

/** For `main.ts`: settings, or all problems on standard error and exit code 2. */
export function settingsOrExit(environment: Readonly<Record<string, string | undefined>>): Settings {
  try {
    return loadSettings(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT.usage);
  }
}

type Where = Omit<Problem, 'message'>;

/** The settings that are not left at their defaults, and where each of them was set last. */
type Found = Map<SettingKey, { readonly value: unknown; readonly where: Where }>;

function take(key: SettingKey, text: string, where: Where, found: Found, problems: Problem[]): void {
  const { schema } = SETTINGS[key];
  const value = fromText(schema, text);
  if (Value.Check(schema, value)) found.set(key, { value, where });
  else problems.push({ ...where, message: `'${shown(key, text)}' cannot be used; it must be ${expectation(schema)}` });
}

function shown(key: SettingKey, text: string): string {
  return 'secret' in SETTINGS[key] ? '…' : text;
}

/** A variable is text; numbers and flags are read from it, anything else stays text and fails the check. */
function fromText(schema: TSchema, text: string): unknown {
  const type = 'type' in schema ? schema.type : undefined;
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if (type !== 'integer' && type !== 'number') return text;
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function takeFile(path: string, found: Found, problems: Problem[]): void {
  let yaml: YamlFile;
  try {
    yaml = parseYaml(path, readFileSync(path, 'utf8'));
  } catch (error) {
    problems.push({ file: path, line: null, path: '', message: `cannot be read: ${messageOf(error)}` });
    return;
  }
  problems.push(...yaml.problems);
  if (yaml.value === null) return;
  if (typeof yaml.value !== 'object' || Array.isArray(yaml.value)) {
    problems.push({ file: path, line: yaml.lineOf([]), path: '', message: 'must be settings, each as `key: value`' });
    return;
  }
  for (const [key, value] of Object.entries(yaml.value)) {
    const where = { file: path, line: yaml.lineOf([key]), path: key };
    const known = KEYS.find((candidate) => candidate === key);
    if (!known) {
      problems.push({ ...where, message: `no setting has this name${near(key, KEYS)}` });
      continue;
    }
    const { schema } = SETTINGS[known];
    if (Value.Check(schema, value)) found.set(known, { value, where });
    else problems.push({ ...where, message: `must be ${expectation(schema)}` });
  }
}

/** `; did you mean …?` with the name that differs least, in at most three letters. */
function near(name: string, known: readonly string[]): string {
  const distances = known.map((candidate) => ({ candidate, letters: distance(candidate, name) }));
  const [nearest] = distances.sort((a, b) => a.letters - b.letters);
  if (!nearest || nearest.letters > 3) return '; see the settings table in README.md';
  return `; did you mean ${nearest.candidate}?`;
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitute));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
