import type { Reason } from '#contract/reasons.ts';
import { MeterwayError, type Next } from '#platform/errors.ts';

/** How much of the last bytes is kept with a failure. */
const LAST_BYTES = 64;

/** Reasons that leave open whether the meter is there, unless the error says otherwise. */
const SILENT: ReadonlySet<Reason> = new Set<Reason>([
  'no_answer',
  'line_down',
  'concentrator_offline',
  'crc_error',
  'malformed',
  'wrong_address',
]);

/**
 * Why a meter could not be read. `next` says what the line should do: `retry` the same request, `reconnect` the link,
 * `skip` this read because another attempt would end the same way.
 */
export class ReadError extends MeterwayError {
  readonly reason: Reason;
  /** Short machine-readable addition: `exception 02 illegal data address`, `error 02`, `timeout 1200 ms`. */
  readonly detail: string;
  /** Last bytes received, upper-case hexadecimal, at most 64 bytes. */
  readonly lastBytes: string;
  /** True when nothing is wrong between collector and meter: a sound reply was of no use, or none was needed to know. */
  readonly answered: boolean;

  constructor(
    reason: Reason,
    detail: string,
    options: { next?: Next; lastBytes?: Uint8Array; cause?: unknown; answered?: boolean } = {},
  ) {
    super(`cannot read: ${reason} (${detail})`, {
      code: reason,
      next: options.next ?? 'retry',
      ...(options.cause === undefined ? {} : { cause: options.cause }),
    });
    this.name = 'ReadError';
    this.reason = reason;
    this.detail = detail;
    this.answered = options.answered ?? !SILENT.has(reason);
    this.lastBytes = Buffer.from(options.lastBytes?.subarray(-LAST_BYTES) ?? [])
      .toString('hex')
      .toUpperCase();
  }
}

/** The frame was sound and came from the meter, but what stands in it cannot be parsed. */
export function malformedContent(detail: string, lastBytes?: Uint8Array): ReadError {
  return new ReadError('malformed', detail, { answered: true, ...(lastBytes && { lastBytes }) });
}
