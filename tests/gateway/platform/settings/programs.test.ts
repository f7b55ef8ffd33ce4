import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { SETTINGS, type SettingKey } from '#platform/settings/schema.ts';
import type { Program } from '#platform/settings/setting.ts';

const ENTRIES: Readonly<Record<Program, string>> = {
  standalone: 'gateway/standalone.ts',
  gateway: 'gateway/main.ts',
  figures: 'gateway/figures/main.ts',
  anomalies: 'gateway/anomalies/main.ts',
  collector: 'collector/main.ts',
  api: 'api/main.ts',
};
const ALIASES = JSON.parse(readFileSync('package.json', 'utf8')).imports as Record<string, string>;

function pathOf(from: string, specifier: string): string {
  if (specifier.startsWith('.')) return join(dirname(from), specifier);
  for (const [alias, folder] of Object.entries(ALIASES)) {
    const prefix = alias.slice(0, -1);
    if (specifier.startsWith(prefix)) return join(folder.slice(0, -1), specifier.slice(prefix.length));
  }
  return '';
}

/** Settings named in a file and in all files it imports. Loading settings is not reading them. */
function settingsRead(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path) || path.startsWith('gateway/platform/settings/') || !existsSync(path)) return new Set();
  seen.add(path);
  const text = readFileSync(path, 'utf8');
  const direct = [...text.matchAll(/\bsettings\.(\w+)/g)].map(([, name = '']) => name);
  const taken = [...text.matchAll(/\{([^{}]*)\} = (?:this\.#)?settings;/g)].flatMap(([, names = '']) =>
    names.split(',').map((name) => name.split(':')[0]?.trim() ?? ''),
  );
  const names = new Set([...direct, ...taken]);
  for (const [, specifier = ''] of text.matchAll(/from '([^']+)'/g)) {
    for (const name of settingsRead(pathOf(path, specifier), seen)) names.add(name);
  }
  return names;
}

test.each(Object.entries(ENTRIES))('%s is listed at every setting it reads', (program, entry) => {
  const read = [...settingsRead(entry)].filter((name): name is SettingKey => name in SETTINGS);
  expect(read).toContain('dataDir');
  const unlisted = read.filter((name) => !(SETTINGS[name].programs as readonly string[]).includes(program));
  expect(unlisted).toEqual([]);
});
