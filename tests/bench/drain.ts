import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Command } from 'commander';
import { systemClock } from '#platform/clock.ts';
import { SETTINGS } from '#platform/settings/schema.ts';
import { openSqlite } from '#platform/sqlite/open.ts';
import { Spool } from '../../collector/spool/spool.ts';
import { NO_LIMITS } from '../../collector/spool/upkeep.ts';
import { Uplink } from '../../collector/spool/uplink.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { CentreThread } from './drain/centre.ts';
import { liveRecord, oldRecord } from './drain/rows.ts';
import { claim } from './kit/claim.ts';
import { machine, median, plain, printTable, spread } from './kit/figures.ts';
import { Progress } from './kit/progress.ts';

/**
 * How fast a spool empties when the centre is back after a time away, while collection goes on: the backlog has to go
 * at least twenty times as fast as new rows come, and nobody may wait for those until it is through.
 */
const BACKLOG = 200_000;
const RUNS = 3;
/** New rows a second: 100,000 meters read each minute. */
const LIVE_ROWS = 100_000 / 60;
/** The district of `npm start`: 300 customers, mostly one load profile row each quarter of an hour and one present value each five minutes. */
const DISTRICT_ROWS = 300 / 900 + 300 / 300;
const LIVE_EVERY_MS = 50;
const AIM = 20;
/** What one read of the uplink and one envelope hold at most. */
const ENVELOPE_ROWS = 500;

const clock = systemClock();
const logger = quietLogger();
const progress = new Progress('drain');

interface Drained {
  readonly perSecond: number;
  readonly delaysMs: readonly number[];
}

/** Fills a new spool file; the collector that did so has ended. */
async function filled(path: string): Promise<void> {
  const spool = await Spool.open(path, { clock, commitMs: 1, logger });
  for (let n = 0; n < BACKLOG; n += 1000) {
    await spool.append(Array.from({ length: 1000 }, (_, i) => oldRecord(n + i)).flat(), []);
  }
  await spool.close();
}

/** Drains it by the uplink, with rows arriving meanwhile or without. */
async function drain(path: string, liveRows: number): Promise<Drained> {
  const { spoolCommitMs, spoolKeepDays, uplinkWindow, uplinkResendMs } = SETTINGS;
  const limits = { ...NO_LIMITS, keepMs: spoolKeepDays.fallback * 86_400_000 };
  const spool = await Spool.open(path, { clock, commitMs: spoolCommitMs.fallback, logger, limits });
  const centre = new CentreThread();
  await centre.told();
  const uplink = new Uplink({
    spool,
    send: async (text) => centre.send(text),
    clock,
    logger,
    window: uplinkWindow.fallback,
    resendMs: uplinkResendMs.fallback,
    hearMs: 0,
  });
  let live = 0;
  const begun = performance.now();
  const arrive = (): void => {
    const due = Math.floor(((performance.now() - begun) / 1000) * liveRows);
    const readAt = Date.now();
    for (; live < due; live++) void spool.append(liveRecord(live, readAt), []);
  };
  const arriving = liveRows > 0 ? setInterval(arrive, LIVE_EVERY_MS) : undefined;
  const emptied = new Promise<void>((resolve, reject) => {
    centre.onAck = (ack) => {
      uplink.acknowledge(ack, false).then(() => {
        if (ack.upTo >= BACKLOG) resolve();
      }, reject);
    };
  });
  uplink.connection(true);
  await emptied;
  const tookMs = performance.now() - begun;
  clearInterval(arriving);
  uplink.stop();
  const { old, delaysMs } = await centre.told();
  await centre.close();
  await spool.close();
  if (old < BACKLOG) throw new Error(`only ${old} of ${BACKLOG} rows came`);
  return { perSecond: (BACKLOG / tookMs) * 1000, delaysMs };
}

