import { cronFault } from '#contract/cron-slots.ts';
import { keepsTask } from '#contract/due.ts';
import { ON_DEMAND } from '#contract/job.ts';
import { METER_MODELS } from '#contract/models.ts';
import type { SiteFile } from './site-schema.ts';

export type Path = readonly (string | number)[];
export type Report = (path: Path, message: string) => void;
type SiteTask = NonNullable<SiteFile['tasks']>[number];

const FREEZE_CALENDARS: Readonly<Record<string, 'day' | 'month'>> = { 'freeze-day': 'day', 'freeze-month': 'month' };

/** What must fit together in each task of a site. */
export function checkTasks(site: SiteFile, report: Report): void {
  for (const [i, task] of (site.tasks ?? []).entries()) checkTask(task, ['tasks', i], report);
}

function checkTask(task: SiteTask, path: Path, report: Report): void {
  const { calendar } = task;
  if (task.id === ON_DEMAND)
    report([...path, 'id'], `${ON_DEMAND} is reserved for reads on demand; any other id will do`);
  if (task.for && FREEZE_CALENDARS[task.kind]) {
    report([...path, 'for'], `a ${task.kind} task is for all meters: success rates, bills and line losses stand on it`);
  }
  const fault = calendarFault(calendar);
  if (fault) report([...path, 'calendar', 'cron' in calendar ? 'cron' : 'everyS'], fault);
  else checkTimes(task, path, report);
  if (task.items.length === 0 && task.kind !== 'event') report([...path, 'items'], 'at least one quantity is needed');
}

function checkTimes(task: SiteTask, path: Path, report: Report): void {
  const { calendar } = task;
  const wanted = FREEZE_CALENDARS[task.kind];
  if (wanted && !('every' in calendar && calendar.every === wanted)) {
    report([...path, 'calendar'], `a ${task.kind} task has the calendar { every: ${wanted} }`);
  }
  const roomS = repairRoomS(task);
  if (task.delayS >= roomS && METER_MODELS.some((model) => keepsTask(model, task))) {
    report([...path, 'delayS'], `the repair of the day's last slot ends ${roomS} s after it: delayS must be less`);
  }
}

function calendarFault(calendar: SiteTask['calendar']): string | null {
  if ('everyS' in calendar) {
    return 86_400 % calendar.everyS === 0 ? null : `${calendar.everyS} s do not divide a day into equal parts`;
  }
  const fault = 'cron' in calendar ? cronFault(calendar.cron) : null;
  return fault && `no pattern of minute hour day month weekday, such as */15 * * * *: ${fault}`;
}

const SHORTEST_DAY_S = 23 * 3600;

/** Least time from a slot to the end of its repair, s; a day has 23, 24 or 25 hours. */
function repairRoomS({ calendar, repairDays }: SiteTask): number {
  const days = repairDays * SHORTEST_DAY_S;
  if ('every' in calendar) return days + SHORTEST_DAY_S;
  // The last minute of a day may be named.
  if ('cron' in calendar) return days + 60;
  const { everyS } = calendar;
  return days + Math.min(...[23, 24, 25].map((hours) => (hours * 3600) % everyS || everyS));
}
