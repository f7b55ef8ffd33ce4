import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SimClock } from '../clock/sim-clock.ts';
import type { Endpoint } from '../district/site-file.ts';
import type { LineKind, LineSpec } from '../world/spec.ts';
import type { World } from '../world/world.ts';
import { type DialInLine, startDialIn } from './dial-in.ts';
import { type PtyLine, startPtyBus } from './pty-bus.ts';
import { startDlt645TcpServer, startGdw376TcpServer, startModbusTcpServer, type TcpLine } from './tcp-server.ts';

const HOST = '127.0.0.1';
/** Below the range from which systems give out ports by themselves: the port of an offline line stays free. */
const PORTS = [20_000, 32_000] as const;
const TRIES = 50;
const CLOSE_MS = 500;

type Line = TcpLine | PtyLine | DialInLine;

export interface StartedLines {
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  /** Port of each TCP line, and of each line that dials in the port it dials. */
  readonly ports: Readonly<Record<string, number>>;
  close(): Promise<void>;
}

export interface StartOptions {
  readonly world: World;
  readonly clock: SimClock;
  /** Ports of an earlier start. A line that had one gets that one or none. */
  readonly ports: Readonly<Record<string, number>>;
  readonly ptyFolder: string;
  /** Port that terminals dial which dial in; without it a free one is chosen for the collector to listen on. */
  readonly dialInPort?: number;
}

/** Puts every line of a world on the air. Rejects when one cannot be started; none is left running then. */
export async function startLines(options: StartOptions): Promise<StartedLines> {
  const lines: Line[] = [];
  const closeAll = async (): Promise<void> => {
    await Promise.race([
      Promise.allSettled(lines.map((line) => line.close())),
      sleep(CLOSE_MS, undefined, { ref: false }),
    ]);
  };
  try {
    const specs = options.world.spec.lines;
    for (const line of specs) if (!isSerial(line) && !isDialIn(line)) lines.push(await startTcp(options, line));
    for (const line of specs) {
      if (isSerial(line)) lines.push(await startPtyBus({ ...options, line: line.id, folder: options.ptyFolder }));
    }
    lines.push(...(await startDialling(options)));
  } catch (error) {
    await closeAll();
    throw error;
  }
  const ports = lines.flatMap((line): [string, number][] => {
    if ('port' in line) return [[line.id, line.port]];
    return 'dialInPort' in line ? [[line.id, line.dialInPort]] : [];
  });
  return {
    endpoints: new Map(lines.map((line) => [line.id, endpointOf(line)])),
    ports: Object.fromEntries(ports),
    close: closeAll,
  };
}

function endpointOf(line: Line): Endpoint {
  if ('port' in line) return { host: HOST, port: line.port };
  return 'path' in line ? { path: line.path } : { dialInPort: line.dialInPort };
}

const isSerial = ({ kind }: LineSpec): boolean => kind.endsWith('-pty');
const isDialIn = ({ kind }: LineSpec): boolean => kind.endsWith('-dial-in');

const TCP_SERVERS: Readonly<Partial<Record<LineKind, typeof startModbusTcpServer>>> = {
  'modbus-tcp': startModbusTcpServer,
  'gdw376-tcp': startGdw376TcpServer,
};

async function startTcp({ world, clock, ports }: StartOptions, line: LineSpec): Promise<TcpLine> {
  const start = TCP_SERVERS[line.kind] ?? startDlt645TcpServer;
  const known = ports[line.id];
  if (known !== undefined) return await start({ world, clock, line: line.id, host: HOST, port: known });
  return await withFreePort((port) => start({ world, clock, line: line.id, host: HOST, port }));
}

/** All terminals that dial in dial the same port unless an earlier start had it otherwise. */
async function startDialling({ world, clock, ports, dialInPort }: StartOptions): Promise<DialInLine[]> {
  const specs = world.spec.lines.filter(isDialIn);
  const common = specs.map(({ id }) => ports[id]).find((port) => port !== undefined) ?? dialInPort;
  const port = common ?? (specs.length > 0 ? await withFreePort(probe) : 0);
  return specs.map((line) => startDialIn({ world, clock, line: line.id, host: HOST, port: ports[line.id] ?? port }));
}

/** The port, if nobody listens on it now. */
async function probe(port: number): Promise<number> {
  const server = createServer();
  server.listen(port, HOST);
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
  return port;
}

async function withFreePort<T>(use: (port: number) => Promise<T>): Promise<T> {
  for (let left = TRIES; ; left--) {
    try {
      return await use(randomInt(...PORTS));
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}
