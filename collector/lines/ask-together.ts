import type { Answer, MeterReader } from '../protocols/meter-reader.ts';
import type { Agenda } from '../schedule/agenda.ts';
import type { DueRead } from '../schedule/due-read.ts';
import { ReadError } from './read-error.ts';

/** Slots of one meter that a single request for stored profile records may bring. */
const MOST_TOGETHER = 8;

/** The read itself, and with a gap in a curve some more gaps of the same meter. Rejects with a ReadError. */
export async function askTogether(
  reader: MeterReader,
  agenda: Agenda,
  read: DueRead,
  now: number,
): Promise<Map<DueRead, Answer | ReadError>> {
  const { meter, task, slot } = read;
  const isGap = reader.readMany !== undefined && read.priority === 'backfill';
  const more = isGap ? agenda.companions(read, MOST_TOGETHER - 1, now) : [];
  if (!reader.readMany || more.length === 0) return new Map([[read, await reader.read(meter, task, slot)]]);
  const together = [read, ...more];
  const answers = await reader.readMany(
    meter,
    task,
    together.map((each) => each.slot),
  );
  const found = new Map<DueRead, Answer | ReadError>();
  for (const each of together) {
    const answer = answers.get(each.slot);
    if (answer) found.set(each, answer);
  }
  // What is neither answered nor failed stays due at once: without this it would be asked for again for ever.
  return found.size > 0 ? found : new Map([[read, new ReadError('malformed', 'no slot was settled')]]);
}
