import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { slotsBetween } from '#contract/calendar.ts';
import { delayMsOf, dueSlots, keepsTask } from '#contract/due.ts';
import { meterModel } from '#contract/models.ts';
import type { Registry } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { openSqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import { Progress } from '../../collector/schedule/progress.ts';
import { readState } from '../../simulators/control/state-file.ts';
import { openWorld, scenarioOf } from '../../simulators/district/scenario.ts';
import type { World } from '../../simulators/world/world.ts';
import { differences, eventDifferences } from './oracle.ts';

/** What an audit of a stopped installation found. Everything but the counts must be empty. */
export interface Audit {
  readonly readings: number;
  readonly outcomes: number;
  readonly events: number;
  /** Values that the meter never gave for that slot, and events that it never recorded. */
  readonly invented: readonly string[];
  /** Events that are stored twice, under two times of one event, and results that the spool holds twice. */
  readonly doubled: readonly string[];
  /**
   * What neither the stores nor the spool know of: day freezes that are owed since before `now`, by registry and
   * calendar alone; other slots that the collector holds to be settled; events that a meter has shown.
   */
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
  const scenario = scenarioOf(state.scenario ?? 'default', { seed: state.seed, anchorMs: state.anchorMs });
  return openWorld({ ...scenario, faults: state.faults });
}

/**
 * Compares everything in the stores with what the simulated meters really gave, with what is due at `now`, and with
 * what the collector settled. The stores make one of two equal rows; what they cannot is looked for here.
 */
export async function audit(dataDir: string, world: World, now: number): Promise<Audit> {
  const state = await openSqliteStateStore(join(dataDir, 'centre', 'state.sqlite'), { readOnly: true });
  const readings = await openSqliteReadingStore(join(dataDir, 'centre', 'readings.sqlite'), { readOnly: true });
  try {
    const registry = await state.registry.load();
    if (!registry) throw new Error('no registry is stored');
    const spool = openSpool(dataDir, registry);
    const found = { readings: 0, outcomes: 0, events: 0, invented: [] as string[], lost: [] as string[] };
    const doubled = [...spool.doubled];
    for (const task of registry.tasks) {
      const slots = slotsBetween(task.calendar, registry.timeZone, now - 8 * DAY_MS, now + DAY_MS);
      for (const { id } of registry.meters) {
        const stored = await readings.ofMeter(task.id, id, slots);
        const outcomes = await state.ledger.outcomesOfMeter(task.id, id, slots);
        found.readings += stored.length;
        found.outcomes += outcomes.length;
        found.invented.push(...stored.flatMap((reading) => differences(world, task, reading)));
        const ended = new Set([...stored, ...outcomes.filter(({ final }) => final)].map(({ slot }) => slot));
        const told = new Set(outcomes.map(({ slot }) => slot));
        const due = dueOf(registry, task, id, now);
        const lost = due.filter(({ slot, isOwed }) => {
          if (ended.has(slot) || spool.holds(task.id, id, slot)) return false;
          return spool.progress.isSettled(task, id, slot) || (isOwed && !told.has(slot));
        });
        found.lost.push(...lost.map(({ slot }) => `${task.id} of ${id} at ${new Date(slot).toISOString()}`));
        if (task.kind === 'event') {
          const events = await state.ledger.eventsOfMeter(id, 0, now + DAY_MS);
          const readAt = Math.max(0, ...stored.map((reading) => reading.readAt));
          const wrong = eventDifferences(world, id, events, readAt);
          found.events += events.length;
          found.invented.push(...wrong.invented);
          doubled.push(...wrong.doubled);
          found.lost.push(...wrong.lost);
        }
      }
    }
    const quarantined = (await state.ledger.quarantine(MOST_SHOWN)).map(({ kind, why }) => `${kind}: ${why}`);
    return { ...found, doubled, quarantined, spooled: spool.rows };
  } finally {
    await readings.close();
    await state.close();
  }
}

interface Due {
  readonly slot: number;
  /** Whether it must have been asked for by now: of other tasks, a breaker may keep slots open until they close. */
  readonly isOwed: boolean;
}

function dueOf(registry: Registry, task: Task, id: string, now: number): Due[] {
  const meter = registry.meters.find((each) => each.id === id);
  const installation = registry.installations.find((each) => each.meter === id);
  const model = meter ? meterModel(meter.model) : undefined;
  if (!meter || !installation || !model) return [];
  const installed = { installedAt: installation.from, removedAt: installation.to, collectedFrom: meter.collectedFrom };
  const owedUntil = task.kind === 'freeze-day' && keepsTask(model, task) ? now - delayMsOf(model, task) : 0;
  const slots = dueSlots(installed, model, task, registry.timeZone, now - 7 * DAY_MS, now + DAY_MS);
  return slots.map((slot) => ({ slot, isOwed: slot < owedUntil }));
}

interface SpoolContent {
  readonly progress: Progress;
  readonly rows: number;
  readonly doubled: readonly string[];
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
    const rows = database.prepare('SELECT stream, task, cells FROM record').all() as unknown as {
      stream: string;
      task: string;
      cells: string;
    }[];
    const held = new Set(
      rows.map(({ task, cells }) => {
        const [meter, slot] = JSON.parse(cells) as [string, number];
        return `${task} ${meter} ${slot}`;
      }),
    );
    const settled = rows.flatMap(({ stream, task, cells }) => {
      const [meter, slot, ...rest] = JSON.parse(cells) as unknown[];
      return stream === 'reading' || (stream === 'outcome' && rest.at(-1) === true) ? [`${task} ${meter} ${slot}`] : [];
    });
    return {
      doubled: settled.filter((each, i) => settled.indexOf(each) < i).map((each) => `${each}, twice in the spool`),
      progress: new Progress(registry.timeZone, days),
      rows: rows.length,
      holds: (task, meter, slot) => held.has(`${task} ${meter} ${slot}`),
    };
  } finally {
    database.close();
  }
}
