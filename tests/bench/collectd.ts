import { setTimeout as sleep } from 'node:timers/promises';
import type { QuantityName } from '#contract/quantities.ts';
import { systemClock } from '#platform/clock.ts';
import { Bus } from '../../collector/lines/bus.ts';
import { ReadError } from '../../collector/lines/read-error.ts';
import { TcpLink } from '../../collector/lines/tcp-link.ts';
import { ModbusReader } from '../../collector/protocols/modbus/reader.ts';
import { timingDefaults } from '../../gateway/registry/line-defaults.ts';
import { planMeter, task } from '../support/plan.ts';
import { claim } from './kit/claim.ts';
import { machine, percent, plain, printTable } from './kit/figures.ts';
import { processUse } from './kit/process-use.ts';
import { Progress } from './kit/progress.ts';
import { CollectdProcess, collectdMissing } from './process/collectd-process.ts';
import { Endpoints, endpointHost } from './process/endpoints-process.ts';

/**
 * A peer: the modbus plugin of collectd, which is C and libmodbus. It asks for each register on its own, we for a block;
 * so the figures are values, not requests. Nothing is stored by either: only the reading is compared.
 */
const ENDPOINTS = [1, 50];
const ITEMS: readonly QuantityName[] = ['voltage_a_v', 'current_a_a', 'power_active_total_w'];
/** Where an SDM120 has these items; we read from the first to the last in one request. */
const FLOATS = [0, 6, 12];
const WARM_MS = 3000;
const RUN_MS = 4000;
/** With dead hosts among them, each host is read once in this time. */
const PACE_MS = 1000;
const HOSTS = 20;
const DEAD = [1, 5];

/** Something that reads endpoints until it is stopped. */
interface Running {
  readonly pid: number;
  /** Values so far. */
  values(): Promise<number>;
  stop(): Promise<void>;
}
/** `paceMs` null: as fast as it goes. */
type Start = (hosts: readonly string[], paceMs: number | null) => Promise<Running>;

interface Figures {
  readonly perSecond: number;
  readonly perCpuSecond: number;
}

async function measure(start: Start, hosts: readonly string[], paceMs: number | null): Promise<Figures> {
  const running = await start(hosts, paceMs);
  try {
    await sleep(WARM_MS);
    const [values, { cpuS }, begun] = [await running.values(), processUse(running.pid), performance.now()];
    await sleep(RUN_MS);
    const read = (await running.values()) - values;
    const perSecond = (read / (performance.now() - begun)) * 1000;
    return { perSecond, perCpuSecond: read / (processUse(running.pid).cpuS - cpuS) };
  } finally {
    await running.stop();
  }
}

const endpoints = await Endpoints.start();

const collectd: Start = async (hosts, paceMs) => {
  // Its shortest interval, in which no host is done: it then reads without a rest.
  const intervalS = (paceMs ?? hosts.length / 3) / 1000;
  const process = CollectdProcess.start({ hosts, port: endpoints.port, intervalS, floats: FLOATS });
  return { pid: process.pid, values: () => endpoints.answers(), stop: () => process.stop() };
};

/** One after another at each endpoint, as the lines of the collector do. */
const ours: Start = async (hosts, paceMs) => {
  const clock = systemClock();
  const meter = planMeter('m1', { address: '1', model: 'sdm120' });
  const wanted = task('instant', { items: [...ITEMS] });
  const abort = new AbortController();
  let values = 0;
  const loops = hosts.map(async (host) => {
    const link = new TcpLink({ host, port: endpoints.port }, clock);
    const bus = new Bus({ link, timing: timingDefaults('modbus-tcp', null), clock, downReason: 'line_down' });
    const reader = new ModbusReader({ exchanger: bus, protocol: 'modbus-tcp', clock });
    await link.open(abort.signal);
    while (!abort.signal.aborted) {
      const begun = performance.now();
      const found = await reader.read(meter, wanted, 0).catch((error: unknown) => {
        if (error instanceof ReadError) return null;
        throw error;
      });
      values += found?.values.size ?? 0;
      const rest = paceMs === null ? 0 : begun + paceMs - performance.now();
      if (rest > 0) await sleep(rest);
    }
    await link.close();
  });
  return {
    pid: process.pid,
    values: async () => values,
    stop: async () => {
      abort.abort();
      await Promise.all(loops);
    },
  };
};

const hostsWith = (count: number, dead: number): string[] =>
  Array.from({ length: count }, (_, i) => endpointHost(i + 1, i < dead));

const progress = new Progress('collectd');
const why = collectdMissing();
const peers: (readonly [string, Start])[] = [['ModbusReader', ours]];
if (why === null) peers.unshift(['collectd', collectd]);
try {
  if (why !== null) console.log(`The peer is skipped: ${why}.\n`);
  const rows: string[][] = [];
  for (const count of ENDPOINTS) {
    const found = new Map<string, Figures>();
    for (const [name, start] of peers) {
      progress.at(`${name}, ${count} endpoints`);
      found.set(name, await measure(start, hostsWith(count, 0), null));
    }
    const base = found.get('collectd');
    for (const [name, { perSecond, perCpuSecond }] of found) {
      const ratio = base ? `${plain(perCpuSecond / base.perCpuSecond, 2)} ×` : '';
      rows.push([name, plain(count), plain(perSecond), plain(perCpuSecond), ratio]);
      if (name === 'collectd') continue;
      claim({
        what: `values per CPU second, Modbus TCP, ${count} endpoint${count === 1 ? '' : 's'}`,
        aim: '',
        measured: `${plain(perCpuSecond)} (${plain(perSecond)} a second)`,
        baseline: base ? `collectd ${plain(base.perCpuSecond)} (${plain(base.perSecond)} a second)` : `skipped: ${why}`,
        met: null,
      });
    }
  }
  const deadRows: string[][] = [];
  for (const dead of DEAD) {
    const due = ((HOSTS - dead) * FLOATS.length * 1000) / PACE_MS;
    const shares = new Map<string, string>();
    for (const [name, start] of peers) {
      progress.at(`${name}, ${dead} dead hosts`);
      const { perSecond } = await measure(start, hostsWith(HOSTS, dead), PACE_MS);
      shares.set(name, percent(Math.min(1, perSecond / due), 0));
      deadRows.push([name, plain(dead), plain(due), plain(perSecond, 1), shares.get(name) ?? '']);
    }
    claim({
      what: `values of the living with ${dead} dead of ${HOSTS} TCP hosts`,
      aim: '',
      measured: shares.get('ModbusReader') ?? '',
      baseline: why === null ? `collectd ${shares.get('collectd')}` : `skipped: ${why}`,
      met: null,
    });
  }
  progress.end();
  console.log(
    `Three floats of one meter at each endpoint, for ${RUN_MS / 1000} s after ${WARM_MS / 1000} s. collectd asks three times for two registers, we ` +
      'once for 14; neither stores anything.\nBaseline: collectd.\n',
  );
  printTable(['client', 'endpoints', 'values/s', 'values a CPU second', 'of collectd'], rows);
  console.log(
    `\n${HOSTS} hosts, each due once in ${PACE_MS / 1000} s; the dead accept connections and never answer.\n`,
  );
  printTable(['client', 'dead', 'values/s due of the living', 'values/s', 'share'], deadRows);
  console.log(`\n${machine()}`);
} finally {
  await endpoints.stop();
}
