import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { portsThere, unstableName } from '../../../collector/lines/port-hints.ts';

it('a missing port is told with the ports that are there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ports-'));
  expect(portsThere(folder)).toBe('');
  for (const name of ['usb-b', 'usb-a']) writeFileSync(join(folder, name), '');
  expect(portsThere(folder)).toBe(`; there are ${folder}/usb-a, ${folder}/usb-b`);
  for (let i = 0; i < 9; i++) writeFileSync(join(folder, `x${i}`), '');
  expect(portsThere(folder)).toMatch(/, and 5 more$/);
  rmSync(folder, { recursive: true });
  expect(portsThere(folder)).toBe('');
});

it('a name by number is not safe, a stable one and a built-in port are', () => {
  expect(unstableName('/dev/ttyUSB0')).toContain('/dev/serial/by-id');
  expect(unstableName('/dev/ttyACM12')).not.toBeNull();
  for (const path of ['/dev/serial/by-id/usb-FTDI', '/dev/ttyS0', '/dev/ttyAMA0', 'COM3'])
    expect(unstableName(path)).toBeNull();
});