/** The same rows read and deleted by themselves, an envelope's worth at a time, each deletion synced. */
function bare(path: string): number {
  const database = openSqlite({ path, readOnly: false, busyTimeoutMs: 5000 });
  const select = database.prepare('SELECT seq, stream, task, job, columns, cells FROM record ORDER BY seq LIMIT ?');
  const remove = database.prepare('DELETE FROM record WHERE seq BETWEEN ? AND ?');
  const begun = performance.now();
  let count = 0;
  for (;;) {
    const rows = select.all(ENVELOPE_ROWS);
    const [first, last] = [rows[0]?.['seq'], rows.at(-1)?.['seq']];
    if (first === undefined || last === undefined) break;
    remove.run(first, last);
    count += rows.length;
  }
  const tookMs = performance.now() - begun;
  database.close();
  if (count !== BACKLOG) throw new Error(`${count} of ${BACKLOG} rows were there`);
  return (count / tookMs) * 1000;
}

function share(numbers: readonly number[], part: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

async function main(runs: number): Promise<void> {
  const baseline: number[] = [];
  const alone: Drained[] = [];
  const busy: Drained[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'meterway-bench-'));
  try {
    for (let run = 1; run <= runs; run++) {
      for (const [what, work] of [
        ['bare reads and deletions', async (path: string) => void baseline.push(bare(path))],
        ['backlog alone', async (path: string) => void alone.push(await drain(path, 0))],
        ['backlog and live rows', async (path: string) => void busy.push(await drain(path, LIVE_ROWS))],
      ] as const) {
        progress.at(`run ${run} of ${runs}, ${what}`);
        const path = join(folder, `${run}-${what.replaceAll(' ', '-')}.sqlite`);
        await filled(path);
        await work(path);
        rmSync(path, { force: true });
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  progress.end();
  const bareRate = median(baseline);
  const rate = (each: readonly Drained[]): number[] => each.map(({ perSecond }) => perSecond);
  const delays = busy.flatMap(({ delaysMs }) => delaysMs);
  console.log(
    `A spool of ${plain(BACKLOG)} rows of nine values, and ${plain(LIVE_ROWS)} new rows a second (100,000 meters each ` +
      `minute) while it empties; the centre decodes and acks in a thread of its own, without a broker or a store. ` +
      `${runs} runs (least … most).\nBaseline: the same rows selected and deleted ${ENVELOPE_ROWS} at a time, synced, and nothing else.\n`,
  );
  printTable(
    ['', 'rows/s', 'of bare', 'of the collection rate', "of the default district's"],
    (
      [
        ['bare', baseline],
        ['backlog alone', rate(alone)],
        ['backlog, live rows beside it', rate(busy)],
      ] as const
    ).map(([name, rates]) => [
      name,
      spread(rates),
      `${plain(median(rates) / bareRate, 2)} ×`,
      `${plain(median(rates) / LIVE_ROWS, 1)} ×`,
      `${plain(median(rates) / DISTRICT_ROWS)} ×`,
    ]),
  );
  console.log(
    `\nA live row was at the centre ${plain(share(delays, 0.5))} ms after it was read (99 of 100 within ` +
      `${plain(share(delays, 0.99))} ms, all within ${plain(share(delays, 1))} ms; ${plain(delays.length)} rows).\n\n${machine()}`,
  );
  const times = median(rate(busy)) / LIVE_ROWS;
  claim({
    what: `backlog of ${plain(BACKLOG)} rows after an outage, against ${plain(LIVE_ROWS)} rows/s collected meanwhile`,
    aim: `≥ ${AIM} ×`,
    measured: `${plain(times, 1)} × (${plain(median(rate(busy)))} rows/s; live rows after ${plain(share(delays, 0.5))} ms, at most ${plain(share(delays, 1))} ms)`,
    baseline: `${plain(bareRate)} rows/s selected and deleted alone`,
    met: times >= AIM,
  });
}

await new Command('node tests/bench/drain.ts')
  .description('Rate at which a spool empties after an outage, with live rows arriving meanwhile.')
  .option('--full', 'accepted for the table of the collector; changes nothing')
  .option('--runs <count>', 'how often each is measured', String(RUNS))
  .action(async ({ runs }: { runs: string }) => main(Math.max(1, Number(runs) || RUNS)))
  .parseAsync();
