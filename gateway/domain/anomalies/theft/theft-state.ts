import { THEFT_PARAMETERS as P } from './theft-parameters.ts';

/** How long a score has been high or low, in judged days; `isOpen` while the suspicion lasts. */
export interface TheftState {
  readonly isOpen: boolean;
  readonly days: number;
  /** The last business date that was judged. */
  readonly date: string;
}

/**
 * The state after one more judged day: a suspicion opens when the score was high for some days on end, and ends when it
 * was low for longer. Days without a score are not judged, and change nothing; nor does a day that was judged before.
 */
export function nextTheftState(known: TheftState | null, date: string, score: number): TheftState {
  const state = known ?? { isOpen: false, days: 0, date: '' };
  if (date <= state.date) return state;
  const speaksForChange = state.isOpen ? score < P.closeScore : score >= P.openScore;
  if (!speaksForChange) return { ...state, days: 0, date };
  const days = state.days + 1;
  return days >= (state.isOpen ? P.closeDays : P.openDays)
    ? { isOpen: !state.isOpen, days: 0, date }
    : { ...state, days, date };
}
