import { join } from 'node:path';
import { delayMsOf, dueSlots, keepsTask } from '#contract/due.ts';
import { meterModel } from '#contract/models.ts';
import type { Meter, Registry } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { ledgerDifferences } from '#domain/collection/balance.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { CollectorMark, LedgerStore } from '#stores/state-store.ts';
import { readSpool, type SpoolBook, slotKey, uncommitted } from './spool-book.ts';
import { openStoredReadings } from './stored-readings.ts';

const DAY_MS = 86_400_000;

export interface Books {
  readonly due: number;
  readonly answered: number;
  readonly failed: number;
  /** Due slots that no collector has settled. */
  readonly open: number;
  /** Records that the centre says it has, of all epochs together. */
  readonly committedRecords: number;
  /** Records that are written down in a spool and not yet committed. */
  readonly backlog: number;
  /** Equations that do not hold, and slots that a collector has settled and that are nowhere. */
  readonly unbalanced: readonly string[];
}

/** So many open slots are not looked at one by one. */
const MANY = 500;

/**
 * Due slots that no collector has settled and of which the centre knows no failed attempt either: a read that failed is
 * tried again in a quarter of an hour, and until then its reason stands in the ledger. Cheaper than the books.
 */
export async function openSlots(dataDir: string, registry: Registry, days: number, until: number): Promise<string[]> {
  const spools = registry.collectors.map(({ id }) => readSpool(dataDir, id, registry.timeZone));
  const open = registry.tasks.flatMap((task) =>
    dueOf(registry, task, days, until)
      .filter(({ meter, slot }) => !isSettled(spools, task, meter.id, slot))
      .map(({ meter, slot }) => ({ task: task.id, meter: meter.id, slot })),
  );
  const told = new Set<string>();
  if (open.length > 0 && open.length <= MANY) {
    const state = await openSqliteStateStore(join(dataDir, 'centre', 'state.sqlite'), { readOnly: true });
    for (const { task, meter, slot } of open) {
      const [outcome] = await state.ledger.outcomesOfMeter(task, meter, [slot]);
      if (outcome) told.add(slotKey(task, meter, slot));
    }
    await state.close();
  }
  return open
    .filter(({ task, meter, slot }) => !told.has(slotKey(task, meter, slot)))
    .map(({ task, meter, slot }) => `${task} of ${meter} at ${new Date(slot).toISOString()}`);
}

/**
 * Balances the ledger of an installation, running or not: what is due by the calendar alone, what the collectors hold
 * to be settled, and what the centre has. The spools are read first: whatever they have let go of by then must be in
 * the stores afterwards. Slots from `days` back up to `until` count.
 */
export async function booksOf(dataDir: string, registry: Registry, days: number, until: number): Promise<Books> {
  const spools = registry.collectors.map(({ id }) => readSpool(dataDir, id, registry.timeZone));
  const state = await openSqliteStateStore(join(dataDir, 'centre', 'state.sqlite'), { readOnly: true });
  const readings = await openStoredReadings(dataDir);
  try {
    const marks = await state.ledger.marks();
    const waiting = spools.flatMap((spool) => uncommitted(spool, marks));
    const spooled = new Set(waiting.filter(({ settles }) => settles).map(({ key }) => key));
    const tallies: Tally[] = [];
    for (const task of registry.tasks) {
      const due = dueOf(registry, task, days, until);
      const slots = [...new Set(due.map(({ slot }) => slot))].sort((a, b) => a - b);
      const held = await heldOf({ readings, ledger: state.ledger }, task, slots);
      tallies.push(
        tally(task.id, due, (meter, slot) => {
          const key = slotKey(task.id, meter, slot);
          const settled = isSettled(spools, task, meter, slot);
          return { settled, place: held.get(key) ?? (spooled.has(key) ? 'spool' : null) };
        }),
      );
    }
    const sum = (name: 'due' | 'answered' | 'failed' | 'open'): number =>
      tallies.reduce((total, each) => total + each[name], 0);
    return {
      due: sum('due'),
      answered: sum('answered'),
      failed: sum('failed'),
      open: sum('open'),
      committedRecords: countOf(marks),
      backlog: waiting.length,
      unbalanced: tallies.flatMap(({ unbalanced }) => unbalanced),
    };
  } finally {
    await readings.close();
    await state.close();
  }
}

