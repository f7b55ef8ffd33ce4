import type { MeterModel } from '#contract/models.ts';
import type { Task } from '#contract/tasks.ts';
import { type CollectorHealth, SILENT_MS } from './collector-health.ts';
import type { RowPlaces } from './row-places.ts';
import { expectedWithinMs } from './slot-times.ts';

const ONLINE = 0;
const OFFLINE = 1;
const UNHEARD = 2;

/**
 * Whether an open slot of a row is laid to its collector: the collector is offline now, and something should have been
 * heard of the slot by now. One that was never heard of is given a moment from when its meter was first collected.
 * Null when no collector is offline.
 */
export function collectorBlame(
  places: RowPlaces,
  health: ReadonlyMap<string, CollectorHealth>,
  task: Task,
  slot: number,
  now: number,
): ((row: number) => boolean) | null {
  const { of, keys } = places.groups('collector');
  const states = keys.map((key) => {
    if (key === null) return ONLINE;
    const heard = health.get(key);
    if (heard === undefined) return UNHEARD;
    return heard.online ? ONLINE : OFFLINE;
  });
  if (states.every((state) => state === ONLINE)) return null;
  const overdue = new Map<MeterModel | undefined, boolean>();
  return (row) => {
    const meter = places.meters[row];
    const state = states[of[row] ?? -1] ?? ONLINE;
    if (!meter || state === ONLINE) return false;
    if (state === UNHEARD && now - meter.collectedFrom <= SILENT_MS) return false;
    const model = places.index.modelOf(meter);
    let late = overdue.get(model);
    if (late === undefined) {
      late = now > slot + expectedWithinMs(model, task);
      overdue.set(model, late);
    }
    return late;
  };
}
