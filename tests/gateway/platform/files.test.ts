import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { writeFileAtomic } from '#platform/files.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';

const newPath = scratchPaths();

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

test('a file is written with its folder and mode, and nothing else is left beside it', () => {
  const path = newPath('deep/below/plan.json');
  writeFileAtomic(path, '{"area":"台区 1"}', 0o600);
  expect(readFileSync(path, 'utf8')).toBe('{"area":"台区 1"}');
  expect(modeOf(path)).toBe(0o600);
  expect(readdirSync(dirname(path))).toEqual(['plan.json']);
});

test('whoever has the old file open goes on reading the old content: the new one is another file', () => {
  const path = newPath('plan.json');
  writeFileAtomic(path, 'old and long');
  const reader = openSync(path, 'r');
  writeFileAtomic(path, 'new');
  expect(readFileSync(reader, 'utf8')).toBe('old and long');
  expect(readFileSync(path, 'utf8')).toBe('new');
  closeSync(reader);
});

test('when the new content cannot take its place, the error is told and no temporary file stays', () => {
  const path = newPath('taken');
  mkdirSync(join(path, 'not-empty'), { recursive: true });
  expect(() => writeFileAtomic(path, 'new')).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  expect(readdirSync(dirname(path))).toEqual(['taken']);
  expect(readdirSync(path)).toEqual(['not-empty']);
});

test('a temporary file left by a killed process does not lend its mode to a secret', () => {
  const path = newPath('admin-key');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(join(dirname(path), `.admin-key.${process.pid}.tmp`), 'half', { mode: 0o644 });
  writeFileAtomic(path, 'the whole key', 0o600);
  expect(modeOf(path)).toBe(0o600);
  expect(readFileSync(path, 'utf8')).toBe('the whole key');
  expect(readdirSync(dirname(path))).toEqual(['admin-key']);
});
