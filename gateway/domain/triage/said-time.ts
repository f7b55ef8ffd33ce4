import { dateOf, isoLocal } from '#contract/zone.ts';
import type { TriageInput } from './triage-types.ts';

/** Local time as it is said on the telephone, with the date when it is not today's. */
export function saidTime({ zone, now }: Pick<TriageInput, 'zone' | 'now'>, at: number): string {
  const text = isoLocal(zone, at);
  return dateOf(zone, at) === dateOf(zone, now) ? text.slice(11, 16) : `${text.slice(5, 10)} ${text.slice(11, 16)}`;
}
