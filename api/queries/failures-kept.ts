import type { Meter } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays } from '#contract/zone.ts';
import { collectorBlame } from '#domain/collection/collector-blame.ts';
import type { CollectorHealth } from '#domain/collection/collector-health.ts';
import { type FailingMeter, type Overdue, reasonOf } from '#domain/collection/failures.ts';
import type { RowPlaces } from '#domain/collection/row-places.ts';
import { CLASS_CODES, failedCode, hasValue, isFailed, OPEN, SUSPECT, stateOf } from '#domain/collection/slot-state.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { longestRun, type SeenDay } from './failures-seen.ts';
import type { KeptDays } from './kept-days.ts';

const COLLECTOR_OFFLINE = failedCode('collector_offline');

/** States of a day as bytes by meter row. */
interface Bytes {
  readonly rows: number;
  readonly class: Uint8Array;
  readonly fact: Uint8Array;
}

interface Found extends FailingMeter {
  readonly row: number;
  consecutiveDays: number;
  since: string;
  lastGood: string | null;
}

interface KeptSources {
  readonly kept: KeptDays;
  readonly health: ReadonlyMap<string, CollectorHealth>;
  readonly now: number;
  readonly overdue: Overdue;
}

/**
 * The day out of the kept columns: one look at every byte of the day, then for the failing rows alone a look at the
 * days before. Null when the day is not kept, or has more than one slot. An earlier day that is not kept ends the runs.
 */
export async function seenInColumns(
  { kept, health, now, overdue }: KeptSources,
  index: RegistryIndex,
  task: Task,
  date: string,
): Promise<SeenDay | null> {
  const head = (await kept.heads(task.id)).get(date);
  if (head?.slots.length !== 1) return null;
  const places = await kept.places(index, head.rows);
  const day = await bytesOf(kept, task, date);
  const [slot] = head.slots;
  if (!day || slot === undefined) return null;
  const bytes = { ...day, rows: slot <= now ? Math.min(day.rows, places.rows) : 0 };
  const blamed = collectorBlame(places, health, task, slot, now);
  const over = overdue(slot);
  const badCode = (fact: number, row: number): number | null => {
    if (fact !== OPEN) return isFailed(fact) || fact === SUSPECT ? fact : null;
    if (blamed?.(row)) return COLLECTOR_OFFLINE;
    return over ? OPEN : null;
  };
  const found = scan(bytes, places, badCode, { date, slot });
  const due = dueByPlace(index, places, found.dueByLine);
  await countBack(kept, task, date, [...found.failing, ...found.excluded]);
  return {
    failing: found.failing,
    excludedByHand: found.excluded,
    dueBehind: (kind, id) => due.get(`${kind} ${id}`) ?? 0,
    unsolved: () => unsolvedIn(bytes, places),
  };
}

async function bytesOf(kept: KeptDays, task: Task, date: string): Promise<Bytes | null> {
  const day = await kept.of(task.id, date, ['class', 'fact']);
  return day && { rows: day.rows, class: day.column('class'), fact: day.column('fact') };
}

interface Scanned {
  readonly failing: Found[];
  readonly excluded: Found[];
  /** Owed meters by line, in the order of the groups of RowPlaces. */
  readonly dueByLine: Uint32Array;
}

function scan(
  { rows, class: classes, fact: facts }: Bytes,
  places: RowPlaces,
  badCode: (fact: number, row: number) => number | null,
  { date, slot }: { date: string; slot: number },
): Scanned {
  const lines = places.groups('line');
  const dueByLine = new Uint32Array(lines.keys.length);
  const failing: Found[] = [];
  const excluded: Found[] = [];
  const foundOf = (meter: Meter, row: number, code: number): Found => ({
    ...{ row, meter, reason: reasonOf(code), slot, failedSlots: 1 },
    ...{ consecutiveDays: 1, since: date, lastGood: null },
  });
  for (let row = 0; row < rows; row++) {
    const owed = classes[row] === OPEN;
    if (owed) count(dueByLine, lines.of[row]);
    else if (classes[row] !== CLASS_CODES.excluded_manual) continue;
    const fact = facts[row] ?? OPEN;
    // Almost every meter: nothing else of it is looked at.
    if (isGood(fact)) continue;
    const code = badCode(fact, row);
    if (code === null) continue;
    const meter = places.meter(row);
    if (meter) (owed ? failing : excluded).push(foundOf(meter, row, code));
  }
  return { failing, excluded, dueByLine };
}

function isGood(fact: number): boolean {
  return hasValue(fact) && fact !== SUSPECT;
}

function count(counts: Uint32Array, group = -1): void {
  if (group >= 0) counts[group] = (counts[group] ?? 0) + 1;
}

/** Owed meters by kind and id of what they are behind. */
function dueByPlace(index: RegistryIndex, places: RowPlaces, dueByLine: Uint32Array): Map<string, number> {
  const due = new Map<string, number>();
  for (const [group, id] of places.groups('line').keys.entries()) {
    const owed = dueByLine[group] ?? 0;
    const line = id === null ? undefined : index.line(id);
    if (!line) continue;
    for (const key of [`line ${line.id}`, `concentrator ${line.concentrator}`, `collector ${line.collector}`]) {
      due.set(key, (due.get(key) ?? 0) + owed);
    }
  }
  return due;
}

/** Counts the days before, for the rows whose run goes on. What ends a run and what does not: domain failures. */
async function countBack(kept: KeptDays, task: Task, date: string, rows: readonly Found[]): Promise<void> {
  let active = rows;
  for (let back = 1; back < longestRun(task) && active.length > 0; back++) {
    const earlier = addDays(date, -back);
    const day = await bytesOf(kept, task, earlier);
    if (!day) return;
    active = active.filter((found) => goesOn(found, day, earlier));
  }
}

function goesOn(found: Found, { rows, class: classes, fact: facts }: Bytes, date: string): boolean {
  const { row } = found;
  const classCode = row < rows ? (classes[row] ?? 0) : CLASS_CODES.not_due;
  if (classCode !== OPEN) return stateOf(classCode).state === 'excluded' && classCode !== CLASS_CODES.excluded_new;
  const fact = facts[row] ?? OPEN;
  if (isGood(fact)) {
    found.lastGood = date;
    return false;
  }
  found.consecutiveDays++;
  found.since = date;
  return true;
}

function unsolvedIn({ rows, class: classes, fact: facts }: Bytes, places: RowPlaces): Set<string> {
  const ids = new Set<string>();
  for (let row = 0; row < rows; row++) {
    const fact = facts[row] ?? OPEN;
    const meter = classes[row] === OPEN && !isGood(fact) ? places.meter(row) : undefined;
    if (meter) ids.add(meter.id);
  }
  return ids;
}
