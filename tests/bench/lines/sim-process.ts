import { buildDistrict, type DistrictPlan } from '../../../simulators/district/build.ts';
import { type Endpoint, siteFileText } from '../../../simulators/district/site-file.ts';
import type { BusStats } from '../../../simulators/lines/bus.ts';
import { type PtyLine, startPtyBus } from '../../../simulators/lines/pty-bus.ts';
import { startModbusTcpServer, type TcpLine } from '../../../simulators/lines/tcp-server.ts';
import { World } from '../../../simulators/world/world.ts';
import { type Lateness, preciseClock } from './precise-clock.ts';

/** What the process is told to put on the air, in `argv[2]`. */
export interface SimOrder {
  readonly district: DistrictPlan;
  readonly ptyFolder: string;
  /** Meters that do not answer. */
  readonly dead: readonly string[];
}

export interface SimReady {
  readonly siteText: string;
  readonly endpoints: readonly (readonly [line: string, endpoint: Endpoint])[];
}

/** What a line has carried since the start, and how much later than meant its replies came, all of them together. */
export interface SimLineStats extends BusStats, Readonly<Lateness> {}

export type SimStats = Readonly<Record<string, SimLineStats>>;

/**
 * Simulated lines in a process of their own, so that their work neither delays nor is counted as that of the
 * collector. Says `SimReady` once, answers every message with `SimStats`, ends when its parent does.
 */
async function main(order: SimOrder): Promise<void> {
  const world = new World(buildDistrict(order.district));
  for (const meter of order.dead) world.faults.put(`dead-${meter}`, { kind: 'dead', target: { meter } }, Date.now());
  const lines: (PtyLine | TcpLine)[] = [];
  const late = new Map<string, Lateness>();
  for (const { id, kind } of world.spec.lines) {
    const lateness: Lateness = { lateMs: 0 };
    late.set(id, lateness);
    const clock = preciseClock(lateness);
    if (kind === 'modbus-tcp') lines.push(await startModbusTcpServer({ world, line: id, clock }));
    else lines.push(await startPtyBus({ world, line: id, clock, folder: order.ptyFolder }));
  }
  const endpoints = lines.map(
    (line) => [line.id, 'port' in line ? { host: '127.0.0.1', port: line.port } : { path: line.path }] as const,
  );
  process.on('message', () => {
    const stats = lines.map(({ id, stats }) => [id, { ...stats, lateMs: late.get(id)?.lateMs ?? 0 }]);
    process.send?.(Object.fromEntries(stats) satisfies SimStats);
  });
  process.once('disconnect', () => {
    void Promise.all(lines.map((line) => line.close())).finally(() => process.exit(0));
  });
  process.send?.({ siteText: siteFileText(world.spec, new Map(endpoints)), endpoints } satisfies SimReady);
}

await main(JSON.parse(process.argv[2] ?? '') as SimOrder);
