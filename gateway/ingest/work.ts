import type { EventRow } from '#contract/envelope.ts';
import type { Baseline } from '#domain/validation/register.ts';
import type { TimeFault } from '#domain/validation/row-times.ts';
import type { JobResult } from '#stores/job-store.ts';
import type { NewReadings } from '#stores/reading-store.ts';
import type { QuarantineEntry, StoredOutcome } from '#stores/state-store.ts';
import type { Arrival } from './arrival.ts';
import type { KnownMeter } from './known-meters.ts';
import type { TakenReading } from './taken-reading.ts';

/** Characters of a refused row that are kept; no row of ours is longer. */
const MAX_KEPT = 4096;

/** What becomes of one envelope. */
export class Work {
  readonly readings: NewReadings[] = [];
  readonly outcomes: StoredOutcome[] = [];
  readonly events: EventRow[] = [];
  readonly jobResults: JobResult[] = [];
  readonly taken: TakenReading[] = [];
  /** Baselines that rows of the envelope moved, with what stood there before. */
  readonly moves: { readonly known: KnownMeter; readonly before: Baseline | null }[] = [];
  readonly quarantine: QuarantineEntry[] = [];
  readonly arrival: Arrival;
  readonly now: number;
  /** How far the row that is furthest ahead of `now` is ahead of it, ms; 0 when none is too far. */
  aheadMs = 0;

  constructor(arrival: Arrival, now: number) {
    this.arrival = arrival;
    this.now = now;
  }

  /** The rows after this one are held against the new baseline. */
  move(known: KnownMeter, to: Baseline): void {
    this.moves.push({ known, before: known.baseline });
    known.baseline = to;
  }

  /** Puts back every baseline that was moved. */
  undo(): void {
    for (const { known, before } of this.moves.reverse()) known.baseline = before;
  }

  refuse(kind: string, why: string, content: string): void {
    const { collector, envelope } = this.arrival;
    const { epoch, seq } = envelope ?? { epoch: '', seq: 0 };
    this.quarantine.push({ at: this.now, collector, epoch, seq, kind, why, content });
  }

  /** Sets a row aside with everything that is needed to take it later. */
  refuseRow(kind: string, why: string, row: object): void {
    this.refuse(kind, why, JSON.stringify(row).slice(0, MAX_KEPT));
  }

  stranger(meter: string, row: object): void {
    this.refuseRow('unknown_meter', `${this.arrival.collector} reads no meter ${meter}`, row);
  }

  untimely(fault: TimeFault, row: object): void {
    if (fault.kind === 'future') {
      this.aheadMs = Math.max(this.aheadMs, fault.aheadMs);
      this.refuseRow(fault.kind, `${Math.round(fault.aheadMs / 1000)} s ahead of the clock of the centre`, row);
    } else {
      this.refuseRow(fault.kind, `${Math.round(fault.earlyMs / 1000)} s before the meter was installed`, row);
    }
  }
}
