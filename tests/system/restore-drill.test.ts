import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import { meterway } from '../gateway/cli/centre-bench.ts';
import { audit, worldOf } from '../support/audit.ts';
import { at } from '../support/plan.ts';
import { simulatedNow } from '../support/simulated-time.ts';
import { eventually, Standalone } from '../support/standalone.ts';

interface Summary {
  total: { open: number; expected: number; failedBy: { reason: string }[] };
}

const NOW = ['2026-11-20', '10:03:10'] as const;
/** Days of which freezes are owed when the district starts, those that are read first in front; earlier ones are left. */
const DAYS = ['2026-11-20', '2026-11-19'] as const;
const YESTERDAY = DAYS[1];
const SCOPE = { days: 2 };

let running: Standalone | null = null;
const folders: string[] = [];
afterEach(async () => {
  await running?.clean();
  running = null;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Day freezes that have neither value nor reason yet, or null before the API answers. */
async function open(standalone: Standalone, date: string): Promise<{ open: number; expected: number } | null> {
  const summary = await standalone.get<Summary>(`/collection/summary?date=${date}`);
  if (!summary) return null;
  const { open: left, expected, failedBy } = summary.total;
  // What no collector has told yet is open, too.
  const isTold = failedBy.every(({ reason }) => reason !== 'collector_offline');
  return { open: isTold ? left : Math.max(left, 1), expected };
}

/** Up to where the results of the one collector are committed. */
async function committed(dataDir: string): Promise<number> {
  const state = await openSqliteStateStore(join(dataDir, 'centre', 'state.sqlite'), { readOnly: true });
  const [mark] = await state.ledger.marks().finally(() => state.close());
  return mark?.upTo ?? 0;
}

describe('a centre that is destroyed and restored from a backup', () => {
  it('loses nothing: collectors send again what the backup does not have', async () => {
    const env = simulatedNow(...NOW);
    running = await Standalone.start({ env });
    const { dataDir } = running;
    folders.push(dataDir);
    const first = running;
    await eventually('rows flow', 60_000, async () => {
      const figures = await open(first, YESTERDAY);
      return figures !== null && figures.open < figures.expected;
    });

    const backups = join(dataDir, 'backups');
    const made = await meterway(['backup', backups, '--data-dir', dataDir, '--json'], env);
    expect(made).toMatchObject({ code: 0 });
    const { path, marks } = JSON.parse(made.out) as { path: string; marks: { upTo: number }[] };
    const upTo = marks[0]?.upTo ?? 0;
    await eventually("all of yesterday's freezes have a value or a reason", 180_000, async () => {
      return (await open(first, YESTERDAY))?.open === 0;
    });
    await first.stop();
    const destroyedAt = await committed(dataDir);
    expect(destroyedAt, 'committed after the backup').toBeGreaterThan(upTo);

    rmSync(join(dataDir, 'centre'), { recursive: true });
    expect(await meterway(['restore', path, '--data-dir', dataDir], env)).toMatchObject({ code: 0 });
    expect(readdirSync(dataDir)).not.toContain('centre.restoring');
    running = await Standalone.start({ env, dataDir });
    const second = running;
    const begun = Date.now();
    for (const date of DAYS) {
      await eventually(`the restored centre knows of every freeze of ${date}`, 180_000, async () => {
        return (await open(second, date))?.open === 0;
      });
    }
    const tookS = ((Date.now() - begun) / 1000).toFixed(1);
    const diagnosis = await meterway(['doctor', '--data-dir', dataDir, '--json'], env);
    const { findings } = JSON.parse(diagnosis.out) as { findings: { check: string; verdict: string; what: string }[] };
    await second.stop();

    const found = await audit(dataDir, worldOf(dataDir), at(...NOW), SCOPE);
    process.stdout.write(
      `backup at result ${upTo}, destroyed at ${destroyedAt}; all of it and more is back ${tookS} s after the start\n`,
    );
    expect(found).toMatchObject({ invented: [], doubled: [], lost: [], quarantined: [] });
    expect(await committed(dataDir)).toBeGreaterThanOrEqual(destroyedAt);
    expect(findings.filter(({ verdict }) => verdict === 'fault')).toEqual([]);
    expect(
      findings.filter(({ check, verdict }) => ['gateway', 'API', 'broker'].includes(check) && verdict === 'ok'),
    ).toHaveLength(4);
  }, 400_000);
});
