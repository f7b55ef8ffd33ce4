import type { MeterProfile } from '#contract/profile.ts';
import type { Account, Area, AreaStatus, Feeder, Installation, Line, Meter, Registry } from '#contract/registry.ts';
import type { TaskSelection } from '#contract/task-selection.ts';
import type { Task } from '#contract/tasks.ts';
import { byText } from './lists.ts';
import type { StateTables } from './tables.ts';

/** Each table after those that it refers to. */
export const ENTITIES = [
  'district',
  'feeder',
  'area',
  'collector',
  'line',
  'account',
  'meter',
  'installation',
  'task',
  'profile',
] as const satisfies readonly (keyof StateTables)[];
export type Entity = (typeof ENTITIES)[number];

export type RegistryRows = { readonly [E in Entity]: StateTables[E][] };

/**
 * The tables of a registry: columns in a fixed order, so that equal content gives equal text. What the registry leaves
 * out has no column, so that a registry without it keeps the version that it had before there was such a column.
 */
export function rowsOf(registry: Registry): RegistryRows {
  return inOrder({
    district: registry.districts.map(({ id, name }) => ({ id, name })),
    feeder: registry.feeders.map(feederRow),
    area: registry.areas.map(areaRow),
    collector: registry.collectors.map(({ id, district }) => ({ id, district })),
    line: registry.lines.map(lineRow),
    account: registry.accounts.map(accountRow),
    meter: registry.meters.map(meterRow),
    installation: registry.installations.map(installationRow),
    task: registry.tasks.map(taskRow),
    profile: (registry.profiles ?? []).map((profile) => ({ id: profile.id, content_json: jsonOf(profile) })),
  });
}

/** Every list of the result is in the order of its keys. */
export function registryOf(site: Pick<StateTables['site'], 'name' | 'time_zone'>, unsorted: RegistryRows): Registry {
  const rows = inOrder(unsorted);
  return {
    name: site.name,
    timeZone: site.time_zone,
    districts: rows.district,
    feeders: rows.feeder.map(feederOf),
    areas: rows.area.map(areaOf),
    collectors: rows.collector,
    lines: rows.line.map(lineOf),
    accounts: rows.account.map(accountOf),
    meters: rows.meter.map(meterOf),
    installations: rows.installation.map(installationOf),
    tasks: rows.task.map(taskOf),
    ...(rows.profile.length > 0 && { profiles: rows.profile.map(profileOf) }),
  };
}

/** By code unit: the same order on every machine, whatever collation a database sorts by. */
function inOrder(rows: RegistryRows): RegistryRows {
  const byId = byText((row: { readonly id: string }) => row.id);
  const byMeter = byText((row: StateTables['installation']) => row.meter);
  return {
    district: rows.district.sort(byId),
    feeder: rows.feeder.sort(byId),
    area: rows.area.sort(byId),
    collector: rows.collector.sort(byId),
    line: rows.line.sort(byId),
    account: rows.account.sort(byText((row) => row.no)),
    meter: rows.meter.sort(byId),
    installation: rows.installation.sort((a, b) => byMeter(a, b) || a.from_at - b.from_at),
    task: rows.task.sort(byId),
    profile: rows.profile.sort(byId),
  };
}

/** JSON with the properties in a fixed order. */
function jsonOf(value: object): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part !== 'object' || part === null || Array.isArray(part)
      ? part
      : Object.fromEntries(Object.entries(part).sort(byText(([name]) => name))),
  );
}

function lineRow({ timing, link, forward, ...line }: Line): StateTables['line'] {
  return {
    id: line.id,
    collector: line.collector,
    protocol: line.protocol,
    link_json: jsonOf(forward ? { ...link, forward } : link),
    concentrator: line.concentrator,
    reply_timeout_ms: timing.replyTimeoutMs,
    byte_gap_ms: timing.byteGapMs,
    pause_ms: timing.pauseMs,
    quiet_ms: timing.quietMs,
  };
}

function lineOf(row: StateTables['line']): Line {
  const { forward, ...link } = JSON.parse(row.link_json) as Line['link'] & Pick<Line, 'forward'>;
  return {
    ...(forward && { forward }),
    id: row.id,
    collector: row.collector,
    protocol: row.protocol as Line['protocol'],
    link,
    concentrator: row.concentrator,
    timing: {
      replyTimeoutMs: row.reply_timeout_ms,
      byteGapMs: row.byte_gap_ms,
      pauseMs: row.pause_ms,
      quietMs: row.quiet_ms,
    },
  };
}

function feederRow({ id, name, district, supplyMeters }: Feeder): StateTables['feeder'] {
  const row = { id, name, district };
  return supplyMeters ? { ...row, supply_meters_json: JSON.stringify(supplyMeters) } : row;
}

