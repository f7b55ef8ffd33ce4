import { type Fault, isActive, type WrongReply } from '../faults/fault.ts';
import { hash32 } from '../load/hash.ts';

/** What the faults of a meter make of one of its replies. */
export interface Reaction {
  readonly silent: boolean;
  readonly delayMs: number;
  readonly late: boolean;
  readonly wrong: WrongReply | null;
  readonly damaged: boolean;
  /** Bytes of noise before the reply. */
  readonly junk: number;
}

const USUAL: Reaction = { silent: false, delayMs: 0, late: false, wrong: null, damaged: false, junk: 0 };

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
  if (kind === 'junk') return { junk: so.junk + (params.bytes ?? 0) };
  return {};
}

/** What arrives on a serial line of a reply: with its damage, and after the noise that came before it. */
export function onTheWire(bytes: Uint8Array, { damaged: isDamaged, junk }: Reaction, nth: number): Uint8Array {
  const sent = isDamaged ? damaged(bytes, nth) : bytes;
  if (junk === 0) return sent;
  // Every second time it begins like a frame, which a receiver must get over.
  const noise = Uint8Array.from({ length: junk }, (_, i) => (i === 0 && nth % 2 === 0 ? 0x68 : hash32(nth, i) & 0xff));
  return Uint8Array.from([...noise, ...sent]);
}

/** One bit of one byte after the header is wrong, which every checksum in use notices. */
function damaged(bytes: Uint8Array, nth: number): Uint8Array {
  const result = Uint8Array.from(bytes);
  const at = Math.floor(result.length / 2);
  result[at] = (result[at] ?? 0) ^ (1 << (nth % 8));
  return result;
}
