import { LINES_OF, METER_MODELS, type MeterModel, modelsWith } from '#contract/models.ts';
import type { MeterProfile } from '#contract/profile.ts';
import { isDate, isTimeZone } from '#contract/zone.ts';
import type { Problem } from '#platform/errors.ts';
import { problemAt, type YamlFile } from '#platform/yaml/yaml-file.ts';
import { checkBoxes } from './box-rules.ts';
import { checkInstallations, type InstallationRefs } from './installation-rules.ts';
import type { SiteFile } from './site-schema.ts';
import { checkTasks, type Path, type Report } from './task-rules.ts';

type SiteLine = SiteFile['lines'][number];
type SiteMeter = SiteFile['meters'][number];

/**
 * What the schema cannot say: references, uniqueness, and what must fit together; `profiles` are the site's own models.
 * Returns every problem.
 */
export function checkSite(file: YamlFile, site: SiteFile, profiles: readonly MeterProfile[] = []): Problem[] {
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
  checkAreas(site, report);
  checkHeads(site, report);
  checkLines(site, report);
  checkMeters(site, profiles, report);
  checkBoxes(site, report);
  checkTasks(site, report);
  return problems;
}

function unique<T>(entries: readonly T[], key: (entry: T) => string, path: Path, field: string, report: Report): void {
  const first = new Map<string, number>();
  for (const [i, entry] of entries.entries()) {
    const earlier = first.get(key(entry));
    if (earlier === undefined) first.set(key(entry), i);
    else report([...path, i, field], `is taken already by ${path.join('.')}[${earlier}]`);
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
      report(['meters', i, 'account'], 'no account of this file has this number');
    }
  }
}

function checkAreas(site: SiteFile, report: Report): void {
  for (const [i, { status, statusSince }] of site.areas.entries()) {
    if (statusSince === undefined) continue;
    const path = ['areas', i, 'statusSince'];
    if (!isDate(statusSince)) report(path, `${statusSince} is no calendar date`);
    else if (status === undefined) report(path, 'status is missing: one of running, stopped and removed since then');
  }
}

