import { topic } from '#contract/topics.ts';
import { Ingest, type IngestObserver } from '../../../gateway/ingest/ingest.ts';
import { type Run, timed } from '../kit/timed.ts';
import type { District } from './district.ts';
import { openCentre } from './parts.ts';
import { slotAt, TASK } from './rows.ts';
import { Sender } from './sender.ts';

export interface WholeRun extends Run {
  /** Readings in one commit, on average. */
  readonly rowsACommit: number;
  /** What the main thread took of the processor: the rest is the stores' threads and the collector of garbage. */
  readonly mainUs: number;
}

/**
 * Every collector of the district sends its envelopes, first those of `warmUp` slots, then the timed ones. The run ends
 * with the last commit ack. Throws when a row was not stored, or stored as suspect.
 */
export async function wholeIngest(
  folder: string,
  district: District,
  envelopes: readonly (readonly Uint8Array[])[],
  { warmUp, slots }: { warmUp: number; slots: number },
): Promise<WholeRun> {
  const centre = await openCentre(folder, district);
  const seen = { readings: 0, commits: 0 };
  const senders = new Map<string, Sender>();
  const ingest = new Ingest(
    {
      ...centre.parts,
      sendAck: (_district, collector, ack) => senders.get(collector)?.acknowledge(ack),
      observer: counting(seen),
    },
    [],
  );
  for (const [i, { collector }] of district.streams.entries()) {
    const name = topic(district.id, collector, 'up/rows');
    senders.set(
      collector,
      new Sender(
        (n) => envelopes[i]?.[n],
        (bytes) => void ingest.receive(name, bytes),
      ),
    );
  }
  const abort = new AbortController();
  const running = ingest.run(abort.signal);
  const sendUntil = (slot: number): Promise<unknown> =>
    Promise.race([Promise.all([...senders.values()].map((sender) => sender.sendUntil(slot))), running]);
  try {
    await sendUntil(warmUp);
    const before = { ...seen };
    const rows = district.meters.length * slots;
    const main = process.threadCpuUsage();
    const run = await timed(async () => {
      await sendUntil(warmUp + slots);
      return rows;
    });
    const { user, system } = process.threadCpuUsage(main);
    const stored = seen.readings - before.readings;
    if (stored !== rows) throw new Error(`${stored} of ${rows} rows stored`);
    const last = await centre.parts.readings.marks(TASK.id, [slotAt(warmUp + slots - 1)]);
    const valid = last.filter(({ quality }) => quality === 'valid').length;
    if (valid !== district.meters.length) throw new Error(`only ${valid} readings of the last slot are valid`);
    return { ...run, rowsACommit: stored / (seen.commits - before.commits), mainUs: (user + system) / rows };
  } finally {
    abort.abort();
    await running;
    await centre.close();
  }
}

/** Counts what is committed; anything that goes another way than into the store breaks the benchmark. */
function counting(seen: { readings: number; commits: number }): IngestObserver {
  const never = (what: string): never => {
    throw new Error(`BUG: ${what} in the benchmark`);
  };
  return {
    committed: ({ readings, repeated }) => {
      if (repeated > 0) never(`${repeated} repeated rows`);
      seen.readings += readings;
      seen.commits += 1;
    },
    quarantined: (kind, count) => never(`${count} times ${kind} in quarantine`),
    turnedAway: () => never('a message without room'),
    lost: (records) => never(`${records} lost records`),
  };
}