function feederOf({ id, name, district, supply_meters_json: heads }: StateTables['feeder']): Feeder {
  const feeder = { id, name, district };
  return heads ? { ...feeder, supplyMeters: JSON.parse(heads) as string[] } : feeder;
}

function areaRow({ id, name, feeder, kva, status, statusSince }: Area): StateTables['area'] {
  const row: StateTables['area'] = { id, name, feeder, kva };
  if (status !== undefined) row.status = status;
  if (statusSince !== undefined) row.status_since = statusSince;
  return row;
}

function areaOf({ id, name, feeder, kva, status, status_since: since }: StateTables['area']): Area {
  return {
    id,
    name,
    feeder,
    kva,
    ...(known(status) && { status: status as AreaStatus }),
    ...(known(since) && { statusSince: since }),
  };
}

function accountRow({ no, name, address, category, priority, status, contractKw }: Account): StateTables['account'] {
  const row: StateTables['account'] = { no, name, address, category, priority, status };
  if (contractKw !== undefined) row.contract_kw = contractKw;
  return row;
}

/** Columns hold only what a registry was checked for. */
function accountOf({ contract_kw: contractKw, ...row }: StateTables['account']): Account {
  const account = row as Account;
  return known(contractKw) ? { ...account, contractKw } : account;
}

function meterRow({ collectedFrom, maker, branch, box, ...meter }: Meter): StateTables['meter'] {
  const { id, no, model, line, address, area, role, phase, ct, pt } = meter;
  const row: StateTables['meter'] = {
    id,
    no,
    model,
    line,
    address,
    area,
    role,
    phase,
    ct,
    pt,
    collected_from: collectedFrom,
  };
  if (maker !== undefined) row.maker = maker;
  if (branch !== undefined) row.branch = branch;
  if (box !== undefined) row.box = box;
  return row;
}

function meterOf({ collected_from, maker, branch, box, ...row }: StateTables['meter']): Meter {
  const meter: Meter = { ...(row as Omit<Meter, 'collectedFrom'>), collectedFrom: collected_from };
  if (!known(maker) && !known(branch) && !known(box)) return meter;
  return { ...meter, ...(known(maker) && { maker }), ...(known(branch) && { branch }), ...(known(box) && { box }) };
}

function installationRow({ meter, account, area, ct, pt, ...span }: Installation): StateTables['installation'] {
  const row: StateTables['installation'] = {
    meter,
    account,
    from_at: span.from,
    to_at: span.to,
    start_wh: span.startWh,
    end_wh: span.endWh,
  };
  if (area !== undefined) row.area = area;
  if (ct !== undefined) row.ct = ct;
  if (pt !== undefined) row.pt = pt;
  return row;
}

function installationOf({ area, ct, pt, ...row }: StateTables['installation']): Installation {
  const { meter, account, from_at: from, to_at: to, start_wh: startWh, end_wh: endWh } = row;
  const plain: Installation = { meter, account, from, to, startWh, endWh };
  if (!known(area) && !known(ct) && !known(pt)) return plain;
  return { ...plain, ...(known(area) && { area }), ...(known(ct) && { ct }), ...(known(pt) && { pt }) };
}

function known<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}

function taskRow(task: Task): StateTables['task'] {
  const row: StateTables['task'] = {
    id: task.id,
    kind: task.kind,
    calendar_json: jsonOf(task.calendar),
    items_json: JSON.stringify(task.items),
    delay_s: task.delayS,
    backfill_days: task.backfillDays,
    repair_days: task.repairDays,
    tolerance_s: task.toleranceS,
    retry_at_json: JSON.stringify(task.retryAt),
    first_pass_until: task.firstPassUntil,
  };
  if (task.for) row.for_json = jsonOf(task.for);
  return row;
}

function taskOf(row: StateTables['task']): Task {
  return {
    id: row.id,
    kind: row.kind as Task['kind'],
    calendar: JSON.parse(row.calendar_json) as Task['calendar'],
    items: JSON.parse(row.items_json) as Task['items'],
    delayS: row.delay_s,
    backfillDays: row.backfill_days,
    repairDays: row.repair_days,
    toleranceS: row.tolerance_s,
    retryAt: JSON.parse(row.retry_at_json) as Task['retryAt'],
    firstPassUntil: row.first_pass_until,
    ...(known(row.for_json) && { for: JSON.parse(row.for_json) as TaskSelection }),
  };
}

function profileOf({ content_json }: StateTables['profile']): MeterProfile {
  return JSON.parse(content_json) as MeterProfile;
}
