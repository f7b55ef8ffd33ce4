/**
 * What can be wrong in the simulated field.
 *
 * Talking: `dead` (no answer), `slow` (more delay), `noise` (every n-th reply damaged), `wrong-reply` (answers as another
 * address or with another item), `late-reply` (after any time-out), `junk` (bytes of noise before each reply of a DL/T or
 * RTU meter), `follow-frames` (long answers of a DL/T meter come in pieces of so many bytes), `disagree` (every second
 * reply to the same question shows an import register 5 kWh too high).
 * Terminals: `concentrator-offline` (connection refused, or none made), `drops-connection` (hangs up at every n-th
 * request), `ignores-forwards` (Q/GDW 376.1 only), `double-login` (dials a second time without closing the first).
 * Metering: `stopped`, `reversed`, `under-counting`, `rollover` (the import register passes its end at an instant; it
 * does so because its base is chosen for it, so it is set before the meter is read for the first time).
 * Supply: `no-power` (a terminal of the area tells it with its last breath, and afterwards when it was), `phase-lost` (a
 * single-phase meter on that phase has no power), `voltage-loss` (phase B reads half its voltage while its current flows
 * on), `relay-open`, `breaker-open` (the customer's own, behind the meter), `overload` (customers of an area draw many
 * times their load from 18:00 to 22:00). Records: `wrong-clock`, `stale-freeze`, `bad-profile` (load profile records that do not parse),
 * `no-load-profile`, `no-blocks`, `no-freezes` (refused as a meter would that has no such thing). Tampering, which leaves
 * event records: `cover-open`, `magnetic`.
 */
export const FAULT_KINDS = [
  'dead',
  'slow',
  'noise',
  'wrong-reply',
  'late-reply',
  'concentrator-offline',
  'stopped',
  'reversed',
  'under-counting',
  'rollover',
  'no-power',
  'phase-lost',
  'relay-open',
  'breaker-open',
  'overload',
  'wrong-clock',
  'stale-freeze',
  'junk',
  'follow-frames',
  'disagree',
  'drops-connection',
  'ignores-forwards',
  'double-login',
  'voltage-loss',
  'bad-profile',
  'no-load-profile',
  'no-blocks',
  'no-freezes',
  'cover-open',
  'magnetic',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export const TARGET_KINDS = ['meter', 'area', 'line', 'feeder', 'branch', 'box', 'account'] as const;
export type TargetKind = (typeof TARGET_KINDS)[number];

export interface Target {
  readonly kind: TargetKind;
  /** Branches and boxes are named with their area: `A1/B2`, `A1/X3`. */
  readonly id: string;
}

export const PHASES = ['a', 'b', 'c'] as const;

/** What a reply is mistaken for. */
export const WRONG_REPLIES = ['address', 'item'] as const;
export type WrongReply = (typeof WRONG_REPLIES)[number];

export interface FaultParams {
  /** `slow`, `late-reply`: added to the reply delay. */
  readonly delayMs?: number;
  /** `noise`: one reply of so many is damaged. `drops-connection`: the connection is cut at every n-th request. */
  readonly every?: number;
  /** `wrong-reply`. */
  readonly as?: WrongReply;
  /** `wrong-clock`: meter clock minus true time. */
  readonly offsetS?: number;
  /** `under-counting`: counted ÷ true energy. */
  readonly factor?: number;
  /** `junk`: bytes before a reply. */
  readonly bytes?: number;
  /** `follow-frames`: most bytes of data (DL/T 645) or of an APDU (DL/T 698.45) in one frame. */
  readonly most?: number;
  /** `phase-lost`: b unless named. */
  readonly phase?: (typeof PHASES)[number];
  /** `no-power`: false when no last breath of a terminal or meter arrives. */
  readonly gasp?: boolean;
  /** `overload`: load ÷ usual load. */
  readonly times?: number;
  /** `overload`: evenings, from the day on which it begins. */
  readonly days?: number;
  /** `rollover`: the instant, UTC ms, at which the register reads zero again. */
  readonly at?: number;
  /** `stale-freeze`: local dates whose midnight wrote no freeze; without them, every midnight between from and until. */
  readonly dates?: readonly string[];
}

/** One fault at one place. Instants are UTC ms; null = since ever, for ever. `until` is exclusive. */
export interface Fault {
  readonly id: string;
  readonly kind: FaultKind;
  readonly target: Target;
  readonly from: number | null;
  readonly until: number | null;
  readonly params: FaultParams;
}

export function isActive(fault: Fault, atMs: number): boolean {
  return (fault.from ?? Number.NEGATIVE_INFINITY) <= atMs && atMs < (fault.until ?? Number.POSITIVE_INFINITY);
}

/** The span of a fault in whole seconds. */
export function spanOf(fault: Fault): { readonly fromS: number; readonly untilS: number } {
  return {
    fromS: fault.from === null ? Number.NEGATIVE_INFINITY : Math.floor(fault.from / 1000),
    untilS: fault.until === null ? Number.POSITIVE_INFINITY : Math.floor(fault.until / 1000),
  };
}