/** Meters at the heads of feeders: each is there, measures supply, and feeds one feeder. */
function checkHeads(site: SiteFile, report: Report): void {
  const roles = new Map(site.meters.map(({ id, role }) => [id, role ?? 'customer']));
  const feederOf = new Map<string, string>();
  for (const [i, feeder] of (site.feeders ?? []).entries()) {
    for (const [k, meter] of (feeder.supplyMeters ?? []).entries()) {
      const path = ['feeders', i, 'supplyMeters', k];
      const role = roles.get(meter);
      const other = feederOf.get(meter);
      if (role === undefined) report(path, `no meter is called ${meter}`);
      else if (role !== 'supply') report(path, `meter ${meter} has role ${role}; at the head of a feeder it is supply`);
      if (other !== undefined) report(path, `meter ${meter} is at the head of feeder ${other} already`);
      else feederOf.set(meter, feeder.id);
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
    const endpoint = endpointOf(line);
    if (endpoint === null) {
      report(path, `${line.id} must have exactly one of serial, tcp and dialIn`);
      continue;
    }
    if (line.protocol === 'modbus-tcp' && line.serial)
      report([...path, 'serial'], 'modbus-tcp runs over tcp, not serial');
    checkTerminal(line, path, report);
    const other = endpoints.get(endpoint);
    if (other)
      report(path, `${endpoint} belongs to line ${other} already; all meters behind one endpoint are one line`);
    else endpoints.set(endpoint, line.id);
  }
}

/** What the line is reached by, null unless it is exactly one. */
function endpointOf({ serial, tcp, dialIn }: SiteLine): string | null {
  const [endpoint, second] = [
    serial?.path,
    tcp && `${tcp.host}:${tcp.port}`,
    dialIn && `terminal ${dialIn.terminal} on port ${dialIn.port}`,
  ].filter((name) => name !== undefined);
  return endpoint === undefined || second !== undefined ? null : endpoint;
}

/** Length of a Q/GDW 376.1 address; one of DL/T 698.45 has 12 digits. */
const GDW376_DIGITS = 8;
const BROADCAST_TERMINAL = /^[0-9]{4}FFFF$/;

function checkTerminal(line: SiteLine, path: Path, report: Report): void {
  const { protocol, serial, dialIn, forward } = line;
  const isDlt = protocol === 'dlt645' || protocol === 'dlt698';
  if (dialIn && !isDlt) report([...path, 'dialIn'], `terminals that dial in carry DL/T meters, not ${protocol}`);
  for (const [field, terminal] of Object.entries({ dialIn: dialIn?.terminal, forward: forward?.terminal })) {
    if (terminal !== undefined && BROADCAST_TERMINAL.test(terminal)) {
      report([...path, field, 'terminal'], `${terminal} is a broadcast address, which no terminal has`);
    }
  }
  if (!forward) return;
  if (!isDlt) report([...path, 'forward'], `terminals forward to DL/T meters, not to ${protocol}`);
  if (serial) report([...path, 'forward'], 'terminals are reached over tcp or dialIn, not over serial');
  checkForward(dialIn, forward, path, report);
}

function checkForward(
  dialIn: SiteLine['dialIn'],
  forward: NonNullable<SiteLine['forward']>,
  path: Path,
  report: Report,
): void {
  const at = [...path, 'forward'];
  if (!dialIn && forward.terminal === undefined) {
    report(at, 'terminal is missing: region code and terminal address, such as "02001234"');
  } else if (dialIn && dialIn.terminal.length !== GDW376_DIGITS) {
    report([...path, 'dialIn', 'terminal'], `${dialIn.terminal} cannot forward: that takes a Q/GDW 376.1 terminal`);
  } else if (dialIn && forward.terminal !== undefined && forward.terminal !== dialIn.terminal) {
    report([...at, 'terminal'], `${forward.terminal} is not ${dialIn.terminal}, the terminal that dials in`);
  }
}

function checkMeters(site: SiteFile, profiles: readonly MeterProfile[], report: Report): void {
  const modelOf = modelsWith(profiles);
  const lines = new Map(site.lines.map((line) => [line.id, line]));
  const addresses = new Map<string, string>();
  const accounts = new Set((site.accounts ?? []).map(({ no }) => no));
  const areas = new Set(site.areas.map(({ id }) => id));
  for (const [i, meter] of site.meters.entries()) {
    const path = ['meters', i];
    const line = lines.get(meter.line);
    const model = modelOf(meter.model);
    if (model) checkModel(model, line, path, report);
    else report([...path, 'model'], `no model is called ${meter.model}${listed(modelsOf(line, profiles))}`);
    checkAddress(meter, line, addresses, path, report);
    checkDates(meter, path, report);
    const refs: InstallationRefs = { accounts, areas, model };
    checkInstallations(meter, refs, path, report);
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
  if (meter.removed !== undefined || meter.installations?.at(-1)?.to !== undefined) return;
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

function checkModel(model: MeterModel, line: SiteLine | undefined, path: Path, report: Report): void {
  if (line && !LINES_OF[model.protocol].includes(line.protocol)) {
    report([...path, 'model'], `${model.id} speaks ${model.protocol}, but line ${line.id} is ${line.protocol}`);
  }
}

/** Ids of the models that may hang on the line; the site's own first. */
function modelsOf(line: SiteLine | undefined, profiles: readonly MeterProfile[]): string[] {
  const fits = (protocol: MeterModel['protocol']): boolean => !line || LINES_OF[protocol].includes(line.protocol);
  const known = METER_MODELS.filter(({ protocol }) => fits(protocol));
  return [...(fits('modbus') ? profiles : []), ...known].map(({ id }) => id);
}

function wrongAddress(address: string, line: SiteLine): string | null {
  if (line.protocol === 'dlt645' || line.protocol === 'dlt698') {
    if (/^9{12}$/.test(address)) return 'it is the broadcast address, which no meter has';
    return /^[0-9]{1,12}$/.test(address) ? null : 'a DL/T address has up to 12 digits';
  }
  const unit = Number(address);
  return Number.isInteger(unit) && unit >= 1 && unit <= 247 ? null : 'a Modbus unit id is a number from 1 to 247';
}
