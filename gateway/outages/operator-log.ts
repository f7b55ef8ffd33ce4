import type { Outage, OutageHead, OutageKind } from '#contract/outage.ts';
import type { Logger } from '#platform/logger.ts';

/** In a storm one line stands for all that happened in this time, ms. */
const STORM_LINE_MS = 60_000;

type Level = 'debug' | 'info' | 'warn';
type Line = readonly [level: Level, message: string, counted: Counted | null];
type Counted = 'opened' | 'restored' | 'unconfirmed';

/**
 * Tells the operator once when supply is lost, when it may be, when it is back and when only readings are missing; what
 * else is learnt of an incident stands at level debug. In a storm nobody could read it: there a line a minute counts.
 */
export class OperatorLog {
  readonly #logger: Logger;
  readonly #counts: Record<Counted, number> = { opened: 0, restored: 0, unconfirmed: 0 };
  #lineAt = Number.NEGATIVE_INFINITY;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  tell(outage: Outage, before: OutageHead | null, storm: boolean): void {
    const [level, message, counted] = lineOf(outage, before);
    if (storm && counted !== null) {
      this.#counts[counted] += 1;
      return;
    }
    const { id, kind, node, nodeId, phase, members, customers, confidence } = outage;
    const fields = { outage: id, kind, node, nodeId, phase, meters: Math.max(members.length, customers), confidence };
    this.#logger[level](fields, message);
  }

  /** Says what was counted, once a minute at most while the storm lasts. `mono`: monotonic ms. */
  tick(storm: boolean, mono: number): void {
    if (storm && mono - this.#lineAt < STORM_LINE_MS) return;
    const counts = { ...this.#counts };
    if (counts.opened + counts.restored + counts.unconfirmed === 0) return;
    this.#lineAt = mono;
    for (const name of Object.keys(counts) as Counted[]) this.#counts[name] = 0;
    this.#logger.warn(counts, 'many outages at once; the list of outages has each of them');
  }
}

function lineOf(outage: Outage, before: OutageHead | null): Line {
  const { state, kind } = outage;
  if (state === before?.state) return ['debug', 'more is known of the outage', null];
  switch (state) {
    case 'unconfirmed':
      return ['info', 'supply may be lost; it is being looked into', 'unconfirmed'];
    case 'open':
      return begun(kind, before?.state === 'restored');
    case 'restored':
      return ended(kind, before === null);
    case 'dismissed':
      return [before === null ? 'debug' : 'info', 'supply was not lost after all', null];
  }
}

function begun(kind: OutageKind, again: boolean): Line {
  if (kind === 'collection') return ['warn', 'readings are missing because the way to the meters is down', 'opened'];
  if (kind === 'planned') return ['info', 'supply is off as announced', 'opened'];
  if (again) return ['warn', 'supply is not back after all', 'opened'];
  return ['warn', kind === 'phase-lost' ? 'supply is lost on one phase' : 'supply is lost', 'opened'];
}

function ended(kind: OutageKind, atOnce: boolean): Line {
  if (kind === 'collection') return ['info', 'the way to the meters works again', 'restored'];
  if (kind === 'planned') return ['info', 'supply is back after announced work', 'restored'];
  if (atOnce) return ['warn', 'supply was lost and is back', 'restored'];
  return ['warn', kind === 'phase-lost' ? 'supply is back on all phases' : 'supply is back', 'restored'];
}
