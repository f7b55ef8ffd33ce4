import type { Quality } from '#contract/quality.ts';
import { EXCLUSIONS, type Exclusion, REASONS, type Reason } from '#contract/reasons.ts';
import type { DueClass } from './due-class.ts';
import { PASSES, type Pass } from './slot-times.ts';

/**
 * State of a (meter, slot). Everything that is due is exactly one of answered, suspect, failed, open or excluded.
 * `suspect`: a value came, but validation does not vouch for it. `open`: nothing was heard of it yet.
 */
export type SlotState =
  | { readonly state: 'answered'; readonly pass: Pass }
  | { readonly state: 'suspect' | 'open' | 'not_due' | 'not_installed' }
  | { readonly state: 'failed'; readonly reason: Reason }
  | { readonly state: 'excluded'; readonly reason: Exclusion };

/**
 * How a value counts for collection. `valid` and `late` are values that the meter gave and validation passed; `suspect`
 * and `raw` are values that nobody vouches for; what a person wrote or a rule estimated is no collected value at all.
 */
export const QUALITY_COUNTS: Readonly<Record<Quality, 'answered' | 'suspect' | 'nothing'>> = {
  valid: 'answered',
  late: 'answered',
  raw: 'suspect',
  suspect: 'suspect',
  manual: 'nothing',
  edited: 'nothing',
  estimated: 'nothing',
  missing: 'nothing',
};

/**
 * States as bytes, so that a day of a million meters is a million bytes. In rising order of what they say of a meter's
 * day: excluded, then the passes, then suspect; `open` and the failures are looked for by themselves.
 */
const STATES: readonly SlotState[] = [
  { state: 'not_due' },
  { state: 'not_installed' },
  ...EXCLUSIONS.map((reason) => ({ state: 'excluded', reason }) as const),
  { state: 'open' },
  ...PASSES.map((pass) => ({ state: 'answered', pass }) as const),
  { state: 'suspect' },
  ...REASONS.map((reason) => ({ state: 'failed', reason }) as const),
];

function codeWhere(matches: (state: SlotState) => boolean): number {
  return STATES.findIndex(matches);
}

/** Number of codes; every code is below it. */
export const CODES = STATES.length;
export const OPEN = codeWhere(({ state }) => state === 'open');
export const SUSPECT = codeWhere(({ state }) => state === 'suspect');
const FAILED = codeWhere(({ state }) => state === 'failed');
const ANSWERED = codeWhere(({ state }) => state === 'answered');

/** Codes of the ways in which a slot can be owed or not, before anything is reported of it. */
export const CLASS_CODES: Readonly<Record<DueClass, number>> = {
  due: OPEN,
  not_due: codeWhere(({ state }) => state === 'not_due'),
  not_installed: codeWhere(({ state }) => state === 'not_installed'),
  excluded_new: excludedCode('excluded_new'),
  excluded_stopped: excludedCode('excluded_stopped'),
  excluded_outage: excludedCode('excluded_outage'),
  excluded_closed: excludedCode('excluded_closed'),
  excluded_manual: excludedCode('excluded_manual'),
};

function excludedCode(exclusion: Exclusion): number {
  return codeWhere((known) => known.state === 'excluded' && known.reason === exclusion);
}

export function failedCode(reason: Reason): number {
  return FAILED + REASONS.indexOf(reason);
}

export function answeredCode(pass: Pass): number {
  return ANSWERED + PASSES.indexOf(pass);
}

export function isFailed(code: number): boolean {
  return code >= FAILED;
}

/** True when a value stands behind the code, valid or suspect. */
export function hasValue(code: number): boolean {
  return code >= ANSWERED && code <= SUSPECT;
}

export function stateOf(code: number): SlotState {
  return STATES[code] ?? { state: 'not_due' };
}
