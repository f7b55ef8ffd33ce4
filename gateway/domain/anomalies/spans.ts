import type { JudgedMeter } from './judged-meter.ts';

/** Place of the span in which the meter was in the field at an instant, or -1. */
export function spanAt({ spans }: Pick<JudgedMeter, 'spans'>, at: number): number {
  for (let i = 0; i < spans.length; i++) {
    const span = spans[i];
    if (span && span.from <= at && at < span.to) return i;
  }
  return -1;
}
