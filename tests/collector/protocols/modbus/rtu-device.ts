import type { Clock } from '#platform/clock.ts';
import type { StubLink } from '../../lines/stub-link.ts';
import { rtu, rtuReply } from './rtu-wire.ts';

/** What becomes of one reply. */
export interface Fate {
  readonly kind: 'reply' | 'lost' | 'exception';
  /** After the request, or after the reply before it if that is later: a device answers in order. */
  readonly delayMs: number;
  /** The reply comes again so many ms later. */
  readonly againAfterMs: number | null;
}

/** Word that a register of a unit holds: different for every register. */
export function wordAt(unit: number, address: number): number {
  return (address * 37 + unit * 1009) & 0xffff;
}

/** RTU devices on a line. Every unit answers its requests in order, each with the next fate; then promptly. */
export class RtuDevice {
  readonly #link: StubLink;
  readonly #clock: Clock;
  readonly #fates: Fate[];
  readonly #busyUntil = new Map<number, number>();
  requests = 0;

  constructor(link: StubLink, clock: Clock, fates: readonly Fate[] = []) {
    this.#link = link;
    this.#clock = clock;
    this.#fates = [...fates];
    link.onWrite = (bytes) => this.#answer(bytes);
  }

  /** What becomes of the next reply. */
  next(fate: Fate): void {
    this.#fates.unshift(fate);
  }

  #answer(request: Uint8Array): void {
    const [unit = 0, functionCode = 0, high = 0, low = 0, , quantity = 0] = request;
    this.requests++;
    const { kind, delayMs, againAfterMs } = this.#fates.shift() ?? { kind: 'reply', delayMs: 5, againAfterMs: null };
    if (kind === 'lost') return;
    const words = Array.from({ length: quantity }, (_, i) => wordAt(unit, high * 256 + low + i));
    const frame = kind === 'exception' ? rtu(unit, functionCode + 0x80, 4) : rtuReply(unit, functionCode, words);
    this.#deliver(unit, frame, this.#clock.mono() + delayMs);
    if (againAfterMs !== null) this.#deliver(unit, frame, (this.#busyUntil.get(unit) ?? 0) + againAfterMs);
  }

  #deliver(unit: number, frame: Uint8Array, notBefore: number): void {
    const at = Math.max(this.#busyUntil.get(unit) ?? 0, notBefore);
    this.#busyUntil.set(unit, at);
    this.#clock.after('reply', at - this.#clock.mono(), () => this.#link.deliver(...frame));
  }
}
