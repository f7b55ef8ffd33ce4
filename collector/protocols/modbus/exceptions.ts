import type { Reason } from '#contract/reasons.ts';
import type { Next } from '#platform/errors.ts';
import { ReadError } from '../../lines/read-error.ts';

interface Meaning {
  readonly name: string;
  readonly reason: Reason;
  readonly next: Next;
  /** The meter itself has spoken; else the gateway before it. */
  readonly answered: boolean;
}

const REFUSED = { reason: 'not_supported', next: 'skip', answered: true } as const;
const UNABLE = { reason: 'device_error', next: 'retry', answered: true } as const;

/**
 * Modbus application protocol V1.1b3, chapter 7. 0A: the gateway has no way to the unit, which is a matter of its
 * settings; asking again changes nothing. 0B: the unit behind the gateway is silent, the gateway itself is not.
 */
const MEANINGS: Readonly<Record<number, Meaning>> = {
  1: { name: 'illegal function', ...REFUSED },
  2: { name: 'illegal data address', ...REFUSED },
  3: { name: 'illegal data value', ...REFUSED },
  4: { name: 'device failure', ...UNABLE },
  5: { name: 'acknowledge, still at work', ...UNABLE },
  6: { name: 'device busy', ...UNABLE },
  7: { name: 'negative acknowledge', ...UNABLE },
  8: { name: 'memory parity error', ...UNABLE },
  10: { name: 'gateway path unavailable', reason: 'device_error', next: 'skip', answered: false },
  11: { name: 'gateway target did not respond', reason: 'no_answer', next: 'retry', answered: false },
};

/** `exception 02 illegal data address` */
export function exceptionText(exception: number): string {
  const code = exception.toString(16).toUpperCase().padStart(2, '0');
  return `exception ${code} ${MEANINGS[exception]?.name ?? 'unknown'}`;
}

/** The device, or the gateway before it, answered with an exception. */
export class ExceptionReply extends ReadError {
  readonly exception: number;

  constructor(exception: number) {
    const { reason, next, answered } = MEANINGS[exception] ?? UNABLE;
    super(reason, exceptionText(exception), { next, answered });
    this.exception = exception;
  }

  /** Illegal address or quantity: a part of the block may still be readable. */
  get isAboutBlock(): boolean {
    return this.exception === 2 || this.exception === 3;
  }

  /** The request was taken and is being worked on: no failure, only not yet. */
  get isNotYet(): boolean {
    return this.exception === 5;
  }

  /** The gateway speaks for a unit that it does not reach. */
  get isOfGateway(): boolean {
    return this.exception === 10 || this.exception === 11;
  }
}
