import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { Reserve } from '../../../collector/spool/reserve.ts';
import { scratchPaths } from '../../gateway/stores/scratch-folder.ts';

const scratch = scratchPaths();

it('space that is set by is taken again when a power cut has left its file empty', () => {
  const path = scratch('reserve');
  mkdirSync(dirname(path), { recursive: true });
  const reserve = new Reserve(path);
  reserve.hold();
  const { size } = statSync(path);
  writeFileSync(path, '');
  reserve.hold();
  expect(statSync(path).size).toBe(size);
  expect(size).toBeGreaterThan(500_000);
});
