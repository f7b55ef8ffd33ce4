import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { audit, worldOf } from '../support/audit.ts';
import { at } from '../support/plan.ts';
import { simulatedNow } from '../support/simulated-time.ts';
import { eventually, Program, Standalone } from '../support/standalone.ts';

interface List<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}
interface Line {
  readonly id: string;
  readonly state: string;
}
interface Meter {
  readonly id: string;
  readonly model: string;
  readonly line: string;
}
interface Reading {
  readonly values: Readonly<Record<string, number>> | null;
}
interface Detail {
  readonly lastFreeze: Reading | null;
  readonly lastInstant: Reading | null;
}
interface Job {
  readonly id: string;
  readonly state: string;
  readonly counts: { readonly queried: number; readonly responded: number };
}
interface Results {
  readonly items: readonly { readonly meter: string; readonly values: Readonly<Record<string, number>> | null }[];
}

const NOW = ['2026-11-20', '10:03:10'] as const;
const DEADLINE_MS = 60_000;

const dataDir = mkdtempSync(join(tmpdir(), 'meterway-mixed-'));
let running: Standalone | null = null;
afterEach(async () => {
  await running?.clean();
  rmSync(dataDir, { recursive: true, force: true });
});

/** A district is chosen when it is first put on the air; a start finds it in its data folder. */
async function chooseMixed(): Promise<void> {
  const state = join(dataDir, 'simulators');
  const offset = simulatedNow(...NOW)['METERWAY_CLOCK_OFFSET_MS'] ?? '0';
  const args = ['--state-dir', state, '--clock-offset-ms', offset, '--scenario', 'mixed'];
  const simulators = new Program(['simulators/main.ts', ...args], {});
  try {
    await eventually('the district is made', 20_000, () => simulators.output.includes('"msg":"ready"'));
  } finally {
    simulators.process.kill('SIGTERM');
    await simulators.ended;
  }
}

async function ask(standalone: Standalone, meters: readonly string[]): Promise<Job> {
  const key = readFileSync(join(standalone.dataDir, 'admin-key'), 'utf8').trim();
  const response = await fetch(`${standalone.url}/api/v1/reads`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ meters, items: ['energy_import_wh', 'voltage_a_v'], timeoutS: 30 }),
  });
  expect(response.status).toBe(202);
  return (await response.json()) as Job;
}

/** A meter without memory shows what it measures now, the others their freeze. */
async function hasShown(standalone: Standalone, { id, model }: Meter): Promise<boolean> {
  const detail = await standalone.get<Detail>(`/meters/${id}`);
  const keeps = model.startsWith('dlt') && !model.includes('1997');
  return Boolean((keeps ? detail?.lastFreeze : detail?.lastInstant)?.values);
}

it('reads every protocol and model of a mixed district, with terminals that dial in', {
  timeout: 120_000,
}, async () => {
  await chooseMixed();
  const standalone = await Standalone.start({ dataDir, env: simulatedNow(...NOW) });
  running = standalone;
  const lines = await eventually('every line is up', DEADLINE_MS, async () => {
    const found = (await standalone.get<List<Line>>('/lines'))?.items ?? [];
    return found.length > 0 && found.every(({ state }) => state === 'up') ? found : null;
  });
  expect(lines.map(({ id }) => id)).toEqual(['GW-X5', 'J-0104', 'J-0105', 'T-0101', 'T-0102', 'T-0103']);

  const meters = (await standalone.get<List<Meter>>('/meters?limit=1000'))?.items ?? [];
  const kinds = Map.groupBy(meters, ({ model, line }) => `${model} on ${line}`);
  const unread = new Set(kinds.keys());
  await eventually('a meter of every model on every line has shown what it has', DEADLINE_MS, async () => {
    for (const kind of unread) {
      const shown = await Promise.all((kinds.get(kind) ?? []).map((meter) => hasShown(standalone, meter)));
      if (shown.includes(true)) unread.delete(kind);
    }
    return unread.size === 0;
  });

  const asked = [
    meters.find(({ model, line }) => model === 'dlt698-1ph' && line === 'T-0103'),
    meters.find(({ model, line }) => model === 'dlt645-1ph' && line === 'T-0101'),
  ].flatMap((meter) => (meter ? [meter.id] : []));
  const job = await ask(standalone, asked);
  const done = await eventually('the job is done', 30_000, async () => {
    const found = await standalone.get<Job>(`/jobs/${job.id}`);
    return found?.state === 'done' ? found : null;
  });
  expect(done.counts).toMatchObject({ queried: 2, responded: 2 });
  const results = await standalone.get<Results>(`/jobs/${job.id}/results`);
  for (const { values } of results?.items ?? []) expect(values?.['energy_import_wh']).toBeGreaterThan(0);

  expect(await standalone.stop()).toEqual({ code: 0, signal: null });
  expect(standalone.program.output.match(/^.* (?:ERROR|FATAL) .*$/gm) ?? []).toEqual([]);
  // The carrier is slow: much of the backlog is still to come. What is there is what the meters gave.
  const found = await audit(dataDir, worldOf(dataDir), at(...NOW));
  expect(found.readings).toBeGreaterThan(100);
  expect(found).toMatchObject({ invented: [], doubled: [], quarantined: [] });
});
