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
  const values: Record<string, unknown> = {};
  for (const key of KEYS) values[key] = SETTINGS[key].fallback;
  const file = environment[CONFIG];
  if (file) takeFile(file, values, problems);
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith('METERWAY_') || name === CONFIG || name.startsWith('METERWAY_TEST_')) continue;
    const key = KEYS.find((known) => variableOf(known) === name);
    if (key) take(key, text ?? '', { file: 'environment', line: null, path: name }, values, problems);
    else
      problems.push({ file: 'environment', line: null, path: name, message: `no setting has this name${near(name)}` });
  }
  for (const [key, text] of Object.entries(commandLine)) {
    take(key as SettingKey, text, { file: 'command line', line: null, path: key }, values, problems);
  }
  if (values['clockOffsetMs'] !== 0 && values['simulation'] !== true) {
    const path = variableOf('clockOffsetMs');
    problems.push({ file: 'environment', line: null, path, message: 'a shifted clock is for simulated runs only' });
  }
  if (problems.length > 0) throw new ConfigError('the settings', problems);
  return values as Settings;
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

function take(key: SettingKey, text: string, where: Where, values: Record<string, unknown>, problems: Problem[]): void {
  const { schema } = SETTINGS[key];
  const value = fromText(schema, text);
  if (Value.Check(schema, value)) values[key] = value;
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

function takeFile(path: string, values: Record<string, unknown>, problems: Problem[]): void {
  let yaml: YamlFile;
  try {
    yaml = parseYaml(path, readFileSync(path, 'utf8'));
  } catch (error) {
    problems.push({ file: path, line: null, path: '', message: `cannot be read: ${messageOf(error)}` });
    return;
  }
  problems.push(...yaml.problems);
  if (yaml.value === null || typeof yaml.value !== 'object' || Array.isArray(yaml.value)) return;
  for (const [key, value] of Object.entries(yaml.value)) {
    const where = { file: path, line: yaml.lineOf([key]), path: key };
    if (!(key in SETTINGS)) {
      problems.push({ ...where, message: `no setting has this name${near(variableOf(key))}` });
      continue;
    }
    const { schema } = SETTINGS[key as SettingKey];
    if (Value.Check(schema, value)) values[key] = value;
    else problems.push({ ...where, message: `must be ${expectation(schema)}` });
  }
}

/** `; did you mean …?` when a known name differs in at most three letters. */
function near(name: string): string {
  const known = KEYS.map(variableOf).find((candidate) => distance(candidate, name) <= 3);
  return known ? `; did you mean ${known}?` : '; see the settings table in README.md';
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
