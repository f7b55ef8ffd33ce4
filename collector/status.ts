import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { CollectorStatus, LineStatus } from '#contract/status.ts';
import type { Clock } from '#platform/clock.ts';
import type { Spool } from './spool/spool.ts';

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
  readonly answered: number;
  readonly failed: number;
  readonly open: number;
  readonly lines: readonly LineStatus[];
}

export const NO_WORK: Work = { planVersion: null, answered: 0, failed: 0, open: 0, lines: [] };

export async function statusOf(
  identity: Identity,
  spool: Spool,
  clock: Clock,
  online: boolean,
  { planVersion, answered, failed, open, lines }: Work,
): Promise<CollectorStatus> {
  const { instance, startedAt, version } = identity;
  const { rows, bytes, oldestAt } = await spool.size();
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
    spool: { rows, bytes, oldestAt, lastSeq: spool.lastSeq },
    ledger: { due: answered + failed + open, answered, failed, open },
    lines: [...lines],
  };
}
