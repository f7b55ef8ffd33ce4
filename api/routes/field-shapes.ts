import type { Static } from 'typebox';
import type { Reason } from '#contract/reasons.ts';
import type { Collector } from '#contract/registry.ts';
import type { AddressStatus, LineStatus, ReplyTimes, SpoolStatus } from '#contract/status.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { shown } from '../queries/collection.ts';
import { type ConcentratorHealth, type FieldHealth, forwardText, type LineHealth, linkText } from '../queries/field.ts';
import type { ReasonShape } from '../schemas/collection.ts';
import type { AddressShape, CollectorShape, ConcentratorShape, LineShape } from '../schemas/field.ts';
import { reasonShape } from './failures.ts';

/** RFC 3339 has four digits for the year: the last day of 9999, UTC ms. */
const LAST_DAY = Date.UTC(9999, 11, 31);

export function collectorShape(
  index: RegistryIndex,
  { id, district }: Collector,
  { collectors, linesOf }: FieldHealth,
): Static<typeof CollectorShape> {
  const zone = index.registry.timeZone;
  const heard = collectors.get(id);
  const status = heard?.status;
  // The broker speaks for a lost collector with what that had written down at its start, before it had a plan.
  const work = status && (status.online || status.planVersion !== null) ? status : null;
  const refused = work?.planRefused ?? null;
  const ledger = work?.ledger;
  const its = linesOf.get(id) ?? [];
  const count = (state: LineHealth['state']) => its.filter((each) => each.state === state).length;
  return {
    id,
    district,
    online: heard?.online ?? false,
    reason: heard?.online ? null : reasonShape('collector_offline'),
    lastHeardAt: shown(zone, heard?.receivedAt ?? null),
    reportedAt: told(zone, work?.at),
    startedAt: told(zone, status?.startedAt),
    host: status?.host ?? null,
    version: status?.version ?? null,
    planVersion: work?.planVersion ?? null,
    planRefused: refused && { version: refused.version, why: refused.why },
    spool: work && spoolShape(zone, work.spool),
    ledger: ledger ? { due: ledger.due, answered: ledger.answered, failed: ledger.failed, open: ledger.open } : null,
    lines: { total: its.length, up: count('up'), down: count('down'), idle: count('idle'), unknown: count('unknown') },
    meters: metersOn(index, its),
  };
}

/** Property by property: a newer collector may tell more than the API describes. */
function spoolShape(zone: string, spool: SpoolStatus): NonNullable<Static<typeof CollectorShape>['spool']> {
  const { rows, bytes, oldestAt, kept, maxBytes, dropped, damaged } = spool;
  return {
    ...{ rows, bytes, oldestAt: told(zone, oldestAt), keptRows: kept ?? null, maxBytes: maxBytes ?? null },
    droppedRows: dropped
      ? {
          ...{ curve: dropped.curve, outcome: dropped.outcome, event: dropped.event },
          ...{ freeze: dropped.freeze, total: dropped.total },
        }
      : null,
    damagedRows: damaged ?? null,
  };
}

/** Collectors whose results are lost: their spools were full, or their disks are not to be trusted. */
export function spoolWarnings(collectors: readonly Collector[], { collectors: heard }: FieldHealth): string[] {
  return collectors.flatMap(({ id }) => {
    const spool = heard.get(id)?.status.spool;
    const dropped = spool?.dropped?.total ?? 0;
    const damaged = spool?.damaged ?? 0;
    const warnings: string[] = [];
    if (dropped > 0) warnings.push(`collector ${id} has given up ${dropped} results for want of room in its spool`);
    if (damaged > 0) warnings.push(`the disk of collector ${id} has damaged ${damaged} results in its spool`);
    return warnings;
  });
}

export function lineShape(index: RegistryIndex, health: LineHealth): Static<typeof LineShape> {
  const zone = index.registry.timeZone;
  const { line, state, reason, detail, told: status } = health;
  return {
    id: line.id,
    collector: line.collector,
    protocol: line.protocol,
    link: linkText(line),
    forward: forwardText(line),
    concentrator: line.concentrator,
    meters: metersOn(index, [health]),
    state,
    reason: reasonOrNull(reason),
    detail,
    toldAt: shown(zone, health.toldAt),
    lastGoodAt: told(zone, status?.lastGoodAt),
    requests: status?.requests ?? null,
    replies: status?.replies ?? null,
    timeouts: status?.timeouts ?? null,
    damaged: status?.damaged ?? null,
    strays: status?.strays ?? null,
    replyMs: replyTimes(status?.replyMs),
    usePercent: status?.usePercent ?? null,
    nextDueAt: told(zone, status?.nextDueAt),
    waiting: status?.waiting ?? null,
    breakersOpen: status?.breakersOpen ?? null,
    addressesRead: status?.addressesRead ?? null,
    addressesFailing: status?.addressesFailing ?? null,
  };
}

export function addressShape(index: RegistryIndex, status: AddressStatus): Static<typeof AddressShape> {
  const { meter, address, reason, leftAlone, lastGoodAt, requests, replies, timeouts, damaged, missing } = status;
  return {
    meter,
    meterNo: index.meter(meter)?.no ?? null,
    address,
    reason: reasonOrNull(reason),
    leftAlone,
    lastGoodAt: told(index.registry.timeZone, lastGoodAt),
    requests,
    replies,
    timeouts,
    damaged,
    replyMs: replyTimes(status.replyMs),
    missing: [...missing],
  };
}

export function concentratorShape(index: RegistryIndex, health: ConcentratorHealth): Static<typeof ConcentratorShape> {
  const { id, state, reason, detail, lines } = health;
  const good = lines.flatMap((each) => each.told?.lastGoodAt ?? []);
  return {
    id,
    state,
    reason: reasonOrNull(reason),
    detail,
    lines: lines.map(({ line, state: its }) => ({ id: line.id, collector: line.collector, state: its })),
    meters: metersOn(index, lines),
    lastGoodAt: told(index.registry.timeZone, good.length === 0 ? null : Math.max(...good)),
    addressesRead: sumOf(lines, 'addressesRead'),
    addressesFailing: sumOf(lines, 'addressesFailing'),
  };
}

/** Meters on record for some lines, installed now or not. */
function metersOn(index: RegistryIndex, lines: readonly LineHealth[]): number {
  return lines.reduce((sum, { line }) => sum + index.metersOfLine(line.id).length, 0);
}

/** Null when no line tells the number. */
function sumOf(lines: readonly LineHealth[], name: 'addressesRead' | 'addressesFailing'): number | null {
  const counts = lines.flatMap((each) => each.told?.[name] ?? []);
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}

/** An instant by the clock of a collector; null for one that no calendar has, which a broken clock can tell. */
function told(zone: string, at: number | null | undefined): string | null {
  return at === null || at === undefined || at < 0 || at > LAST_DAY ? null : shown(zone, at);
}

function reasonOrNull(reason: Reason | null): Static<typeof ReasonShape> | null {
  return reason === null ? null : reasonShape(reason);
}

/** Property by property: a newer collector may tell more than the API describes. */
function replyTimes(times: LineStatus['replyMs']): ReplyTimes | null {
  return times ? { p50: times.p50, p90: times.p90, p99: times.p99 } : null;
}
