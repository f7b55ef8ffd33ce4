import type { DarkRun } from './dark-run.ts';
import type { OutageSettings } from './settings.ts';

/** Ascending by start, then by meter, so that nothing depends on the order in which runs came. */
export function inOrder(runs: readonly DarkRun[]): DarkRun[] {
  return [...runs].sort((a, b) => a.start - b.start || a.meter - b.meter);
}

/**
 * The runs that begin together: the most that do within `windowMs`, of several as many the earliest; and those that may
 * have begun with them, because they are known only from reads and were last seen lit before. `runs` ascending by start.
 */
export function densest(runs: readonly DarkRun[], settings: Pick<OutageSettings, 'windowMs' | 'joinMs'>): DarkRun[] {
  let [best, most, first] = [0, 0, 0];
  for (let place = 0; place < runs.length; place++) {
    const start = runs[place]?.start ?? 0;
    while ((runs[first]?.start ?? start) < start - settings.windowMs) first++;
    if (place - first + 1 > most) [best, most] = [first, place - first + 1];
  }
  const from = runs[best]?.start ?? 0;
  let end = 0;
  for (let place = best; place < best + most; place++) {
    end = Math.max(end, runs[place]?.end ?? Number.POSITIVE_INFINITY);
  }
  return runs.filter((run, place) => {
    if (place >= best && place < best + most) return true;
    if (place < best || run.exactStart || run.start >= end) return false;
    return run.onBefore <= from + settings.windowMs && run.start <= from + settings.joinMs;
  });
}

/** The value below which `share` of them lie; the last one when they are few. 0 of none. */
export function quantileOf(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
