import type { CollectorMark } from '#stores/state-store.ts';
import { arrivalOf } from '../../../gateway/ingest/arrival.ts';
import { advance, freshMark } from '../../../gateway/ingest/marks.ts';
import { Stopwatch } from '../kit/stopwatch.ts';
import type { Run } from '../kit/timed.ts';
import type { District } from './district.ts';
import { type CentreParts, openCentre } from './parts.ts';

export const STEPS = ['decode', 'judge', 'reading store', 'detectors', 'ledger'] as const;
export type Step = (typeof STEPS)[number];
export type Steps = Readonly<Record<Step, Run>>;

interface Sent {
  readonly collector: string;
  readonly bytes: Uint8Array;
}

/**
 * The steps of the ingest one after another over groups of `groupEnvelopes` envelopes, slot by slot: what each takes
 * when nothing else runs. In the gateway the threads of the two stores work beside the next group's decoding.
 */
export async function stepByStep(
  folder: string,
  district: District,
  envelopes: readonly (readonly Uint8Array[])[],
  { warmUp, slots, groupEnvelopes }: { warmUp: number; slots: number; groupEnvelopes: number },
): Promise<Steps> {
  const centre = await openCentre(folder, district);
  const sent = inOrder(district, envelopes, warmUp + slots);
  const warm = warmUp * district.streams.length;
  let watches = stopwatches();
  const marks = new Map<string, CollectorMark>();
  try {
    for (let from = 0; from < sent.length; from += groupEnvelopes) {
      if (from < warm && from + groupEnvelopes >= warm) watches = stopwatches();
      await group(sent.slice(from, from + groupEnvelopes), district, centre.parts, marks, watches);
    }
  } finally {
    await centre.close();
  }
  return {
    decode: watches.decode.total,
    judge: watches.judge.total,
    'reading store': watches['reading store'].total,
    detectors: watches.detectors.total,
    ledger: watches.ledger.total,
  };
}

type Watches = Readonly<Record<Step, Stopwatch>>;

function stopwatches(): Watches {
  return {
    decode: new Stopwatch(),
    judge: new Stopwatch(),
    'reading store': new Stopwatch(),
    detectors: new Stopwatch(),
    ledger: new Stopwatch(),
  };
}

/** The envelopes of all collectors, slot after slot. */
function inOrder({ streams }: District, envelopes: readonly (readonly Uint8Array[])[], slots: number): readonly Sent[] {
  return Array.from({ length: slots }, (_, s) =>
    streams.flatMap(({ collector }, c) => {
      const bytes = envelopes[c]?.[s];
      return bytes ? [{ collector, bytes }] : [];
    }),
  ).flat();
}

async function group(
  sent: readonly Sent[],
  district: District,
  parts: CentreParts,
  marks: Map<string, CollectorMark>,
  watches: Watches,
): Promise<void> {
  const { readings, ledger, judge, watchers, clock } = parts;
  const rows = sent.length * (district.streams[0]?.meters.length ?? 0);
  const arrivals = await watches.decode.run(rows, () =>
    sent.map(({ collector, bytes }) => arrivalOf(district.id, collector, bytes)),
  );
  const judged = await watches.judge.run(rows, () => judge.judge(arrivals, clock.now()));
  await watches['reading store'].run(rows, () => readings.write(judged.readings));
  await watches.detectors.run(rows, async () => {
    for (const watcher of watchers) await watcher.watch(judged);
  });
  for (const { collector, envelope } of arrivals) {
    if (!envelope) throw new Error('BUG: an envelope is refused in the benchmark');
    const { epoch, seq, count, oldest } = envelope;
    const mark = marks.get(collector) ?? freshMark(collector, epoch);
    marks.set(collector, advance(mark, seq, seq + count - 1, oldest));
  }
  await watches.ledger.run(rows, () => ledger.commit({ ...judged.ledger, marks: [...marks.values()] }));
}
