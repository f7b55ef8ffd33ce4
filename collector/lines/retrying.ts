import type { Reason } from '#contract/reasons.ts';
import { ReadError } from './read-error.ts';

/** How often one request may be sent in all, when it fails for this reason, to the meter that is being read. */
export type Tries = (reason: Reason) => number;

/**
 * Repeats a request that failed in a way that another attempt may mend. The repetition is for one request, not for a
 * whole read: on a noisy line a read of five requests would otherwise hardly ever get through. A meter that answers
 * that it cannot now is not pressed: it is asked again after a `rest`, or not at all.
 */
export async function retrying<T>(
  tries: Tries,
  ask: () => Promise<T>,
  rest?: (sent: number) => Promise<void>,
): Promise<T> {
  for (let sent = 1; ; sent++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ReadError) || error.next !== 'retry' || sent >= tries(error.reason)) throw error;
      if (error.reason !== 'device_error') continue;
      if (!rest) throw error;
      await rest(sent);
    }
  }
}
