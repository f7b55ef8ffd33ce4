import type { Recognise } from '../../lines/dial-in-listener-recognise.ts';
import {
  AFN,
  AFN_AT,
  dtOf,
  type Frame,
  findFrame,
  frameEnd,
  LEAST_BYTES,
  NUMBER_BITS,
  UP_BIT,
  WHOLE_BITS,
} from './frame.ts';
import { CONFIRM_CONTROL, encodeFrame } from './frame-encode.ts';

/** F1, F2, F3 of AFN 02. */
const LINK_KINDS = ['login', 'logout', 'heartbeat'] as const;
type LinkKind = (typeof LINK_KINDS)[number];

/** What a terminal says of its connection, or null when the frame is another. */
export function linkKind({ control, afn, da, dt }: Frame): LinkKind | null {
  if (afn !== AFN.link || (control & UP_BIT) === 0 || da !== 0) return null;
  return LINK_KINDS.find((_, i) => dt === dtOf(i + 1)) ?? null;
}

const NOTHING = new Uint8Array(0);

/**
 * Bytes of the answer to a frame of the link, AFN 00 F1 "all confirmed": same terminal, same station, same number
 * (Q/GDW 376.1: the answer repeats the number of the frame that began).
 */
export function encodeConfirm({ terminal, station, seq }: Frame): Uint8Array {
  return encodeFrame({
    control: CONFIRM_CONTROL,
    terminal,
    station,
    afn: AFN.confirm,
    seq: WHOLE_BITS | (seq & NUMBER_BITS),
    da: 0,
    dt: dtOf(1),
    data: NOTHING,
    aux: { password: NOTHING, events: NOTHING, tag: NOTHING },
  });
}

/**
 * Frames of the link are short, though some terminals put their clock behind DT and some a time tag: the high byte of
 * their L is 0. This also tells at once that 68 16, the end of some other frame, is no beginning.
 */
function mayBeShort(bytes: Uint8Array, at: number): boolean {
  const [low, high] = bytes.subarray(at + 1, at + 3);
  return (low === undefined || low >> 2 >= LEAST_BYTES) && (high === undefined || high === 0);
}

/** Terminals whose region is not decimal, broadcasts and groups cannot log in. */
const TERMINAL = /^[0-9]{4}(?!FFFF)[0-9A-F]{4}$/;

/** Finds login, logout and heartbeat at a place in the stream of a terminal that has dialled in. */
export const recogniseGdw376: Recognise = (bytes, at) => {
  const end = frameEnd(bytes, at);
  if (end === null || !mayBeShort(bytes, at)) return null;
  const afn = bytes[at + AFN_AT];
  if (afn !== undefined && afn !== AFN.link) return null;
  if (end === 'more' || end > bytes.length) return 'more';
  const found = findFrame(bytes.subarray(at, end));
  if (found.kind !== 'frame' || found.start !== 0) return null;
  const { frame } = found;
  const kind = linkKind(frame);
  if (kind === null || !TERMINAL.test(frame.terminal) || (frame.station & 1) !== 0) return null;
  return { kind, terminal: frame.terminal, end, reply: encodeConfirm(frame) };
};