/** Where a due slot has got to: a value or a final reason in the stores, a record on its way, or nowhere. */
interface Whereabouts {
  readonly settled: boolean;
  readonly place: 'reading' | 'outcome' | 'spool' | null;
}

interface Tally {
  readonly due: number;
  readonly answered: number;
  readonly failed: number;
  readonly open: number;
  readonly unbalanced: readonly string[];
}

function tally(task: string, due: readonly Due[], find: (meter: string, slot: number) => Whereabouts): Tally {
  const found = due.map(({ meter, slot }) => ({ meter, slot, ...find(meter.id, slot) }));
  const count = (holds: (each: Whereabouts) => boolean): number => found.filter(holds).length;
  const answered = count(({ place }) => place === 'reading');
  const failed = count(({ place }) => place === 'outcome');
  const open = count(({ place, settled }) => place === null && !settled);
  const spooled = count(({ place }) => place === 'spool');
  const settled = count((each) => each.settled);
  const committed = count((each) => each.settled && (each.place === 'reading' || each.place === 'outcome'));
  const whereabouts = { committed, spooled, quarantined: 0 };
  const differences = [
    ...ledgerDifferences({ due: due.length, answered: answered + spooled, failed, open }),
    ...ledgerDifferences({ due: settled, answered: settled, failed: 0, open: 0, whereabouts }),
  ];
  const nowhere = found.filter((each) => each.settled && each.place === null);
  return {
    due: due.length,
    answered,
    failed,
    open,
    unbalanced: [
      ...differences.map(({ equation, difference }) => `${task}: ${equation} by ${difference}`),
      ...nowhere.map(({ meter, slot }) => `${slotKey(task, meter.id, slot)} is settled and nowhere`),
    ],
  };
}

export async function marksOf(dataDir: string): Promise<CollectorMark[]> {
  const state = await openSqliteStateStore(join(dataDir, 'centre', 'state.sqlite'), { readOnly: true });
  try {
    return await state.ledger.marks();
  } finally {
    await state.close();
  }
}

/** Records that marks say are committed. */
export function countOf(marks: readonly CollectorMark[]): number {
  return marks.reduce(
    (sum, { upTo, ranges }) => ranges.reduce((more, [from, to]) => more + to - from + 1, sum + upTo),
    0,
  );
}

function isSettled(spools: readonly SpoolBook[], task: Task, meter: string, slot: number): boolean {
  return spools.some(({ progress }) => progress.isSettled(task, meter, slot));
}

async function heldOf(
  { readings, ledger }: { readings: ReadingStore; ledger: LedgerStore },
  task: Task,
  slots: readonly number[],
): Promise<Map<string, 'reading' | 'outcome'>> {
  const held = new Map<string, 'reading' | 'outcome'>();
  for (const { meter, slot, final } of await ledger.outcomes(task.id, slots)) {
    if (final) held.set(slotKey(task.id, meter, slot), 'outcome');
  }
  for (const { meter, slot } of await readings.marks(task.id, slots)) {
    held.set(slotKey(task.id, meter, slot), 'reading');
  }
  return held;
}

interface Due {
  readonly meter: Meter;
  readonly slot: number;
}

/** Slots that are due by the calendar and can have been read by `until`. */
function dueOf(registry: Registry, task: Task, days: number, until: number): Due[] {
  return registry.meters.flatMap((meter) => {
    const model = meterModel(meter.model);
    const installation = registry.installations.find((each) => each.meter === meter.id);
    if (!model || !installation) throw new Error(`meter ${meter.id} is not as a chain has it`);
    const { from: installedAt, to: removedAt } = installation;
    const installed = { installedAt, removedAt, collectedFrom: meter.collectedFrom };
    const from = keepsTask(model, task) ? until - days * DAY_MS : meter.collectedFrom - DAY_MS;
    const slots = dueSlots(installed, model, task, registry.timeZone, from, until - delayMsOf(model, task));
    return slots.map((slot) => ({ meter, slot }));
  });
}
