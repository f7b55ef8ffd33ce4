import { CODES, type SlotState, stateOf } from './slot-state.ts';

/** Name of a code of slot-state under which it is kept for ever, such as `answered first` or `failed no_answer`. */
export function codeName(code: number): string {
  return nameOf(stateOf(code));
}

/** Names of all codes, in their order. */
export const CODE_NAMES: readonly string[] = Array.from({ length: CODES }, (_, code) => codeName(code));

const NAMED = new Map(CODE_NAMES.map((name, code) => [name, code]));

/** The code that has a name today; one that is no longer known counts as not due. */
export function codeNamed(name: string): number {
  return NAMED.get(name) ?? 0;
}

function nameOf(state: SlotState): string {
  if (state.state === 'answered') return `answered ${state.pass}`;
  if (state.state === 'failed' || state.state === 'excluded') return `${state.state} ${state.reason}`;
  return state.state;
}
