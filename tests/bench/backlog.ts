import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { topic } from '#contract/topics.ts';
import { Ingest } from '../../gateway/ingest/ingest.ts';
import { ingestDistrict, ROWS_AN_ENVELOPE } from './ingest/district.ts';
import { LiveSender } from './ingest/live.ts';
import { openCentre } from './ingest/parts.ts';
import { envelopeOf, FIRST_SLOT, slotAt } from './ingest/rows.ts';
import { Sender } from './ingest/sender.ts';
import { machine, plain, printTable } from './kit/figures.ts';
import { Progress } from './kit/progress.ts';

/**
 * Collectors that were cut off for days send what they kept, all at once, while another one goes on as ever: what it
 * takes of memory, and how long the rows of the other one wait. `--rows 10000000` for ten million rows of backlog.
 */
const { values: args } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } });
const SAMPLE_MS = 100;
/** Slots for the live rows, behind those of the backlog. */
const LIVE_SLOTS = 100_000;

const progress = new Progress('backlog');
progress.at('making the district');
const district = ingestDistrict(FIRST_SLOT);
const [live, ...behind] = district.streams;
if (!live) throw new Error('BUG: a district without collectors');
const slots = Math.ceil(Number(args.rows) / (behind.length * ROWS_AN_ENVELOPE));
const rows = slots * behind.length * ROWS_AN_ENVELOPE;
const folder = mkdtempSync(join(tmpdir(), 'meterway-bench-'));
try {
  await drain();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function drain(): Promise<void> {
  const centre = await openCentre(folder, district, slotAt(slots + LIVE_SLOTS));
  const acks = new Map<string, (ack: Parameters<Sender['acknowledge']>[0]) => void>();
  const seen = { readings: 0, others: 0 };
  const other = (): void => {
    seen.others += 1;
  };
  const ingest = new Ingest(
    {
      ...centre.parts,
      sendAck: (_district, collector, ack) => acks.get(collector)?.(ack),
      observer: {
        committed: ({ readings }) => {
          seen.readings += readings;
        },
        quarantined: other,
        turnedAway: other,
        lost: other,
      },
    },
    [],
  );
  const sendTo = (collector: string) => (bytes: Uint8Array) =>
    void ingest.receive(topic(district.id, collector, 'up/rows'), bytes);
  const now = live ? new LiveSender(live, 0, slots, sendTo(live.collector)) : null;
  if (!live || !now) return;
  acks.set(live.collector, (ack) => now.acknowledge(ack));
  const senders = behind.map((stream) => {
    const sender = new Sender((s) => envelopeOf(district, stream, s), sendTo(stream.collector));
    acks.set(stream.collector, (ack) => sender.acknowledge(ack));
    return sender;
  });

  const abort = new AbortController();
  const running = ingest.run(abort.signal);
  const memory: number[] = [];
  const sampling = setInterval(() => {
    memory.push(process.memoryUsage.rss() / 2 ** 20);
    progress.at(`${plain(seen.readings)} of ${plain(rows)} rows`);
  }, SAMPLE_MS);
  now.start();
  const begun = performance.now();
  await Promise.race([Promise.all(senders.map((sender) => sender.sendUntil(slots))), running]);
  const tookS = (performance.now() - begun) / 1000;
  now.stop();
  while (now.open > 0) await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  clearInterval(sampling);
  abort.abort();
  await running;
  await centre.close();
  progress.end();
  report(tookS, memory, now.delaysMs);
  if (seen.others > 0) console.log(`\n${seen.others} rows or messages went another way than into the store.`);
}

function report(tookS: number, memory: readonly number[], delaysMs: readonly number[]): void {
  console.log(
    `${plain(rows)} rows of ${behind.length} collectors, ${plain(slots / 96, 1)} days each, drained in ${plain(tookS, 1)} s: ` +
      `${plain(rows / tookS)} rows/s, the making of the messages in the same process included.\n`,
  );
  const delays = [...delaysMs].sort((a, b) => a - b);
  const at = (share: number): string => plain(delays[Math.floor(share * (delays.length - 1))] ?? Number.NaN);
  printTable(
    ['', 'half', '99 %', 'most'],
    [[`delay of ${plain(delays.length)} live envelopes, ms (aim: below 5,000)`, at(0.5), at(0.99), at(1)]],
  );
  const part = (from: number, to: number): string => {
    const some = memory.slice(Math.floor(from * memory.length), Math.ceil(to * memory.length));
    return plain(Math.max(...some));
  };
  console.log();
  printTable(
    ['most memory of the process in each quarter, MB', '1st', '2nd', '3rd', '4th'],
    [['resident', part(0, 0.25), part(0.25, 0.5), part(0.5, 0.75), part(0.75, 1)]],
  );
  console.log(`\n${machine()}`);
}
