import type { ReadingConflict, RejectedReading, WriteResult } from '#stores/reading-store.ts';
import type { Baseline, CollectorMark, LedgerCommit, QuarantineEntry } from '#stores/state-store.ts';
import type { Arrival } from './arrival.ts';
import type { Judged } from './judge.ts';
import { type KindOf, toldOf } from './told-rows.ts';

/** Envelopes that go through the stores together. */
export interface Group {
  /** All that came, to be acked. */
  readonly arrivals: readonly Arrival[];
  /** What is written for those that were not there already. */
  readonly judged: Judged;
  /** Marks of their collectors after the group, by collector and epoch. */
  readonly marks: ReadonlyMap<string, CollectorMark>;
}

/** A group whose readings are in the store and were seen by the detectors. */
export interface WrittenGroup extends Group {
  readonly written: WriteResult;
  /** When its writing began, monotonic ms. */
  readonly begun: number;
}

/** What the ledger has to keep of groups, in their order, as one commit. `at` is the clock of the centre, UTC ms. */
export function ledgerOf(groups: readonly WrittenGroup[], at: number, kindOf: KindOf): LedgerCommit {
  const feed = toldOf(groups, kindOf);
  const baselines = new Map<string, Baseline>();
  const marks = new Map<string, CollectorMark>();
  for (const { judged, marks: after } of groups) {
    for (const baseline of judged.ledger.baselines) baselines.set(baseline.meter, baseline);
    for (const [key, mark] of after) marks.set(key, mark);
  }
  return {
    outcomes: groups.flatMap(({ judged }) => judged.ledger.outcomes),
    events: groups.flatMap(({ judged }) => judged.ledger.events),
    quarantine: groups.flatMap(({ judged, written }) => [
      ...judged.ledger.quarantine,
      ...written.conflicts.map((conflict) => conflictEntry(conflict, at)),
      ...(written.rejected ?? []).map((each) => rejectedEntry(each, at)),
    ]),
    baselines: [...baselines.values()],
    marks: [...marks.values()],
    ...(feed && { feed }),
  };
}

function conflictEntry({ task, stored, refused }: ReadingConflict, at: number): QuarantineEntry {
  return {
    at,
    collector: '',
    epoch: '',
    seq: 0,
    kind: 'conflict',
    why: `${task} of ${refused.meter} at ${refused.slot} is stored with other values`,
    content: JSON.stringify({ task, stored, refused }),
  };
}

function rejectedEntry({ task, reading, why }: RejectedReading, at: number): QuarantineEntry {
  return {
    at,
    collector: '',
    epoch: '',
    seq: 0,
    kind: 'store_rejected',
    why: `${task} of ${reading.meter} at ${reading.slot} is rejected by the store: ${why}`,
    content: JSON.stringify({ task, reading }),
  };
}
