import { OFF_FACTS, type OffPoint, type Recorded, type Run, type RunSettings, type TimelinePoints } from './run.ts';
import { runsOf } from './runs-of.ts';

const MAX_RUNS = 8;
const MAX_POINTS = 24;
const MAX_SILENTS = 12;
/** Points that stay of a stretch of like ones when there are too many: the first, and the newest. */
const KEPT_NEWEST = 4;

/**
 * Moments with and without supply of one meter, phase, terminal or way, as a set: the same in any order, any number of
 * times, gives the same interruptions. It keeps the newest eight interruptions; as long as it never held more than two
 * dozen points of a sort, nothing between them is lost either.
 */
export class Timeline {
  readonly #settings: RunSettings;
  #offs: OffPoint[];
  #records: Recorded[];
  #ons: number[];
  #silents: number[];
  #forgotten: number;
  #runs: readonly Run[] | null = null;

  constructor(settings: RunSettings, points?: TimelinePoints) {
    this.#settings = settings;
    this.#offs = [...(points?.offs ?? [])];
    this.#records = [...(points?.records ?? [])];
    this.#ons = [...(points?.ons ?? [])];
    this.#silents = [...(points?.silents ?? [])];
    this.#forgotten = points?.forgotten ?? 0;
  }

  get points(): TimelinePoints {
    return {
      offs: this.#offs,
      records: this.#records,
      ons: this.#ons,
      silents: this.#silents,
      forgotten: this.#forgotten,
    };
  }

  /** Ascending; at most eight. */
  get runs(): readonly Run[] {
    this.#runs ??= runsOf(this.points, this.#settings);
    return this.#runs;
  }

  /** Each `add…` tells whether something new was learnt. */
  addOff(point: OffPoint): boolean {
    if (point.at <= this.#forgotten) return false;
    const place = this.#offs.findLastIndex(({ at }) => at <= point.at);
    const known = this.#offs[place];
    if (known?.at === point.at) {
      const by = OFF_FACTS.indexOf(point.by) < OFF_FACTS.indexOf(known.by) ? point.by : known.by;
      if (by === known.by && point.seenAt >= known.seenAt) return false;
      this.#offs[place] = { at: point.at, by, seenAt: Math.min(point.seenAt, known.seenAt) };
    } else {
      this.#offs.splice(place + 1, 0, point);
    }
    return this.#changed();
  }

  /** Of records with one start, the longest counts. */
  addRecord(record: Recorded): boolean {
    if (record.end <= this.#forgotten) return false;
    const place = this.#records.findLastIndex(({ start }) => start <= record.start);
    const known = this.#records[place];
    if (known?.start === record.start) {
      if (known.end >= record.end && known.seenAt <= record.seenAt) return false;
      const end = Math.max(known.end, record.end);
      this.#records[place] = { start: record.start, end, seenAt: Math.min(known.seenAt, record.seenAt) };
    } else {
      this.#records.splice(place + 1, 0, record);
    }
    return this.#changed();
  }

  /** Supply at `at`. What lies after the last interruption is over need not be told: `needsOn`. */
  addOn(at: number): boolean {
    return at > this.#forgotten && insert(this.#ons, at) && this.#changed();
  }

  needsOn(at: number): boolean {
    const dark = Math.max(this.#offs.at(-1)?.at ?? 0, this.#records.at(-1)?.end ?? 0);
    const tail = Math.max(this.#ons.at(-1) ?? 0, this.#records.at(-1)?.end ?? 0);
    return tail < dark || at < tail;
  }

  /** It was asked at `at` and did not answer: that only tells how long an interruption is known to last. */
  addSilent(at: number): boolean {
    if (at <= this.#forgotten || !insert(this.#silents, at)) return false;
    if (this.#silents.length > MAX_SILENTS) {
      // The moment before its own word that supply is back tells when that was; it goes last.
      this.#silents.splice(
        Math.max(
          0,
          this.#silents.findIndex((each) => !this.#ons.includes(each + 1)),
        ),
        1,
      );
    }
    this.#runs = null;
    return true;
  }

  /** Moments in (from, to) at which it did not answer, ascending. */
  silentsBetween(from: number, to: number): readonly number[] {
    return this.#silents.filter((at) => at > from && at < to);
  }

  silentBetween(from: number, to: number): number {
    const silents = this.#silents;
    for (let place = silents.length - 1; place >= 0; place--) {
      const at = silents[place] ?? 0;
      if (at > from && at < to) return at;
    }
    return 0;
  }

  /** The first known moment with supply after one, or Infinity: up to there it matters what was true at that one. */
  nextOn(after: number): number {
    let next = this.#ons.find((at) => at > after) ?? Number.POSITIVE_INFINITY;
    for (const { end } of this.#records) if (end > after) next = Math.min(next, end);
    return next;
  }

  get newestOn(): number {
    return this.#ons.at(-1) ?? 0;
  }

  get forgotten(): number {
    return this.#forgotten;
  }

  litBetween(from: number, to: number): number | null {
    return this.#ons.find((at) => at > from && at < to) ?? null;
  }

  /** Leaves out whatever ended up to here, for good. */
  forget(until: number): void {
    this.#forgotten = Math.max(this.#forgotten, until);
    this.#offs = this.#offs.filter(({ at }) => at > this.#forgotten);
    this.#records = this.#records.filter(({ end }) => end > this.#forgotten);
    this.#ons = this.#ons.filter((at) => at > this.#forgotten);
    this.#silents = this.#silents.filter((at) => at > this.#forgotten);
    this.#runs = null;
  }

  #changed(): boolean {
    this.#runs = null;
    const { runs } = this;
    const surplus = runs[runs.length - MAX_RUNS - 1];
    if (surplus) this.forget(surplus.end ?? surplus.until);
    if (this.#offs.length > MAX_POINTS) this.#thinOffs();
    if (this.#ons.length > MAX_POINTS)
      this.#ons = thinned(
        this.#ons,
        this.#offs.map(({ at }) => at),
      );
    if (this.#records.length > MAX_POINTS) this.forget(this.#records[0]?.end ?? 0);
    return true;
  }

  #thinOffs(): void {
    const kept = new Set(
      thinned(
        this.#offs.map(({ at }) => at),
        this.#ons,
      ),
    );
    this.#offs = this.#offs.filter(({ at }) => kept.has(at));
  }
}

/** Adds to an ascending list; false when it is there. */
function insert(list: number[], value: number): boolean {
  const place = list.findLastIndex((each) => each <= value);
  if (list[place] === value) return false;
  list.splice(place + 1, 0, value);
  return true;
}

/** Ascending values without the inner ones of each stretch that none of `others` parts; still too many: the newest. */
function thinned(values: readonly number[], others: readonly number[]): number[] {
  const kept: number[] = [];
  let stretch: number[] = [];
  const close = (): void => {
    kept.push(...(stretch.length > KEPT_NEWEST ? [stretch[0] ?? 0, ...stretch.slice(-KEPT_NEWEST)] : stretch));
    stretch = [];
  };
  for (const value of values) {
    const before = stretch.at(-1);
    if (before !== undefined && others.some((other) => other > before && other < value)) close();
    stretch.push(value);
  }
  close();
  return kept.slice(-MAX_POINTS);
}
