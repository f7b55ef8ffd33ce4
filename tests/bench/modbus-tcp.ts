import modbus from 'modbus-serial';
import type { PlanMeter } from '#contract/plan.ts';
import type { QuantityName } from '#contract/quantities.ts';
import { systemClock } from '#platform/clock.ts';
import { Bus } from '../../collector/lines/bus.ts';
import { TcpLink } from '../../collector/lines/tcp-link.ts';
import { ModbusReader } from '../../collector/protocols/modbus/reader.ts';
import { timingDefaults } from '../../gateway/registry/line-defaults.ts';
import type { DistrictPlan } from '../../simulators/district/build.ts';
import { planMeter, task } from '../support/plan.ts';
import { claim } from './kit/claim.ts';
import { machine, median, percent, plain, printTable, spread } from './kit/figures.ts';
import { Progress } from './kit/progress.ts';
import { type Run, timed } from './kit/timed.ts';
import { Sim } from './lines/sim.ts';

/**
 * What a read over Modbus TCP costs on top of the library: frames, deadlines and checks of the line, the plan of the
 * registers and the values decoded from them, against a loop that only asks modbus-serial for the same registers.
 */
const ENDPOINTS = 50;
const RUNS = 5;
const RUN_MS = 1000;
const UNIT = 1;
const AIM = 1.5;
const ITEMS: readonly QuantityName[] = ['voltage_a_v', 'current_a_a', 'power_active_total_w'];
/** Where an SDM120 has these items, in one block. */
const BLOCK = { address: 0, quantity: 14 };
const AT_ONCE = { baudRate: null, replyDelayMs: [0, 0] } as const;

interface Client {
  read(): Promise<void>;
  close(): Promise<void>;
}
type Connect = (host: string, port: number) => Promise<Client>;

const DISTRICT: DistrictPlan = {
  areas: Array.from({ length: ENDPOINTS }, (_, i) => ({
    id: `A${i + 1}`,
    lines: [{ id: `T${i + 1}`, kind: 'modbus-tcp', customers: 1, timing: AT_ONCE }],
  })),
};
const METER: PlanMeter = planMeter('m1', { address: String(UNIT), model: 'sdm120' });
const TASK = task('instant', { items: [...ITEMS] });

const ours: Connect = async (host, port) => {
  const clock = systemClock();
  const link = new TcpLink({ host, port }, clock);
  const timing = timingDefaults('modbus-tcp', null);
  const bus = new Bus({ link, timing, clock, downReason: 'line_down' });
  const reader = new ModbusReader({ exchanger: bus, protocol: 'modbus-tcp', clock });
  await link.open(new AbortController().signal);
  return {
    read: async () => {
      const { values } = await reader.read(METER, TASK, 0);
      if (values.size !== ITEMS.length) throw new Error(`${values.size} values instead of ${ITEMS.length}`);
    },
    close: () => link.close(),
  };
};

const bare: Connect = async (host, port) => {
  const client = new modbus.default();
  await client.connectTCP(host, { port });
  client.setID(UNIT);
  client.setTimeout(timingDefaults('modbus-tcp', null).replyTimeoutMs);
  return {
    read: async () => {
      const { data } = await client.readInputRegisters(BLOCK.address, BLOCK.quantity);
      if (data.length !== BLOCK.quantity) throw new Error(`${data.length} registers instead of ${BLOCK.quantity}`);
    },
    close: () => new Promise((resolve) => client.close(() => resolve())),
  };
};

const progress = new Progress('modbus-tcp');
const sim = await Sim.start(DISTRICT);
try {
  const rows: string[][] = [];
  for (const endpoints of [1, ENDPOINTS]) {
    const runs: { ours: Run[]; bare: Run[] } = { ours: [], bare: [] };
    // The first run of each compiles the code and is not counted.
    for (let run = 0; run <= RUNS; run++) {
      progress.at(`${endpoints} endpoints, run ${run} of ${RUNS}`);
      const measured = { bare: await measure(bare, endpoints), ours: await measure(ours, endpoints) };
      if (run === 0) continue;
      runs.bare.push(measured.bare);
      runs.ours.push(measured.ours);
    }
    rows.push(...rowsOf(endpoints, runs));
    const ratio = median(runs.ours.map((run) => run.cpuUs)) / median(runs.bare.map((run) => run.cpuUs));
    claim({
      what: `CPU per reading, Modbus TCP, ${endpoints} endpoint${endpoints === 1 ? '' : 's'}`,
      aim: `<= ${AIM} ×`,
      measured: `${plain(ratio, 2)} × (${spread(
        runs.ours.map((run) => run.cpuUs),
        1,
      )} µs)`,
      baseline: `bare modbus-serial loop, ${spread(
        runs.bare.map((run) => run.cpuUs),
        1,
      )} µs`,
      met: ratio <= AIM,
    });
  }
  progress.end();
  console.log(
    `Reads of ${BLOCK.quantity} registers from a server in another process, one at a time at each endpoint; ` +
      `median of ${RUNS} runs of ${RUN_MS / 1000} s (least … most).\nBaseline: a bare loop over modbus-serial.\n`,
  );
  printTable(['client', 'endpoints', 'reads/s', 'of bare', 'CPU, µs a read', 'of bare'], rows);
  console.log(`\n${machine()}`);
} finally {
  await sim.stop();
}

async function measure(connect: Connect, endpoints: number): Promise<Run> {
  const targets = [...sim.endpoints.values()].slice(0, endpoints);
  const clients = await Promise.all(
    targets.map((target) => {
      if (!('port' in target)) throw new Error('BUG: not a TCP line');
      return connect(target.host, target.port);
    }),
  );
  const run = await timed(async () => {
    const end = performance.now() + RUN_MS;
    let reads = 0;
    const loop = async (client: Client): Promise<void> => {
      for (; performance.now() < end; reads++) await client.read();
    };
    await Promise.all(clients.map(loop));
    return reads;
  });
  await Promise.all(clients.map((client) => client.close()));
  return run;
}

function rowsOf(endpoints: number, runs: Readonly<Record<'ours' | 'bare', readonly Run[]>>): string[][] {
  const base = {
    perSecond: median(runs.bare.map((run) => run.perSecond)),
    cpuUs: median(runs.bare.map((run) => run.cpuUs)),
  };
  return (['bare', 'ours'] as const).map((name) => {
    const perSecond = runs[name].map((run) => run.perSecond);
    const cpuUs = runs[name].map((run) => run.cpuUs);
    return [
      name === 'bare' ? 'modbus-serial' : 'ModbusReader',
      plain(endpoints),
      spread(perSecond),
      percent(median(perSecond) / base.perSecond, 0),
      spread(cpuUs, 1),
      `${plain(median(cpuUs) / base.cpuUs, 2)} ×`,
    ];
  });
}
