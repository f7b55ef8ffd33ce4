import { EPOCH_S } from '../clock/local-time.ts';
import { type Fault, spanOf } from '../faults/fault.ts';

/** A moment at which the meter wrote a record: what its clock showed, and when that truly was (UTC s). */
export interface Mark {
  readonly stampS: number;
  readonly takenS: number;
}

interface Piece {
  readonly fromS: number;
  readonly untilS: number;
  readonly offsetS: number;
}

/**
 * The clock inside a meter: true time plus an offset that jumps when a fault begins or ends. What a meter writes at
 * "00:00" it writes when this clock shows 00:00.
 */
export class MeterClock {
  /** Earliest first, without gaps. */
  readonly #pieces: Piece[] = [];

  constructor(baseOffsetS: number, faults: readonly Fault[]) {
    const wrong = faults.filter(({ kind }) => kind === 'wrong-clock');
    const borders = [...new Set(wrong.flatMap((fault) => Object.values(spanOf(fault))))].sort((a, b) => a - b);
    const edges = [Number.NEGATIVE_INFINITY, ...borders.filter(Number.isFinite), Number.POSITIVE_INFINITY];
    for (let i = 0; i + 1 < edges.length; i++) {
      const fromS = edges[i] ?? 0;
      const untilS = edges[i + 1] ?? 0;
      const active = wrong.filter((fault) => spanOf(fault).fromS <= fromS && untilS <= spanOf(fault).untilS);
      const offsetS = active.reduce((sum, { params }) => sum + (params.offsetS ?? 0), baseOffsetS);
      this.#pieces.push({ fromS, untilS, offsetS });
    }
  }

  offsetAt(second: number): number {
    return this.#pieces.findLast(({ fromS }) => fromS <= second)?.offsetS ?? 0;
  }

  /** What the meter's clock shows, as UTC seconds. */
  shows(second: number): number {
    return second + this.offsetAt(second);
  }

  /**
   * Moments up to a true second at which this clock passed a multiple of `stepS` counted from local midnight, latest
   * first, back to the epoch. A jump of the clock passes nothing; a jump back passes the same time twice.
   */
  *marks(stepS: number, upTo: number): Generator<Mark> {
    for (const { fromS, untilS, offsetS } of this.#pieces.toReversed()) {
      const last = Math.min(upTo, untilS - 1) + offsetS;
      const first = Math.max(fromS, EPOCH_S);
      let stampS = EPOCH_S + Math.floor((last - EPOCH_S) / stepS) * stepS;
      for (; stampS - offsetS >= first; stampS -= stepS) yield { stampS, takenS: stampS - offsetS };
    }
  }

  /** When this clock last passed a time, or undefined if it never did. */
  takenAt(stampS: number): number | undefined {
    const piece = this.#pieces.findLast(
      ({ fromS, untilS, offsetS }) => fromS <= stampS - offsetS && stampS - offsetS < untilS,
    );
    return piece ? stampS - piece.offsetS : undefined;
  }
}
