import type { ValidatedReading, ValidatedReadings } from '#stores/validated-readings.ts';

/** Questions that are put to the stores at the same time. */
const AT_ONCE = 8;
/** A question for one meter goes to each month of the window, one for a slot to one. */
const MONTHS = 4;

/**
 * What counts of some meters at the slots, ascending by slot, by meter. It is asked for by slot or by meter, whichever
 * takes fewer questions: what a question costs is mostly that it is asked.
 */
export async function windowOf(
  readings: Pick<ValidatedReadings, 'ofMeter' | 'ofSlot'>,
  task: string,
  meters: readonly string[],
  slots: readonly number[],
): Promise<Map<string, ValidatedReading[]>> {
  const isBySlot = meters.length * MONTHS > slots.length;
  const found = isBySlot
    ? await allOf(slots, (slot) => readings.ofSlot(task, slot, meters))
    : await allOf(meters, (meter) => readings.ofMeter(task, meter, slots));
  return Map.groupBy(found, ({ meter }) => meter);
}

/** Answers in the order of the questions. */
async function allOf<Q, A>(questions: readonly Q[], ask: (question: Q) => Promise<readonly A[]>): Promise<A[]> {
  const all: A[] = [];
  for (let i = 0; i < questions.length; i += AT_ONCE) {
    const answers = await Promise.all(questions.slice(i, i + AT_ONCE).map(ask));
    for (const answer of answers) for (const each of answer) all.push(each);
  }
  return all;
}
