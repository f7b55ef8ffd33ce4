import type { Reason } from '#contract/reasons.ts';
import type { Next } from '#platform/errors.ts';

/**
 * What a protocol says of the bytes received so far for its open request:
 * `more`: nothing complete yet, wait; `used` leading bytes can begin no frame: drop them; with `begun` false what is left
 * may begin a frame, but not the reply; `frame`: the reply, `used` bytes of it; `stray`: a complete frame that answers
 * something else (late, doubled, foreign): drop `used` bytes and go on waiting; `damaged`: no frame can come of this,
 * give up and let the line fall quiet; `next` is `retry` unless named; `answered` when it was a sound reply of the meter
 * but for its content.
 */
export type Verdict<T> =
  | { readonly kind: 'more'; readonly used?: number; readonly begun?: boolean }
  | { readonly kind: 'frame'; readonly value: T; readonly used: number }
  | { readonly kind: 'stray'; readonly used: number; readonly reason: Reason }
  | {
      readonly kind: 'damaged';
      readonly reason: Reason;
      readonly detail: string;
      readonly next?: Next;
      readonly answered?: boolean;
    };

/** Pure: looks at all bytes received since the request and not yet used. */
export type Scan<T> = (received: Uint8Array) => Verdict<T>;

/** What a line offers to the protocol clients: one request, one reply. */
export interface Exchanger {
  /**
   * Waits until the line is quiet if it has to be, sends, and resolves with the value of the first `frame` verdict.
   * Rejects with a ReadError: `no_answer` (nothing came), `crc_error`/`malformed` (damaged), `wrong_address` (only
   * strays from other addresses came), `line_down`/`concentrator_offline` (the link was lost).
   */
  exchange<T>(request: Uint8Array, scan: Scan<T>): Promise<T>;
}
