import { join } from 'node:path';
import { slotsBetween } from '#contract/calendar.ts';
import { delayMsOf, dueSlots, keepsTask } from '#contract/due.ts';
import { meterModel } from '#contract/models.ts';
import type { Registry } from '#contract/registry.ts';
import type { Task, TaskKind } from '#contract/tasks.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import { readState } from '../../simulators/control/state-file.ts';
import { openWorld, scenarioOf } from '../../simulators/district/scenario.ts';
import type { World } from '../../simulators/world/world.ts';
import { differences, eventDifferences } from './oracle.ts';
import { readSpool, settledTwice, slotKey, uncommitted } from './spool-book.ts';
import { openStoredReadings } from './stored-readings.ts';

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

export interface AuditScope {
  /** Local days back that are looked at. */
  readonly days?: number;
  /** Tasks of which every slot that meters remember must have been asked for by `now`. */
  readonly owed?: readonly TaskKind[];
}

/**
 * Compares everything in the stores with what the simulated meters really gave, with what is due at `now`, and with
 * what the collectors settled. The stores make one of two equal rows; what they cannot is looked for here. What the
 * centre has told a collector to be committed is looked for in the stores alone, even if the spool still holds it.
 */
export async function audit(
  dataDir: string,
  world: World,
  now: number,
  { days = 8, owed = ['freeze-day'] }: AuditScope = {},
): Promise<Audit> {
  const state = await openSqliteStateStore(join(dataDir, 'centre', 'state.sqlite'), { readOnly: true });
  const readings = await openStoredReadings(dataDir);
  try {
    const registry = await state.registry.load();
    if (!registry) throw new Error('no registry is stored');
    const spools = registry.collectors.map(({ id }) => readSpool(dataDir, id, registry.timeZone));
    const marks = await state.ledger.marks();
    const waiting = new Set(spools.flatMap((spool) => uncommitted(spool, marks)).map(({ key }) => key));
    const found = { readings: 0, outcomes: 0, events: 0, invented: [] as string[], lost: [] as string[] };
    const doubled = spools.flatMap(settledTwice);
    for (const task of registry.tasks) {
      const slots = slotsBetween(
        task.calendar,
        registry.timeZone,
        earliest(registry, task, now - days * DAY_MS),
        now + DAY_MS,
      );
      for (const { id } of registry.meters) {
        const stored = await readings.ofMeter(task.id, id, slots);
        const outcomes = await state.ledger.outcomesOfMeter(task.id, id, slots);
        found.readings += stored.length;
        found.outcomes += outcomes.length;
        found.invented.push(...stored.flatMap((reading) => differences(world, task, reading)));
        const ended = new Set([...stored, ...outcomes.filter(({ final }) => final)].map(({ slot }) => slot));
        const told = new Set(outcomes.map(({ slot }) => slot));
        const due = dueOf(registry, task, id, { now, days, isOwed: owed.includes(task.kind) });
        const lost = due.filter(({ slot, isOwed }) => {
          if (ended.has(slot) || waiting.has(slotKey(task.id, id, slot))) return false;
          return spools.some(({ progress }) => progress.isSettled(task, id, slot)) || (isOwed && !told.has(slot));
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
    return { ...found, doubled, quarantined, spooled: waiting.size };
  } finally {
    await readings.close();
    await state.close();
  }
}

/** No slot of a task that no meter remembers is older than the collection. */
function earliest({ meters }: Registry, task: Task, from: number): number {
  const models = [...new Set(meters.map(({ model }) => model))].map(meterModel);
  if (models.some((model) => !model || keepsTask(model, task))) return from;
  return Math.max(from, Math.min(...meters.map(({ collectedFrom }) => collectedFrom)) - DAY_MS / 24);
}

interface Due {
  readonly slot: number;
  /** Whether it must have been asked for by now: of other tasks, a breaker may keep slots open until they close. */
  readonly isOwed: boolean;
}

function dueOf(
  registry: Registry,
  task: Task,
  id: string,
  { now, days, isOwed }: { now: number; days: number; isOwed: boolean },
): Due[] {
  const meter = registry.meters.find((each) => each.id === id);
  const installation = registry.installations.find((each) => each.meter === id);
  const model = meter ? meterModel(meter.model) : undefined;
  if (!meter || !installation || !model) return [];
  const installed = { installedAt: installation.from, removedAt: installation.to, collectedFrom: meter.collectedFrom };
  const owedUntil = isOwed && keepsTask(model, task) ? now - delayMsOf(model, task) : 0;
  const slots = dueSlots(installed, model, task, registry.timeZone, now - (days - 1) * DAY_MS, now + DAY_MS);
  return slots.map((slot) => ({ slot, isOwed: slot < owedUntil }));
}
