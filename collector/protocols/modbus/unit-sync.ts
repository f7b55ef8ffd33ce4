import type { RegisterRequest } from './register-request.ts';

/** A reply that has not come this long after its request was given up, while the line was drained, never will. */
const FORGET_MS = 60_000;

interface Sent {
  readonly request: RegisterRequest;
  answered: boolean;
  /** When its exchange ended, monotonic ms. */
  at: number;
}

/**
 * Which replies of one RTU unit may still be on their way. An RTU reply names unit, function and length, but no
 * register: a late reply looks exactly like the answer to the next question of the same length. What helps is that a
 * device answers in order. When the reply to a question of another length arrives, everything asked before has been
 * answered or never will be; such a question is the *sync probe*.
 *
 * A reply may also come twice. So the request answered last stays at the head of the list, and the next question of
 * the same length for another register needs a probe before it.
 */
export class UnitSync {
  /** Oldest first; only the first may be answered. */
  #sent: Sent[] = [];
  /** Until when a reply to a question from before `since` may come: another reader may have asked, and been stopped. */
  #pastUntil: number;

  /** `since` is when this unit is first asked, monotonic ms. */
  constructor(since: number) {
    this.#pastUntil = since + FORGET_MS;
  }

  /** True when a reply to `next` could be taken for the reply to something else. */
  needsProbe(next: RegisterRequest, now: number): boolean {
    this.#forget(now);
    if (now < this.#pastUntil) return true;
    return this.#sent.some(
      ({ request, answered }) => !answered || (looksLike(request, next) && request.address !== next.address),
    );
  }

  /**
   * How many registers to ask the probe for: the reply differs in length from all that may still come and from that
   * of `next`. When every length is taken, the one first asked for last: its reply rules out the most. While the past
   * is unknown, a length that is asked for seldom.
   */
  probeQuantity(next: RegisterRequest | null, quantities: readonly number[]): number {
    const taken = this.#sent.map(({ request }) => request.quantity);
    const untaken = quantities.filter((quantity) => !taken.includes(quantity));
    const free = this.#pastUntil === 0 ? untaken : untaken.toReversed();
    const best = free.find((quantity) => quantity !== next?.quantity) ?? free[0];
    return best ?? quantities.toSorted((a, b) => taken.indexOf(b) - taken.indexOf(a))[0] ?? 1;
  }

  sent(request: RegisterRequest, now: number): void {
    this.#sent.push({ request, answered: false, at: now });
  }

  /** A reply of the right length came for the request sent last. */
  answered(now: number): void {
    const last = this.#sent.at(-1);
    if (!last) return;
    this.#pastUntil = 0;
    last.at = now;
    // With others still open it may be the reply to the first of them that looks like it.
    const first = this.#othersOpen(last) ? this.#sent.findIndex((sent) => looksLike(sent.request, last.request)) : -1;
    this.#sent = this.#sent.slice(first);
    const [head] = this.#sent;
    if (head) head.answered = true;
  }

  /**
   * The request sent last got no reply that could be used. An exception is none either: it names no length, so it may
   * have been a late one, and the reply is still to come.
   */
  lost(now: number): void {
    const last = this.#sent.at(-1);
    if (last) last.at = now;
  }

  #othersOpen(last: Sent): boolean {
    return this.#sent.some((sent) => sent !== last && !sent.answered);
  }

  #forget(now: number): void {
    if (this.#sent.length > 0) this.#sent = this.#sent.filter(({ at }) => now - at < FORGET_MS);
  }
}

/** True when the replies cannot be told apart. */
function looksLike(a: RegisterRequest, b: RegisterRequest): boolean {
  return a.functionCode === b.functionCode && a.quantity === b.quantity;
}
