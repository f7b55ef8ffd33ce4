import { setTimeout as sleep } from 'node:timers/promises';
import type { Plan } from '#contract/plan.ts';
import type { QuantityName } from '#contract/quantities.ts';
import { timingDefaults } from '../../gateway/registry/line-defaults.ts';
import { planMeter, task, ZONE } from '../support/plan.ts';
import { claim } from './kit/claim.ts';
import { machine, percent, plain, printTable } from './kit/figures.ts';
import { processUse } from './kit/process-use.ts';
import { Progress } from './kit/progress.ts';
import { CollectorProcess } from './process/collector-process.ts';
import { Endpoints, endpointHost } from './process/endpoints-process.ts';
import { type Arrived, ToyCentre } from './process/toy-centre.ts';

/**
 * The real collector process with many Modbus TCP endpoints: whether each slot is read in its own minute, and what that
 * takes of the processor and of memory. Endpoints, broker and centre are other processes on the same machine.
 */
const ENDPOINTS = 1000;
const UNITS = 100;
const CYCLE_S = 60;
const CYCLES = process.argv.includes('--full') ? 3 : 1;
const ITEMS: readonly QuantityName[] = ['voltage_a_v', 'current_a_a', 'power_active_total_w'];
/** Before the first slot the collector has its plan and its connections. */
const AHEAD_S = 25;
const SAMPLE_MS = 500;
const MAX_CORES = 1;
const MAX_MB = 600;
const DISTRICT = 'bench';
const COLLECTOR = 'c1';

function planOf(port: number): Plan {
  const lines = Array.from({ length: ENDPOINTS }, (_, i) => i + 1);
  return {
    v: 1,
    version: 'bench',
    district: DISTRICT,
    collector: COLLECTOR,
    timeZone: ZONE,
    tasks: [
      task('instant', {
        id: 'minute',
        calendar: { everyS: CYCLE_S },
        items: [...ITEMS],
        toleranceS: CYCLE_S,
        delayS: 0,
      }),
    ],
    lines: lines.map((n) => ({
      id: `L${n}`,
      protocol: 'modbus-tcp',
      link: { tcp: { host: endpointHost(n), port } },
      concentrator: null,
      timing: timingDefaults('modbus-tcp', null),
    })),
    meters: lines.flatMap((n) =>
      Array.from({ length: UNITS }, (_, u) =>
        planMeter(`m${n}-${u + 1}`, {
          line: `L${n}`,
          address: String(u + 1),
          model: 'sdm120',
          collectedFrom: Date.now(),
        }),
      ),
    ),
  };
}

/** How the slots of the measured cycles came. */
class SlotCount {
  readonly #from: number;
  readonly #ages = new Map<string, number>();
  #outcomes = 0;

  /** Slots from here on count, UTC ms. */
  constructor(from: number) {
    this.#from = from;
  }

  take({ stream, meter, slot, at }: Arrived): void {
    if (slot < this.#from || slot >= this.#from + CYCLES * CYCLE_S * 1000) return;
    if (stream === 'reading') this.#ages.set(`${meter} ${slot}`, at - slot);
    else this.#outcomes++;
  }

  get readings(): number {
    return this.#ages.size;
  }

  get outcomes(): number {
    return this.#outcomes;
  }

  /** Slots without a reading of their own cycle. */
  get late(): number {
    const inTime = [...this.#ages.values()].filter((age) => age <= CYCLE_S * 1000).length;
    return CYCLES * ENDPOINTS * UNITS - inTime;
  }

  get slowestMs(): number {
    let slowest = Number.NaN;
    for (const age of this.#ages.values()) if (!(age <= slowest)) slowest = age;
    return slowest;
  }
}

const progress = new Progress('tcp-load');
const endpoints = await Endpoints.start();
// The plan and the connections need some seconds; so does the minute that compiles the code.
const untilMinute = CYCLE_S * 1000 - (Date.now() % (CYCLE_S * 1000));
await sleep(Math.max(0, untilMinute - AHEAD_S * 1000));
const begun = Math.ceil(Date.now() / (CYCLE_S * 1000)) * CYCLE_S * 1000 + CYCLE_S * 1000;
const plan = planOf(endpoints.port);
const centre = await ToyCentre.start(plan);
const collector = await CollectorProcess.start(centre.port, plan);
try {
  const count = new SlotCount(begun);
  centre.onRow = (row) => count.take(row);
  const end = begun + CYCLES * CYCLE_S * 1000;
  const until = async (instant: number): Promise<void> => {
    for (; Date.now() < instant; await sleep(Math.min(SAMPLE_MS, Math.max(1, instant - Date.now())))) {
      collector.mustRun();
      progress.at(`${count.readings} of ${CYCLES * ENDPOINTS * UNITS} readings`);
    }
  };
  await until(begun);
  const pids = [collector.pid, endpoints.pid, process.pid] as const;
  const before = pids.map(processUse);
  await until(end);
  const after = pids.map(processUse);
  // What was read in the last seconds is still on its way.
  await until(end + 3000);
  progress.end();
  const cores = after.map(({ cpuS }, i) => (cpuS - (before[i]?.cpuS ?? 0)) / (CYCLES * CYCLE_S));
  const [own, served, here] = [cores[0] ?? Number.NaN, cores[1] ?? Number.NaN, cores[2] ?? Number.NaN];
  const peakMb = after[0]?.peakRssMb ?? Number.NaN;
  const slots = CYCLES * ENDPOINTS * UNITS;
  const us = (own * CYCLES * CYCLE_S * 1e6) / Math.max(1, count.readings);
  console.log(
    `${plain(ENDPOINTS)} endpoints with ${UNITS} meters each, all due every ${CYCLE_S} s, one request of 14 registers a meter; ` +
      `${CYCLES} cycle(s) after one that compiles the code.\nBaseline: what was aimed at.\n`,
  );
  printTable(
    [
      'slots',
      'late or missing',
      'slowest, s',
      'collector, cores',
      'CPU, µs a reading',
      'peak memory, MB',
      'endpoints, cores',
      'broker and centre, cores',
    ],
    [
      [
        plain(slots),
        plain(count.late),
        plain(count.slowestMs / 1000, 1),
        plain(own, 2),
        plain(us),
        plain(peakMb),
        plain(served, 2),
        plain(here, 2),
      ],
    ],
  );
  if (count.outcomes > 0) console.log(`\n${plain(count.outcomes)} reads ended without a value.`);
  console.log(`\n${machine()}`);
  claim({
    what: `Modbus TCP, ${plain(ENDPOINTS)} endpoints × ${UNITS} meters, ${CYCLE_S} s cycle`,
    aim: `every slot on time, < ${MAX_CORES} core, < ${MAX_MB} MB`,
    measured: `${percent(1 - count.late / slots, 2)} on time (slowest ${plain(count.slowestMs / 1000, 1)} s), ${plain(own, 2)} cores, ${plain(peakMb)} MB`,
    baseline: `${plain(slots)} slots; endpoints ${plain(served, 2)} and broker ${plain(here, 2)} cores beside it`,
    met: count.late === 0 && own < MAX_CORES && peakMb < MAX_MB,
  });
} finally {
  await collector.stop();
  await centre.close();
  await endpoints.stop();
}
