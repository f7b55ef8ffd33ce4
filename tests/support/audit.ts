import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { slotsBetween } from '#contract/calendar.ts';
import { dueSlots } from '#contract/due.ts';
import { meterModel } from '#contract/models.ts';
import type { Registry } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { openSqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import { Progress } from '../../collector/schedule/progress.ts';
import { readState } from '../../simulators/control/state-file.ts';
import { defaultScenario, openWorld } from '../../simulators/district/scenario.ts';
import type { World } from '../../simulators/world/world.ts';
import { differences } from './oracle.ts';

/** What an audit of a stopped installation found. Everything but the counts must be empty. */
export interface Audit {
  readonly readings: number;
  readonly outcomes: number;
  /** Values that the meter never gave for that slot. */
  readonly invented: readonly string[];
  /** Slots the collector holds to be settled that neither the stores nor the spool know of. */
  readonly lost: readonly string[];
  /** Quarantined rows and messages. */
  readonly quarantined: readonly string[];
  readonly spooled: number;
}

const DAY_MS = 86_400_000;
const MOST_SHOWN = 20;

/** The simulated world that ran in a data folder, faults included. */
export function worldOf(dataDir: string): World {
  const state = readState(join(dataDir, 'simulators', 'district.json'));
  if (!state) throw new Error(`no simulated district in ${dataDir}`);
  const scenario = defaultScenario({ seed: state.seed, anchorMs: state.anchorMs });
  return openWorld({ ...scenario, faults: state.faults });
}

/** Compares everything in the stores with what the simulated meters really gave, and with what the collector settled. */
export async function audit(dataDir: string, world: World, now: number): Promise<Audit> {
  const state = await openSqliteStateStore(join(dataDir, 'centre', 'state.sqlite'), { readOnly: true });
  const readings = await openSqliteReadingStore(join(dataDir, 'centre', 'readings.sqlite'), { readOnly: true });
  try {
    const registry = await state.registry.load();
    if (!registry) throw new Error('no registry is stored');
    const spool = openSpool(dataDir, registry);
    const found = { readings: 0, outcomes: 0, invented: [] as string[], lost: [] as string[] };
    for (const task of registry.tasks) {
      const slots = slotsBetween(task.calendar, registry.timeZone, now - 8 * DAY_MS, now + DAY_MS);
      for (const { id } of registry.meters) {
        const stored = await readings.ofMeter(task.id, id, slots);
        const outcomes = await state.ledger.outcomesOfMeter(task.id, id, slots);
        found.readings += stored.length;
        found.outcomes += outcomes.length;
        found.invented.push(...stored.flatMap((reading) => differences(world, task, reading)));
        const known = new Set([...stored, ...outcomes.filter(({ final }) => final)].map(({ slot }) => slot));
        const lost = settledSlots(registry, task, id, spool.progress, now).filter(
          (slot) => !known.has(slot) && !spool.holds(task.id, id, slot),
        );
        found.lost.push(...lost.map((slot) => `${task.id} of ${id} at ${new Date(slot).toISOString()}`));
      }
    }
    const quarantined = (await state.ledger.quarantine(MOST_SHOWN)).map(({ kind, why }) => `${kind}: ${why}`);
    return { ...found, quarantined, spooled: spool.rows };
  } finally {
    await readings.close();
    await state.close();
  }
}

function settledSlots(registry: Registry, task: Task, id: string, progress: Progress, now: number): number[] {
  const meter = registry.meters.find((each) => each.id === id);
  const installation = registry.installations.find((each) => each.meter === id);
  const model = meter ? meterModel(meter.model) : undefined;
  if (!meter || !installation || !model) return [];
  const installed = { installedAt: installation.from, removedAt: installation.to, collectedFrom: meter.collectedFrom };
  return dueSlots(installed, model, task, registry.timeZone, now - 7 * DAY_MS, now + DAY_MS).filter((slot) =>
    progress.isSettled(task, id, slot),
  );
}

interface SpoolContent {
  readonly progress: Progress;
  readonly rows: number;
  holds(task: string, meter: string, slot: number): boolean;
}

function openSpool(dataDir: string, registry: Registry): SpoolContent {
  const [collector] = registry.collectors;
  const path = join(dataDir, 'collectors', collector?.id ?? '', 'spool.sqlite');
  if (!existsSync(path)) throw new Error(`no spool at ${path}`);
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const days = database.prepare('SELECT task, meter, date, bits FROM progress').all() as unknown as {
      task: string;
      meter: string;
      date: string;
      bits: Uint8Array;
    }[];
    const rows = database.prepare('SELECT task, cells FROM record').all() as unknown as {
      task: string;
      cells: string;
    }[];
    const held = new Set(
      rows.map(({ task, cells }) => {
        const [meter, slot] = JSON.parse(cells) as [string, number];
        return `${task} ${meter} ${slot}`;
      }),
    );
    return {
      progress: new Progress(registry.timeZone, days),
      rows: rows.length,
      holds: (task, meter, slot) => held.has(`${task} ${meter} ${slot}`),
    };
  } finally {
    database.close();
  }
}
