import { type Fault, isActive, type WrongReply } from '../faults/fault.ts';

/** What the faults of a meter make of one of its replies. */
export interface Reaction {
  readonly silent: boolean;
  readonly delayMs: number;
  readonly late: boolean;
  readonly wrong: WrongReply | null;
  readonly damaged: boolean;
}

const USUAL: Reaction = { silent: false, delayMs: 0, late: false, wrong: null, damaged: false };

/** `nth`: how manieth reply of this meter it is, from 1 on. Delays add up; silence wins over everything. */
export function reactionTo(faults: readonly Fault[], atMs: number, nth: number): Reaction {
  let reaction = USUAL;
  for (const fault of faults) {
    if (isActive(fault, atMs)) reaction = { ...reaction, ...change(fault, reaction, nth) };
  }
  return reaction;
}

function change({ kind, params }: Fault, so: Reaction, nth: number): Partial<Reaction> {
  if (kind === 'dead' || kind === 'concentrator-offline') return { silent: true };
  if (kind === 'slow') return { delayMs: so.delayMs + (params.delayMs ?? 0) };
  if (kind === 'late-reply') return { delayMs: so.delayMs + (params.delayMs ?? 0), late: true };
  if (kind === 'wrong-reply') return { wrong: params.as ?? 'address' };
  if (kind === 'noise') return { damaged: so.damaged || nth % (params.every ?? 1) === 0 };
  return {};
}

/** One bit of one byte after the header is wrong, which every checksum in use notices. */
export function damaged(bytes: Uint8Array, nth: number): Uint8Array {
  const result = Uint8Array.from(bytes);
  const at = Math.floor(result.length / 2);
  result[at] = (result[at] ?? 0) ^ (1 << (nth % 8));
  return result;
}
