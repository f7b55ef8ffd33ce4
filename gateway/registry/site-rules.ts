import { keepsTask } from '#contract/due.ts';
import { LINES_OF, METER_MODELS, meterModel } from '#contract/models.ts';
import { isDate, isTimeZone } from '#contract/zone.ts';
import type { Problem } from '#platform/errors.ts';
import { problemAt, type YamlFile } from '#platform/yaml/yaml-file.ts';
import type { SiteFile } from './site-schema.ts';

type Path = readonly (string | number)[];
type SiteLine = SiteFile['lines'][number];
type SiteMeter = SiteFile['meters'][number];
type SiteTask = NonNullable<SiteFile['tasks']>[number];

/** What the schema cannot say: references, uniqueness, and what must fit together. Returns every problem. */
export function checkSite(file: YamlFile, site: SiteFile): Problem[] {
  const problems: Problem[] = [];
  const report = (path: Path, message: string): void => void problems.push(problemAt(file, path, message));
  if (site.site.timeZone !== undefined && !isTimeZone(site.site.timeZone)) {
    report(['site', 'timeZone'], `no time zone is called ${site.site.timeZone}; Asia/Shanghai is one`);
  }
  for (const list of ['districts', 'feeders', 'areas', 'collectors', 'lines', 'meters', 'tasks'] as const) {
    const entries: readonly { readonly id: string }[] = site[list] ?? [];
    unique(entries, (entry) => entry.id, [list], 'id', report);
  }
  unique(site.accounts ?? [], (entry) => entry.no, ['accounts'], 'no', report);
  checkReferences(site, report);
  checkLines(site, report);
  checkMeters(site, report);
  checkTasks(site, report);
  return problems;
}

type Report = (path: Path, message: string) => void;

function unique<T>(entries: readonly T[], key: (entry: T) => string, path: Path, field: string, report: Report): void {
  const first = new Map<string, number>();
  for (const [i, entry] of entries.entries()) {
    const earlier = first.get(key(entry));
    if (earlier === undefined) first.set(key(entry), i);
    else report([...path, i, field], `${key(entry)} is taken already by ${path.join('.')}[${earlier}]`);
  }
}

function checkReferences(site: SiteFile, report: Report): void {
  const refers = (
    path: Path,
    name: string | undefined,
    list: readonly { id: string }[] | undefined,
    what: string,
  ): void => {
    const many = list ?? [];
    if (name === undefined) {
      if (many.length > 1) report(path.slice(0, -1), `${what} is missing; the site has ${many.length} of them`);
    } else if (!many.some((entry) => entry.id === name)) {
      report(path, `no ${what} is called ${name}${listed(many.map((entry) => entry.id))}`);
    }
  };
  for (const [i, feeder] of (site.feeders ?? []).entries()) {
    refers(['feeders', i, 'district'], feeder.district, site.districts, 'district');
  }
  for (const [i, area] of site.areas.entries()) refers(['areas', i, 'feeder'], area.feeder, site.feeders, 'feeder');
  for (const [i, collector] of (site.collectors ?? []).entries()) {
    refers(['collectors', i, 'district'], collector.district, site.districts, 'district');
  }
  for (const [i, line] of site.lines.entries()) {
    refers(['lines', i, 'collector'], line.collector, site.collectors, 'collector');
  }
  const accounts = new Set((site.accounts ?? []).map((account) => account.no));
  for (const [i, meter] of site.meters.entries()) {
    refers(['meters', i, 'line'], meter.line, site.lines, 'line');
    refers(['meters', i, 'area'], meter.area, site.areas, 'area');
    if (meter.account !== undefined && !accounts.has(meter.account)) {
      report(['meters', i, 'account'], `no account has the number ${meter.account}`);
    }
  }
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return '';
  return names.length <= 8 ? `; there are ${names.join(', ')}` : `; there are ${names.slice(0, 8).join(', ')}, …`;
}

function checkLines(site: SiteFile, report: Report): void {
  const endpoints = new Map<string, string>();
  for (const [i, line] of site.lines.entries()) {
    const path = ['lines', i];
    if ((line.serial === undefined) === (line.tcp === undefined)) {
      report(path, `${line.id} must have exactly one of serial and tcp`);
      continue;
    }
    if (line.protocol === 'modbus-tcp' && line.serial)
      report([...path, 'serial'], 'modbus-tcp runs over tcp, not serial');
    const endpoint = line.serial ? line.serial.path : `${line.tcp?.host}:${line.tcp?.port}`;
    const other = endpoints.get(endpoint);
    if (other)
      report(path, `${endpoint} belongs to line ${other} already; all meters behind one endpoint are one line`);
    else endpoints.set(endpoint, line.id);
  }
}

