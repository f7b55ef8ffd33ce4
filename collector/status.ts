import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { CollectorStatus, LineStatus } from '#contract/status.ts';
import type { Clock } from '#platform/clock.ts';
import type { Spool } from './spool/spool.ts';

/** Addresses that one status tells of: it goes to the centre twice a minute. */
const MOST_ADDRESSES = 200;
/** Lines in one status, UTF-8: the centre's broker cuts off whoever sends more than 1 MB, and results with it. */
const MOST_LINE_BYTES = 900_000;
/** Detail of a line when there are too many lines for all that is known of them. */
const SHORT_DETAIL = 40;

/** Tells two processes with one id apart. */
export interface Identity {
  readonly instance: string;
  readonly startedAt: number;
  readonly version: string;
}

export function newIdentity(clock: Clock, version: string): Identity {
  return { instance: randomBytes(8).toString('hex'), startedAt: clock.now(), version };
}

/** What is at work; nothing before the first plan. */
export interface Work {
  readonly planVersion: string | null;
  readonly planRefused: { readonly version: string; readonly why: string } | null;
  readonly answered: number;
  readonly failed: number;
  readonly open: number;
  readonly lines: readonly LineStatus[];
}

export const NO_WORK: Work = { planVersion: null, planRefused: null, answered: 0, failed: 0, open: 0, lines: [] };

export async function statusOf(
  identity: Identity,
  spool: Spool,
  clock: Clock,
  online: boolean,
  { planVersion, planRefused, answered, failed, open, lines }: Work,
): Promise<CollectorStatus> {
  const { instance, startedAt, version } = identity;
  return {
    v: 1,
    online,
    instance,
    startedAt,
    host: hostname(),
    at: clock.now(),
    epoch: spool.epoch,
    version,
    planVersion,
    planRefused: planRefused && { version: planRefused.version, why: planRefused.why.slice(0, 2000) },
    spool: await spool.size(),
    replay: spool.replayed,
    ledger: { due: answered + failed + open, answered, failed, open },
    lines: withinBudget(lines),
  };
}

/** Every line, and of the lines with most failing addresses these, as long as there is room. */
function withinBudget(lines: readonly LineStatus[]): LineStatus[] {
  const told = new Map(lines.map((line) => [line, line.addresses ? { ...line, addresses: [] } : line]));
  let bytes = MOST_LINE_BYTES - bytesOf([...told.values()]);
  if (bytes < 0) return lines.map(shortened);
  let left = MOST_ADDRESSES;
  for (const line of lines.toSorted((a, b) => (b.addressesFailing ?? 0) - (a.addressesFailing ?? 0))) {
    const addresses = line.addresses?.slice(0, left) ?? [];
    if (addresses.length === 0) continue;
    bytes -= bytesOf(addresses);
    if (bytes < 0) break;
    left -= addresses.length;
    told.set(line, { ...line, addresses });
  }
  return lines.map((line) => told.get(line) ?? line);
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Only what every status of a line has. */
function shortened(line: LineStatus): LineStatus {
  const { id, state, reason, lastGoodAt, requests, replies, timeouts, damaged, strays, waiting, breakersOpen } = line;
  const detail = line.detail.slice(0, SHORT_DETAIL);
  return {
    ...{ id, state, reason, detail, lastGoodAt, requests, replies, timeouts, damaged, strays },
    ...{ waiting, breakersOpen },
  };
}
