export interface Run {
  readonly from: number;
  /** Included. */
  readonly to: number;
}

/** More requests than this for one question cost more than the rows between the slots. */
const MOST_RUNS = 64;

/**
 * Slots as ranges of time, because InfluxQL cannot ask for a list of instants. Slots closer than `joinMs` share a
 * range; what lies between them is read and dropped. `slots` ascending, each once.
 */
export function runsOf(slots: readonly number[], joinMs: number): Run[] {
  for (let join = joinMs; ; join *= 2) {
    const runs: { from: number; to: number }[] = [];
    for (const slot of slots) {
      const last = runs.at(-1);
      if (last && slot - last.to <= join) last.to = slot;
      else runs.push({ from: slot, to: slot });
    }
    if (runs.length <= MOST_RUNS) return runs;
  }
}
