import { SETTINGS, type SettingKey, type Settings, variableOf } from '#platform/settings/schema.ts';
import type { Program } from '#platform/settings/setting.ts';

const KEYS = Object.keys(SETTINGS) as SettingKey[];

/**
 * Environment of a child: the supervisor's own without METERWAY_ variables, then those settings of the program that
 * differ from their defaults, then `extra`.
 */
export function childEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  program: Program,
  settings: Settings,
  extra: Partial<Record<SettingKey, string | number | boolean>>,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && !name.startsWith('METERWAY_')) environment[name] = value;
  }
  for (const key of KEYS) {
    const { programs, fallback } = SETTINGS[key];
    const value = extra[key] ?? settings[key];
    const wanted = (programs as readonly Program[]).includes(program);
    if (wanted && value !== fallback) environment[variableOf(key)] = String(value);
  }
  return environment;
}
