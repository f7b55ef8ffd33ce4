import type { Reason } from '#contract/reasons.ts';
import { MeterwayError, type Next } from '#platform/errors.ts';

/** How much of the last bytes is kept with a failure. */
const LAST_BYTES = 64;

/**
 * Why a meter could not be read. `next` says what the line should do: `retry` the same request, `reconnect` the link,
 * `skip` this read because another attempt would end the same way.
 */
export class ReadError extends MeterwayError {
  readonly reason: Reason;
  /** Short machine-readable addition: `exception 2`, `error 02`, `timeout 1200 ms`. */
  readonly detail: string;
  /** Last bytes received, upper-case hexadecimal, at most 64 bytes. */
  readonly lastBytes: string;

  constructor(reason: Reason, detail: string, options: { next?: Next; lastBytes?: Uint8Array; cause?: unknown } = {}) {
    super(`cannot read: ${reason} (${detail})`, {
      code: reason,
      next: options.next ?? 'retry',
      ...(options.cause === undefined ? {} : { cause: options.cause }),
    });
    this.name = 'ReadError';
    this.reason = reason;
    this.detail = detail;
    this.lastBytes = Buffer.from(options.lastBytes?.subarray(-LAST_BYTES) ?? [])
      .toString('hex')
      .toUpperCase();
  }
}
