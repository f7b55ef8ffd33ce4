import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ALERTS, ALERTS_TEST, dashboardQueries, rules } from '../support/operations-files.ts';

const HERE = spawnSync('promtool', ['--version']).error === undefined;
if (!HERE && process.env['CI'] === 'true') throw new Error('promtool (package prometheus) is missing; CI must have it');

const folder = mkdtempSync(join(tmpdir(), 'meterway-promtool-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function promtool(...args: readonly string[]): { ok: boolean; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return { ok: status === 0, output: `${stdout}${stderr}` };
}

describe.skipIf(!HERE)('with promtool', () => {
  it('the alert rules are sound', () => {
    const { ok, output } = promtool('check', 'rules', ALERTS);
    expect(ok, output).toBe(true);
  });

  it('each alert is quiet when it must be and fires when it must', () => {
    const { ok, output } = promtool('test', 'rules', ALERTS_TEST);
    expect(ok, output).toBe(true);
    const tested = readFileSync(ALERTS_TEST, 'utf8');
    for (const { alert } of rules()) expect(tested).toContain(`alertname="${alert}"`);
  });

  it('every query of the dashboard can be parsed', () => {
    const file = join(folder, 'dashboard.yml');
    const recorded = dashboardQueries().map(({ expr }, i) => ({ record: `dashboard:${i}`, expr }));
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: recorded }] }));
    const { ok, output } = promtool('check', 'rules', file);
    expect(ok, output).toBe(true);
  });
});
