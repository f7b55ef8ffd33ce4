import { sameRow } from '#domain/collection/day-columns.ts';
import { slotTimes } from '#domain/collection/slot-times.ts';
import type { DayShelf } from './day-shelf.ts';
import type { DayWork } from './day-work.ts';
import type { DueClasses } from './due-classes.ts';
import type { ExpectedDay } from './expected-days.ts';
import { HeldDay } from './held-day.ts';
import type { Site } from './site.ts';
import { type DaySources, storedDay, takeStored } from './stored-day.ts';

export const DAY_VERDICTS = ['identical', 'differs', 'new'] as const;

/** What making a day anew has shown. */
export interface DayVerdict {
  readonly task: string;
  readonly date: string;
  /** `new`: it was not kept before. */
  readonly verdict: (typeof DAY_VERDICTS)[number];
  /** Meters of which something else was kept than the stores tell. */
  readonly meters: number;
}

interface Parts {
  readonly shelf: DayShelf;
  readonly site: Site;
  readonly classes: DueClasses;
  readonly work: DayWork;
  readonly sources: DaySources;
  /** Takes everything that the feed told so far. */
  readonly drain: () => Promise<void>;
}

/** How often rows that differ are read again: what came in between is no difference. */
const LOOKS = 3;

/** Makes a day anew from the stores, and says in how many meters it is not what was kept; `check` changes nothing. */
export async function remakeDay(parts: Parts, expected: ExpectedDay, check: boolean): Promise<DayVerdict> {
  const { shelf, work, site, sources, drain } = parts;
  const { task, date } = expected;
  const name = { task: task.id, date };
  if (shelf.basisOf(task.id, date) === null) {
    if (!check) await work.make(expected);
    return { ...name, verdict: 'new', meters: 0 };
  }
  await drain();
  await work.mendIfDue(expected);
  const zone = site.index.registry.timeZone;
  const anew = new HeldDay(await storedDay(sources, expected, zone, site), '');
  await classify(parts, anew, expected);
  const differing = await differences(parts, anew, expected);
  if (!check) {
    const held = shelf.put(anew.day, shelf.basisOf(task.id, date) ?? '');
    held.setBasis(await work.basisOf(expected));
  }
  return { ...name, verdict: differing === 0 ? 'identical' : 'differs', meters: differing };
}

/** What was owed long ago stays as it was seen then. */
async function classify({ shelf, work, classes }: Parts, anew: HeldDay, expected: ExpectedDay): Promise<void> {
  const kept = work.isLookedAt(expected) ? null : await shelf.of(expected.task.id, expected.date);
  if (kept) anew.day.class.set(kept.class.subarray(0, anew.day.rows));
  else await classes.classify(anew, expected);
}

async function differences(parts: Parts, anew: HeldDay, expected: ExpectedDay): Promise<number> {
  const { shelf, site, sources, classes, drain, work } = parts;
  const { task, date, slot } = expected;
  const times = slotTimes(task, site.index.registry.timeZone, slot);
  let rows: number[] | null = null;
  for (let look = 1; ; look++) {
    await drain();
    const kept = await shelf.of(task.id, date);
    if (!kept) return 0;
    rows = (rows ?? [...Array(anew.day.rows).keys()]).filter((row) => !sameRow(kept, anew.day, row));
    if (rows.length === 0 || look === LOOKS) return rows.length;
    await takeStored(sources, anew.day, times, new Map(rows.map((row) => [site.meters[row] ?? '', row])));
    if (work.isLookedAt(expected)) for (const row of rows) await classes.classifyRow(anew, task, row);
  }
}
