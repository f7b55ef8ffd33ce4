import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RegistryIndex } from '#domain/registry-index.ts';
import { loadSettings } from '#platform/settings/load.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { type Check, type Examined, type Finding, findingsOf } from '../../../gateway/cli/doctor/check.ts';
import { loadSite } from '../../../gateway/registry/site-file.ts';
import { ManualClock } from '../../support/manual-clock.ts';

export const NOW = Date.parse('2026-11-22T07:43:50Z');
export const GB = 1_000_000_000;
export const registry = loadSite('gateway/site.example.yaml', Date.parse('2026-11-01T00:00:00Z'));

/** The file of a state with the example site, made once and copied for each bench. */
let example: Uint8Array | null = null;

async function exampleState(): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'meterway-doctor-'));
  const path = join(folder, 'state.sqlite');
  const state = await openSqliteStateStore(path);
  await state.registry.replace(registry);
  await state.close();
  const bytes = readFileSync(path);
  rmSync(folder, { recursive: true });
  return bytes;
}

/** A data folder of a centre with the example site, for checks to look at. */
export class DoctorBench {
  readonly dataDir: string;
  readonly state: StateStore;

  private constructor(dataDir: string, state: StateStore) {
    this.dataDir = dataDir;
    this.state = state;
  }

  static async open(): Promise<DoctorBench> {
    const dataDir = mkdtempSync(join(tmpdir(), 'meterway-doctor-'));
    mkdirSync(join(dataDir, 'centre'), { mode: 0o700 });
    const path = join(dataDir, 'centre', 'state.sqlite');
    example ??= await exampleState();
    writeFileSync(path, example);
    return new DoctorBench(dataDir, await openSqliteStateStore(path));
  }

  async close(): Promise<void> {
    await this.state.close();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  examined(more: Partial<Examined> = {}, environment: Readonly<Record<string, string>> = {}): Examined {
    return {
      settings: loadSettings({ METERWAY_DATA_DIR: this.dataDir, ...environment }),
      dataDir: this.dataDir,
      clock: new ManualClock(NOW),
      space: () => ({ free: 50 * GB, size: 100 * GB }),
      nodeVersion: 'v24.21.0',
      ports: { broker: null, api: null },
      state: this.state,
      registry: async () => new RegistryIndex(registry),
      ...more,
    };
  }
}

/** What one check of a list finds. */
export function find(checks: readonly Check[], name: string, examined: Examined): Promise<readonly Finding[]> {
  const check = checks.find((each) => each.name === name);
  if (!check) throw new Error(`no check ${name}`);
  return findingsOf(check, examined);
}
