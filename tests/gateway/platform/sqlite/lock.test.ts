import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { holdLock } from '#platform/sqlite/lock.ts';
import { scratchPaths } from '../../stores/scratch-folder.ts';

const newPath = scratchPaths();
const HOLDER = fileURLToPath(new URL('./lock-holder.ts', import.meta.url));

test('a lock is taken once and can be taken again after its release', () => {
  const path = newPath('lock');
  const release = holdLock(path, 'a gateway is running already');
  expect(() => holdLock(path, 'a gateway is running already')).toThrow('a gateway is running already');
  release();
  release();
  holdLock(path, 'a gateway is running already')();
});

test('a lock of another process holds until that process is killed, and then leaves nothing stale', async () => {
  const path = newPath('lock');
  const holder = spawn(process.execPath, ['--expose-gc', HOLDER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  const taken = expect.objectContaining({ code: 'already_running', next: 'stop' });
  expect(() => holdLock(path, 'the holder runs')).toThrow(taken);
  const gone = once(holder, 'exit');
  holder.kill('SIGKILL');
  await gone;
  holdLock(path, 'the holder runs')();
});

test('a lock file that cannot be used is not taken for a running process', () => {
  const path = newPath('lock');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, 'not a database '.repeat(1000));
  const unusable = expect.objectContaining({ code: 'lock_failed' });
  expect(() => holdLock(path, 'nobody')).toThrow(unusable);
  expect(() => holdLock(`${path}/below-a-file/lock`, 'nobody')).toThrow(unusable);
});
