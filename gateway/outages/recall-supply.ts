import { slotsBetween } from '#contract/calendar.ts';
import type { Outage } from '#contract/outage.ts';
import type { Task } from '#contract/tasks.ts';
import { evidenceOfReading } from '#domain/outages/evidence.ts';
import type { OutageSettings } from '#domain/outages/settings.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { Engine } from './engine-port.ts';

/** Readings of this time are looked at, ms. */
const LATELY_MS = 2 * 3_600_000;
/** The engine keeps few moments with supply of each meter; older readings would tell it nothing. */
const SLOTS = 6;
/** Areas that are looked at, those with the newest incidents first: a start must not take minutes. */
const MOST_AREAS = 400;

interface RecallParts {
  readonly readings: Pick<ReadingStore, 'ofSlot'>;
  readonly registry: RegistryIndex;
  readonly settings: OutageSettings;
  readonly engine: Pick<Engine, 'take'>;
}

/**
 * Tells a new engine what the last readings say of the meters around the incidents that last. When a meter had
 * supply last is written down by nobody else, and without the neighbours that were seen lit an outage would seem to
 * take all of its area. `outages` newest first; `now` in UTC ms. Rejects as the store does.
 */
export async function recallSupply(parts: RecallParts, outages: readonly Outage[], now: number): Promise<void> {
  const { registry } = parts;
  const tasks = registry.registry.tasks.filter(({ items }) => items.some((item) => item.startsWith('voltage_')));
  const lasting = outages.filter(
    ({ kind, state }) => kind !== 'collection' && (state === 'open' || state === 'unconfirmed'),
  );
  const areas = new Set(lasting.flatMap((outage) => outage.areas));
  for (const area of [...areas].slice(0, MOST_AREAS)) {
    const meters = registry.metersOfArea(area).map(({ id }) => id);
    for (const task of tasks) await recallTask(parts, task, meters, now);
  }
}

async function recallTask(parts: RecallParts, task: Task, meters: readonly string[], now: number): Promise<void> {
  const { readings, registry, settings, engine } = parts;
  const slots = slotsBetween(task.calendar, registry.registry.timeZone, now - LATELY_MS, now + 1).slice(-SLOTS);
  for (const slot of slots) {
    for (const reading of await readings.ofSlot(task.id, slot, meters)) {
      const meter = registry.meter(reading.meter);
      const model = meter && registry.modelOf(meter);
      if (model) engine.take(evidenceOfReading(reading, model, task, settings));
    }
  }
}
