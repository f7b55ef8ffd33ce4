import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { initInflux } from '#stores/influx-readings/init.ts';
import { linesOf } from '#stores/influx-readings/lines.ts';
import { openInfluxReadingStore } from '#stores/influx-readings/store.ts';
import type { NewReadings, Places } from '#stores/reading-store.ts';
import { InfluxServer } from '../support/influx-server.ts';
import { bytesIn, csvOf, freshBatch, METERS } from './influx/rows.ts';
import { readyMade, type ThroughGateway, throughGateway } from './influx/through-gateway.ts';
import { machine, median, percent, plain, printTable, spread } from './kit/figures.ts';
import { processUse } from './kit/process-use.ts';

/**
 * What our store costs beside InfluxDB itself: the same fresh rows written through the store, and as line protocol that
 * was made beforehand, to the same server, in turns of one round each.
 */
const ROUNDS = 5;
const BATCHES_A_ROUND = 12;
const ROWS_A_BATCH = 5000;
/** Pairs of the whole way and ready-made lines. */
const TURNS = 3;
const WEEK_SLOTS = 672;
const WEEK_METERS = 250;

const PLACES: Places = {
  placeOf: (meter) => ({ district: 'd1', area: `a${Number(meter.slice(1)) % 100}` }),
  keepingOf: () => 'curve',
};

interface Round {
  readonly rowsPerS: number;
  readonly ourCpuUs: number;
  readonly serverCpuUs: number;
}

async function measured(server: InfluxServer, work: () => Promise<void>): Promise<Round> {
  const rows = BATCHES_A_ROUND * ROWS_A_BATCH;
  const serverBefore = processUse(server.pid).cpuS;
  const own = process.cpuUsage();
  const begun = performance.now();
  await work();
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(own);
  const serverUs = (processUse(server.pid).cpuS - serverBefore) * 1e6;
  return { rowsPerS: rows / seconds, ourCpuUs: (user + system) / rows, serverCpuUs: serverUs / rows };
}

/** Bytes on disk of a week of few meters, after the server has brought its files into their final form. */
async function sizes(server: InfluxServer, folder: string): Promise<string[][]> {
  const settings = server.settings({ influxDatabase: 'week' });
  await initInflux(settings);
  const store = openInfluxReadingStore(settings, { places: PLACES });
  const rows = WEEK_SLOTS * WEEK_METERS;
  const csv = join(folder, 'rows.csv');
  for (let n = 0; n * ROWS_A_BATCH < rows; n++) {
    const batch = freshBatch(n, ROWS_A_BATCH, WEEK_METERS);
    await store.write([batch]);
    appendFileSync(csv, csvOf(batch));
  }
  await store.close();
  const bytes = (): number =>
    ['data', 'wal'].reduce((sum, part) => sum + bytesIn(join(server.folder, part, 'week_curve')), 0);
  const written = bytes();
  await server.settle(bytes);
  return [
    ['InfluxDB, as it was written', plain(written / rows, 1)],
    ['InfluxDB, settled', plain(bytes() / rows, 1)],
    ['plain CSV', plain(statSync(csv).size / rows, 1)],
  ];
}

const server = await InfluxServer.start({ settles: true });
const folder = mkdtempSync(join(tmpdir(), 'meterway-bench-influx-'));
try {
  const settings = server.settings({ influxDatabase: 'ours' });
  await initInflux(settings);
  await server.ask('CREATE DATABASE bare');
  const store = openInfluxReadingStore(settings, { places: PLACES });
  const ours: Round[] = [];
  const bare: Round[] = [];
  let next = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const batches: NewReadings[] = [];
    for (let i = 0; i < BATCHES_A_ROUND; i++) batches.push(freshBatch(next++, ROWS_A_BATCH));
    const bodies = batches.map((batch) =>
      linesOf(batch, PLACES)
        .map(({ line }) => line)
        .join('\n'),
    );
    const throughStore = async (): Promise<void> => {
      for (const batch of batches) {
        const { stored } = await store.write([batch]);
        if (stored !== batch.rows.length) throw new Error(`${stored} of ${batch.rows.length} rows were fresh`);
      }
    };
    const readyMade = async (): Promise<void> => {
      for (const body of bodies) {
        const response = await fetch(`${server.url}/write?db=bare&precision=ms`, { method: 'POST', body });
        if (response.status !== 204) throw new Error(`the server says ${response.status}`);
      }
    };
    // Whoever comes second finds the processor warm and the disk busy: they take turns.
    if (round % 2 === 0) ours.push(await measured(server, throughStore));
    bare.push(await measured(server, readyMade));
    if (round % 2 === 1) ours.push(await measured(server, throughStore));
  }
  await store.close();

  // The first round pays for new series and for code that is not compiled yet.
  const [o, b] = [ours.slice(1), bare.slice(1)];
  const of = (rounds: readonly Round[], pick: (round: Round) => number): number[] => rounds.map(pick);
  const line = (name: string, rounds: readonly Round[]): string[] => [
    name,
    spread(of(rounds, (round) => round.rowsPerS)),
    plain(median(of(rounds, (round) => round.ourCpuUs)), 2),
    plain(median(of(rounds, (round) => round.serverCpuUs)), 2),
  ];
  printTable(
    [
      `${plain(METERS)} meters, 8 quantities, batches of ${plain(ROWS_A_BATCH)}`,
      'rows/s',
      'our CPU µs/row',
      'influxd CPU µs/row',
    ],
    [line('through the store', o), line('ready-made line protocol', b)],
  );
  const ratios = o.map((round, i) => round.rowsPerS / (b[i]?.rowsPerS ?? Number.NaN));
  const shares = o.map((round) => round.ourCpuUs / round.serverCpuUs);
  console.log(`\nrows/s against ready-made: ${percent(median(ratios))} (aim ≥ 90 %)`);
  console.log(`our CPU against influxd's: ${percent(median(shares))} (aim ≤ 10 %)`);

  printTable(['bytes a reading', 'bytes'], await sizes(server, folder));

  const whole: ThroughGateway[] = [];
  const lines: number[] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    if (turn % 2 === 0) whole.push(await throughGateway(server, `whole${turn}`));
    lines.push(await readyMade(server, `lines${turn}`));
    if (turn % 2 === 1) whole.push(await throughGateway(server, `whole${turn}`));
  }
  console.log('');
  printTable(
    ['5,000 meters of ten collectors, 8 quantities', 'rows/s', 'gateway CPU µs/row', 'influxd CPU µs/row'],
    [
      [
        'through broker and gateway',
        spread(whole.map(({ rowsPerS }) => rowsPerS)),
        plain(median(whole.map(({ gatewayCpuUs }) => gatewayCpuUs)), 2),
        plain(median(whole.map(({ serverCpuUs }) => serverCpuUs)), 2),
      ],
      ['ready-made line protocol', spread(lines), '', ''],
    ],
  );
  const against = whole.map(({ rowsPerS }, i) => rowsPerS / (lines[i] ?? Number.NaN));
  console.log(`\nrows/s against ready-made, in pairs: ${percent(median(against))} (aim ≥ 90 %)`);
  const cpu = whole.map(({ gatewayCpuUs, serverCpuUs }) => gatewayCpuUs / serverCpuUs);
  console.log(`gateway CPU, broker included, against influxd's: ${percent(median(cpu))} (aim ≤ 10 %)`);
  console.log(`\n${machine()}`);
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
