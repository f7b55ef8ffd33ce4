import type { Reason } from '#contract/reasons.ts';
import type { Answer, MeterReader } from '../protocols/meter-reader.ts';
import type { Agenda } from '../schedule/agenda.ts';
import type { DueRead } from '../schedule/due-read.ts';
import { ReadError } from './read-error.ts';

/** Slots of one meter that a single request for stored profile records may bring. */
const MOST_TOGETHER = 8;
/** A reply did not arrive, or not whole. */
const LOST: ReadonlySet<Reason> = new Set<Reason>(['no_answer', 'crc_error', 'malformed']);

/** Gaps of a meter that are asked for one by one after it left a request for several unanswered. */
const ALONE_FOR = 20;

/** Asks for a read, and with a gap in a curve for some more gaps of the same meter. */
export class Together {
  /** Meters that are asked for one gap at a time, and for how many more. */
  readonly #alone = new Map<string, number>();

  /** Rejects with a ReadError. */
  async ask(
    reader: MeterReader,
    agenda: Agenda,
    read: DueRead,
    now: number,
  ): Promise<Map<DueRead, Answer | ReadError>> {
    const { meter, task, slot } = read;
    const isGap = reader.readMany !== undefined && read.priority === 'backfill' && task.kind === 'profile';
    const isAlone = this.#alone.has(meter.id);
    const more = isGap && !isAlone ? agenda.companions(read, MOST_TOGETHER - 1, now) : [];
    if (!reader.readMany || more.length === 0) {
      const answer = await reader.read(meter, task, slot);
      if (isGap && isAlone) this.#countDown(meter.id);
      return new Map([[read, answer]]);
    }
    const together = [read, ...more];
    const slots = together.map((each) => each.slot);
    const answers = await reader.readMany(meter, task, slots).catch((error: unknown) => {
      // A long reply may be lost where a short one comes through: the meter must not count as dead for it.
      if (error instanceof ReadError && LOST.has(error.reason)) this.#alone.set(meter.id, ALONE_FOR);
      throw error;
    });
    const found = new Map<DueRead, Answer | ReadError>();
    for (const each of together) {
      const answer = answers.get(each.slot);
      if (answer) found.set(each, answer);
    }
    if (!found.has(read)) agenda.lookAgain();
    // What is neither answered nor failed stays due at once: without this it would be asked for again for ever.
    return found.size > 0 ? found : new Map([[read, new ReadError('malformed', 'no slot was settled')]]);
  }

  #countDown(meter: string): void {
    const left = (this.#alone.get(meter) ?? 0) - 1;
    if (left > 0) this.#alone.set(meter, left);
    else this.#alone.delete(meter);
  }
}
