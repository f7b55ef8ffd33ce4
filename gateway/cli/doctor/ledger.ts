import { slotsOfDay } from '#contract/calendar.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays, dateOf } from '#contract/zone.ts';
import { ledgerDifferences } from '#domain/collection/balance.ts';
import { figuresOf } from '#domain/collection/figures.ts';
import { buildGrid } from '#domain/collection/slot-grid.ts';
import { openReadingsForReading } from '#stores/open-stores.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import { type Check, type Examined, type Finding, fault, ok, warning } from './check.ts';

const ledger: Check = {
  name: 'ledger',
  deadlineMs: 60_000,
  late: 'warning',
  run: async (examined) => {
    const index = await examined.registry();
    // Freezes: of tasks with many slots a day, the count of one day reads as many rows as a month of these.
    const tasks = index.registry.tasks.filter((task) => task.kind === 'freeze-day');
    const readings = await openReadingsForReading(examined.settings);
    try {
      const findings: Finding[] = [];
      for (const task of tasks) findings.push(...(await yesterdayOf(task, examined, readings)));
      return findings;
    } finally {
      await readings.close();
    }
  },
};

/** Outages are left aside: they only move slots from one column to another. */
async function yesterdayOf(task: Task, examined: Examined, readings: ReadingStore): Promise<Finding[]> {
  const index = await examined.registry();
  const { timeZone: zone, meters } = index.registry;
  const now = examined.clock.now();
  const date = addDays(dateOf(zone, now), -1);
  const slots = slotsOfDay(task.calendar, zone, date);
  const [marks, failures] = await Promise.all([
    readings.marks(task.id, slots),
    examined.state.ledger.outcomes(task.id, slots),
  ]);
  const grid = buildGrid({ registry: index, meters, task, zone, date, now, marks, failures });
  const figures = figuresOf(grid);
  const { due, expected, suspect, failed, open } = figures;
  const answered = figures.answeredFirst + figures.answeredRetry + figures.answeredLate + suspect;
  const excluded = due - expected;
  const [difference] = ledgerDifferences({ due: grid.owed, answered, failed, open, excluded });
  const what = `${task.id} of ${date}: ${grid.owed} due = ${answered} answered + ${failed} failed + ${open} open + ${excluded} excluded`;
  if (difference) return [fault(`${what} does not balance`, 'this is a defect: report it with the log of the gateway')];
  if (open === 0) return [ok(what)];
  return [warning(what, 'open slots have neither value nor reason yet: the findings on collectors say why')];
}

export const LEDGER_CHECKS: readonly Check[] = [ledger];
