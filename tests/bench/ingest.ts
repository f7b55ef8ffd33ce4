import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bareInserts, type Load, storeAlone } from './ingest/alone.ts';
import { ingestDistrict, ROWS_AN_ENVELOPE } from './ingest/district.ts';
import { csvLine, envelopesOf, FIRST_SLOT, QUANTITIES, reading } from './ingest/rows.ts';
import { STEPS, type Steps, stepByStep } from './ingest/steps.ts';
import { type WholeRun, wholeIngest } from './ingest/whole.ts';
import { machine, median, percent, plain, printTable, spread, total } from './kit/figures.ts';
import { Progress } from './kit/progress.ts';
import type { Run } from './kit/timed.ts';

/**
 * Rows a second from the bytes of envelopes, as they come off MQTT, to rows that are committed and acknowledged, against
 * a thread that inserts the same rows into the same table and does nothing else. Both sync every commit to disk.
 */
const RUNS = 3;
const WARM_UP_SLOTS = 8;
const SLOTS = 40;
/** What one commit of the ingest holds under load: whole envelopes, at most 5,000 rows with their heads. */
const GROUP_ENVELOPES = 9;

const progress = new Progress('ingest');
progress.at('making the envelopes');
const district = ingestDistrict(FIRST_SLOT);
const envelopes = district.streams.map((stream) => envelopesOf(district, stream, WARM_UP_SLOTS + SLOTS));
const slots = { warmUp: WARM_UP_SLOTS, slots: SLOTS };
const load: Load = {
  warmUpRows: WARM_UP_SLOTS * district.meters.length,
  rows: SLOTS * district.meters.length,
  groupRows: GROUP_ENVELOPES * ROWS_AN_ENVELOPE,
};

interface Measured extends Run {
  /** Size of the file of readings, for each row. */
  readonly bytes: number;
}

const KINDS = {
  one: { name: 'bare inserts, one row a run', run: (folder: string) => bareInserts(folder, district, load, 1) },
  ten: { name: 'bare inserts, ten rows a run', run: (folder: string) => bareInserts(folder, district, load, 10) },
  store: { name: 'reading store alone', run: (folder: string) => storeAlone(folder, district, load) },
};
type Kind = keyof typeof KINDS;

const alone: Record<Kind, Measured[]> = { one: [], ten: [], store: [] };
const whole: (Measured & WholeRun)[] = [];
const steps: Steps[] = [];
for (let run = 1; run <= RUNS; run++) {
  for (const kind of Object.keys(KINDS) as Kind[]) {
    progress.at(`run ${run} of ${RUNS}, ${KINDS[kind].name}`);
    alone[kind].push(await inFolder((folder) => sized('.', folder, KINDS[kind].run(folder))));
  }
  progress.at(`run ${run} of ${RUNS}, ingest`);
  whole.push(await inFolder((folder) => sized('centre', folder, wholeIngest(folder, district, envelopes, slots))));
  progress.at(`run ${run} of ${RUNS}, step by step`);
  const groups = { ...slots, groupEnvelopes: GROUP_ENVELOPES };
  steps.push(await inFolder((folder) => stepByStep(folder, district, envelopes, groups)));
}
progress.end();

const wire = total(envelopes.flat().map((bytes) => bytes.length)) / (load.warmUpRows + load.rows);
console.log(
  `${plain(district.meters.length)} meters of ${district.streams.length} collectors, ${QUANTITIES.length} quantities a row, ` +
    `${ROWS_AN_ENVELOPE} rows an envelope (${plain(wire)} bytes a row); ${plain(load.rows)} rows a run after ` +
    `${plain(load.warmUpRows)} that fill the caches.\nAll commit about ${plain(load.groupRows)} rows at a time, synced; ` +
    `median of ${RUNS} runs (least … most).\n`,
);
const base = {
  perSecond: median(alone.ten.map((run) => run.perSecond)),
  cpuUs: median(alone.ten.map((run) => run.cpuUs)),
};
printTable(
  ['', 'rows/s', 'of bare', 'CPU, µs a row', 'of bare', 'bytes a row'],
  [
    ...(Object.keys(KINDS) as Kind[]).map((kind) => rowOf(KINDS[kind].name, alone[kind])),
    rowOf('ingest: envelopes to acks', whole),
  ],
);
const csv = total(district.meters.map(({ id }, m) => csvLine(reading(id, m, SLOTS)).length)) / district.meters.length;
console.log(
  `\nThe same row takes ${plain(csv)} bytes as plain CSV. Of the CPU that the gateway takes for a row, its main thread ` +
    `takes ${spread(
      whole.map((run) => run.mainUs),
      2,
    )} µs; the rest goes to the threads of the two stores and of the memory.`,
);
console.log(
  `\nThe ingest committed ${plain(median(whole.map((run) => run.rowsACommit)))} rows at a time. ` +
    'Its steps, each by itself and waited for:\n',
);
const cpuOfSteps = total(STEPS.map((step) => median(steps.map((run) => run[step].cpuUs))));
printTable(
  ['step', 'time, µs a row', 'CPU, µs a row', 'share of CPU'],
  STEPS.map((step) => {
    const cpu = steps.map((run) => run[step].cpuUs);
    const timeUs = steps.map((run) => 1e6 / run[step].perSecond);
    return [step, spread(timeUs, 2), spread(cpu, 2), percent(median(cpu) / cpuOfSteps, 0)];
  }),
);
console.log(`\n${machine()}`);

async function inFolder<R>(work: (folder: string) => Promise<R>): Promise<R> {
  const folder = mkdtempSync(join(tmpdir(), 'meterway-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What `run` measured, with the size of the files of readings that it left. */
async function sized<R>(inside: string, folder: string, run: Promise<R>): Promise<R & { bytes: number }> {
  const measured = await run;
  const readings = join(folder, inside, 'readings');
  const size = total(readdirSync(readings).map((name) => statSync(join(readings, name)).size));
  return { ...measured, bytes: size / (load.warmUpRows + load.rows) };
}

function rowOf(name: string, runs: readonly Measured[]): string[] {
  const perSecond = runs.map((run) => run.perSecond);
  const cpuUs = runs.map((run) => run.cpuUs);
  return [
    name,
    spread(perSecond),
    percent(median(perSecond) / base.perSecond, 0),
    spread(cpuUs, 2),
    `${plain(median(cpuUs) / base.cpuUs, 2)} ×`,
    plain(median(runs.map((run) => run.bytes)), 1),
  ];
}
