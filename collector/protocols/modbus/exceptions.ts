import type { Reason } from '#contract/reasons.ts';
import type { Next } from '#platform/errors.ts';
import { ReadError } from '../../lines/read-error.ts';

/** Modbus application protocol V1.1b3, chapter 7. 10 and 11 come from a gateway whose device did not answer. */
const MEANINGS: Readonly<Record<number, readonly [reason: Reason, next: Next]>> = {
  1: ['not_supported', 'skip'],
  2: ['not_supported', 'skip'],
  3: ['not_supported', 'skip'],
  10: ['no_answer', 'retry'],
  11: ['no_answer', 'retry'],
};

/** The device, or the gateway before it, answered with an exception. */
export class ExceptionReply extends ReadError {
  readonly exception: number;

  constructor(exception: number) {
    const [reason, next] = MEANINGS[exception] ?? ['device_error', 'retry'];
    super(reason, `exception ${exception}`, { next });
    this.exception = exception;
  }

  /** Illegal address or quantity: a part of the block may still be readable. */
  get isAboutBlock(): boolean {
    return this.exception === 2 || this.exception === 3;
  }
}
