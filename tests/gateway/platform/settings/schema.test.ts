import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { SETTINGS, type SettingKey, variableOf } from '#platform/settings/schema.ts';

const KEYS = Object.keys(SETTINGS) as SettingKey[];

test('the default of each setting is allowed by its own schema', () => {
  expect(KEYS.filter((key) => !Value.Check(SETTINGS[key].schema, SETTINGS[key].fallback))).toEqual([]);
});

test('each setting says in both languages what it is for, in one cell of a table, and which programs read it', () => {
  for (const key of KEYS) {
    const { programs, en, zh } = SETTINGS[key];
    expect(en, key).toMatch(/^[\x20-\x7b}~]+$/);
    expect(zh, key).toMatch(/\p{Script=Han}/u);
    expect(zh, key).not.toMatch(/[|\n]/);
    expect(programs.length, key).toBeGreaterThan(0);
  }
});

test('what is called a secret or password is never printed, and nothing else', () => {
  expect(KEYS.filter((key) => 'secret' in SETTINGS[key])).toEqual(
    KEYS.filter((key) => /secret|password|token/i.test(key)),
  );
});

test('the variable of a setting is its key in capitals, and no two settings share one', () => {
  expect(variableOf('apiPort')).toBe('METERWAY_API_PORT');
  expect(variableOf('spoolCommitMs')).toBe('METERWAY_SPOOL_COMMIT_MS');
  expect(new Set(KEYS.map(variableOf)).size).toBe(KEYS.length);
});
