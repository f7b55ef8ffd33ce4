import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SimClock } from '../clock/sim-clock.ts';
import type { Endpoint } from '../district/site-file.ts';
import type { LineSpec } from '../world/spec.ts';
import type { World } from '../world/world.ts';
import { type PtyLine, startPtyBus } from './pty-bus.ts';
import { startDlt645TcpServer, startModbusTcpServer, type TcpLine } from './tcp-server.ts';

const HOST = '127.0.0.1';
/** Below the range from which systems give out ports by themselves: the port of an offline line stays free. */
const PORTS = [20_000, 32_000] as const;
const TRIES = 50;
const CLOSE_MS = 500;

export interface StartedLines {
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  /** Port of each TCP line. */
  readonly ports: Readonly<Record<string, number>>;
  close(): Promise<void>;
}

export interface StartOptions {
  readonly world: World;
  readonly clock: SimClock;
  /** Ports of an earlier start. A line that had one gets that one or none. */
  readonly ports: Readonly<Record<string, number>>;
  readonly ptyFolder: string;
}

/** Puts every line of a world on the air. Rejects when one cannot be started; none is left running then. */
export async function startLines(options: StartOptions): Promise<StartedLines> {
  const lines: (TcpLine | PtyLine)[] = [];
  const closeAll = async (): Promise<void> => {
    await Promise.race([
      Promise.allSettled(lines.map((line) => line.close())),
      sleep(CLOSE_MS, undefined, { ref: false }),
    ]);
  };
  try {
    for (const line of options.world.spec.lines) if (!isSerial(line)) lines.push(await startTcp(options, line));
    for (const line of options.world.spec.lines) {
      if (isSerial(line)) lines.push(await startPtyBus({ ...options, line: line.id, folder: options.ptyFolder }));
    }
  } catch (error) {
    await closeAll();
    throw error;
  }
  const ports = lines.flatMap((line) => ('port' in line ? [[line.id, line.port] as const] : []));
  return {
    endpoints: new Map(
      lines.map((line) => [line.id, 'port' in line ? { host: HOST, port: line.port } : { path: line.path }]),
    ),
    ports: Object.fromEntries(ports),
    close: closeAll,
  };
}

function isSerial({ kind }: LineSpec): boolean {
  return kind === 'dlt645-pty' || kind === 'modbus-rtu-pty';
}

async function startTcp({ world, clock, ports }: StartOptions, line: LineSpec): Promise<TcpLine> {
  const start = line.kind === 'modbus-tcp' ? startModbusTcpServer : startDlt645TcpServer;
  const known = ports[line.id];
  if (known !== undefined) return await start({ world, clock, line: line.id, host: HOST, port: known });
  for (let left = TRIES; ; left--) {
    try {
      return await start({ world, clock, line: line.id, host: HOST, port: randomInt(...PORTS) });
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}