function checkMeters(site: SiteFile, report: Report): void {
  const lines = new Map(site.lines.map((line) => [line.id, line]));
  const addresses = new Map<string, string>();
  for (const [i, meter] of site.meters.entries()) {
    const path = ['meters', i];
    const line = lines.get(meter.line);
    checkModel(meter, line, path, report);
    checkAddress(meter, line, addresses, path, report);
    checkDates(meter, path, report);
  }
}

function checkAddress(
  meter: SiteMeter,
  line: SiteLine | undefined,
  taken: Map<string, string>,
  path: Path,
  report: Report,
): void {
  const address = meter.address ?? meter.id;
  const wrong = line ? wrongAddress(address, line) : null;
  if (wrong) report([...path, 'address'], `${address} is no address on line ${meter.line}: ${wrong}`);
  if (meter.removed !== undefined) return;
  const key = `${meter.line} ${address}`;
  const other = taken.get(key);
  if (other) report([...path, 'address'], `address ${address} on line ${meter.line} belongs to meter ${other} already`);
  else taken.set(key, meter.id);
}

function checkDates(meter: SiteMeter, path: Path, report: Report): void {
  const { installed, removed } = meter;
  for (const [field, date] of Object.entries({ installed, removed })) {
    if (date !== undefined && !isDate(date)) report([...path, field], `${date} is no calendar date`);
  }
  if (removed !== undefined && installed !== undefined && removed < installed) {
    report([...path, 'removed'], `${removed} is before the installation on ${installed}`);
  }
}

function checkModel(meter: SiteMeter, line: SiteLine | undefined, path: Path, report: Report): void {
  const model = meterModel(meter.model);
  if (!model) {
    report([...path, 'model'], `no model is called ${meter.model}${listed(METER_MODELS.map((known) => known.id))}`);
  } else if (line && !LINES_OF[model.protocol].includes(line.protocol)) {
    report([...path, 'model'], `${meter.model} speaks ${model.protocol}, but line ${line.id} is ${line.protocol}`);
  }
}

function wrongAddress(address: string, line: SiteLine): string | null {
  if (line.protocol === 'dlt645' || line.protocol === 'dlt698') {
    if (/^9{12}$/.test(address)) return 'it is the broadcast address, which no meter has';
    return /^[0-9]{1,12}$/.test(address) ? null : 'a DL/T address has up to 12 digits';
  }
  const unit = Number(address);
  return Number.isInteger(unit) && unit >= 1 && unit <= 247 ? null : 'a Modbus unit id is a number from 1 to 247';
}

const FREEZE_CALENDARS: Readonly<Record<string, 'day' | 'month'>> = { 'freeze-day': 'day', 'freeze-month': 'month' };

function checkTasks(site: SiteFile, report: Report): void {
  for (const [i, task] of (site.tasks ?? []).entries()) {
    const path = ['tasks', i];
    const { calendar } = task;
    if ('everyS' in calendar && 86_400 % calendar.everyS !== 0) {
      report([...path, 'calendar', 'everyS'], `${calendar.everyS} s do not divide a day into equal parts`);
    }
    const wanted = FREEZE_CALENDARS[task.kind];
    if (wanted && !('every' in calendar && calendar.every === wanted)) {
      report([...path, 'calendar'], `a ${task.kind} task has the calendar { every: ${wanted} }`);
    }
    const roomS = repairRoomS(task);
    if (task.delayS >= roomS && METER_MODELS.some((model) => keepsTask(model, task))) {
      report([...path, 'delayS'], `the repair of the day's last slot ends ${roomS} s after it: delayS must be less`);
    }
    if (task.items.length === 0 && task.kind !== 'event') report([...path, 'items'], 'at least one quantity is needed');
  }
}

const SHORTEST_DAY_S = 23 * 3600;

/** Least time from a slot to the end of its repair, s; a day has 23, 24 or 25 hours. */
function repairRoomS({ calendar, repairDays }: SiteTask): number {
  const days = repairDays * SHORTEST_DAY_S;
  if ('every' in calendar) return days + SHORTEST_DAY_S;
  const { everyS } = calendar;
  return days + Math.min(...[23, 24, 25].map((hours) => (hours * 3600) % everyS || everyS));
}
