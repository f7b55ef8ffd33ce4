import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { slotsBetween } from '#contract/calendar.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { Chain } from './chain.ts';
import { openStoredReadings } from './stored-readings.ts';

const DAY_MS = 86_400_000;

/** What the stores hold of the slots up to `until`: how much of it, and a digest of all its values. */
export async function contentOf(chain: Chain, until: number): Promise<{ rows: number; digest: string }> {
  const { registry, dataDir, load } = chain;
  const state = await openSqliteStateStore(join(dataDir, 'centre', 'state.sqlite'), { readOnly: true });
  const readings = await openStoredReadings(dataDir);
  const hash = createHash('sha256');
  let rows = 0;
  try {
    for (const task of registry.tasks) {
      const days = task.kind === 'instant' ? 1 : load.days + 1;
      const slots = slotsBetween(task.calendar, registry.timeZone, until - days * DAY_MS, until);
      for (const { id } of registry.meters) {
        const stored = await readings.ofMeter(task.id, id, slots);
        const outcomes = await state.ledger.outcomesOfMeter(task.id, id, slots);
        const events = task.kind === 'event' ? await state.ledger.eventsOfMeter(id, 0, until) : [];
        rows += stored.length + outcomes.length + events.length;
        hash.update(JSON.stringify([task.id, id, stored, outcomes, events]));
      }
    }
    return { rows, digest: hash.digest('hex') };
  } finally {
    await readings.close();
    await state.close();
  }
}
