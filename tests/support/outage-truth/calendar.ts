import { MINUTE, type SiteMeter, type TruthSite } from './site.ts';

const MARGIN = 30 * MINUTE;
const APART = 20 * MINUTE;

/**
 * Keeps what happens by chance far enough apart to be told apart by anybody: nothing befalls a meter twice at a time,
 * and two things in one area, or two of more than one meter on one feeder, do not begin or end together.
 */
export class Calendar {
  readonly #site: TruthSite;
  readonly #busy = new Map<number, (readonly [number, number])[]>();
  readonly #marks = new Map<string, number[]>();

  constructor(site: TruthSite) {
    this.#site = site;
  }

  /** Takes the time for the meters when it is free. `ends` are all moments at which some of them come back. */
  take(meters: readonly SiteMeter[], from: number, ends: readonly number[]): boolean {
    const to = Math.max(...ends);
    if (to > this.#site.end - 3 * 86_400_000) return false;
    const names = this.#names(meters);
    for (const name of names) {
      const marks = this.#marks.get(name) ?? [];
      if ([from, ...ends].some((time) => marks.some((mark) => Math.abs(mark - time) < APART))) return false;
    }
    for (const { n } of meters) {
      const busy = this.#busy.get(n) ?? [];
      if (busy.some(([begin, end]) => from < end + MARGIN && to > begin - MARGIN)) return false;
    }
    for (const name of names) this.#marks.set(name, [...(this.#marks.get(name) ?? []), from, ...ends]);
    for (const { n } of meters) this.#busy.set(n, [...(this.#busy.get(n) ?? []), [from, to]]);
    return true;
  }

  #names(meters: readonly SiteMeter[]): Set<string> {
    const names = new Set<string>();
    for (const { area } of meters) {
      names.add(`area ${area}`);
      if (meters.length > 1) names.add(`feeder ${this.#site.area(area).feeder}`);
    }
    return names;
  }
}
