import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { expectedYesterday } from '../district/scenario.ts';
import { isActive } from '../faults/fault.ts';
import { FaultError, type FaultInput } from '../faults/parse-fault.ts';
import type { World } from '../world/world.ts';
import { namedFault } from './state-file.ts';

export interface ControlOptions {
  readonly world: World;
  readonly anchorMs: number;
  readonly now: () => number;
  readonly port: number;
}

export interface ControlServer {
  readonly port: number;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const LONGEST_BODY = 65_536;
const LOOPBACK = '127.0.0.1';

/** A request that cannot be answered as asked. */
class Refused extends Error {
  readonly status: number;

  constructor(message: string, options: ErrorOptions & { readonly status: number }) {
    super(message, options);
    this.status = options.status;
  }
}

/**
 * Switches faults while the district runs. Loopback only, and only under a loopback name, so that no web page can reach
 * it: `GET /meters`, `GET /meters/{id}?at=`, `GET /faults`, `PUT /faults/{id}`, `DELETE /faults/{id}`.
 */
export async function startControlServer(options: ControlOptions): Promise<ControlServer> {
  const server = createServer((request, response) => void serve(options, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Error(`cannot listen on the control port ${options.port}`, { cause: error })),
    );
    server.listen(options.port, LOOPBACK, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(options: ControlOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, body } = await answer(options, request).catch(refusal);
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(body === undefined ? undefined : `${JSON.stringify(body)}\n`);
}

function refusal(error: unknown): Answer {
  if (error instanceof FaultError) return { status: 400, body: { error: error.message, problems: error.problems } };
  if (error instanceof Refused) return { status: error.status, body: { error: error.message } };
  return { status: 500, body: { error: error instanceof Error ? error.message : String(error) } };
}

async function answer(options: ControlOptions, request: IncomingMessage): Promise<Answer> {
  const host = request.headers.host?.replace(/:\d+$/, '');
  if (host !== LOOPBACK && host !== 'localhost')
    throw new Refused('only under the name 127.0.0.1 or localhost', { status: 403 });
  const url = new URL(request.url ?? '/', `http://${LOOPBACK}`);
  const [, collection, id, ...more] = url.pathname.split('/').map(decoded);
  if (more.length > 0) throw new Refused(`there is nothing at ${url.pathname}`, { status: 404 });
  const route = `${request.method} /${collection}${id === undefined ? '' : '/{id}'}`;
  switch (route) {
    case 'GET /meters':
      return { status: 200, body: meters(options) };
    case 'GET /meters/{id}':
      return { status: 200, body: meter(options, id ?? '', url.searchParams.get('at')) };
    case 'GET /faults':
      return { status: 200, body: options.world.faults.list().map((fault) => faultJson(options, fault.id)) };
    case 'PUT /faults/{id}':
      return { status: 200, body: putFault(options, id ?? '', await bodyOf(request)) };
    case 'DELETE /faults/{id}':
      if (!options.world.faults.end(id ?? '', wholeSecondMs(options.now())))
        throw new Refused(`there is no fault ${id}`, { status: 404 });
      return { status: 204, body: undefined };
    default:
      throw new Refused(`there is nothing at ${route}`, { status: 404 });
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    throw new Refused(`the path part ${part} is not well-formed`, { status: 400, cause: error });
  }
}

function meters({ world, anchorMs, now }: ControlOptions): object[] {
  const expected = expectedYesterday(world, anchorMs);
  return world.meters.map(({ spec, faults }) => ({
    id: spec.id,
    model: spec.model,
    line: spec.line,
    address: spec.address,
    area: spec.area,
    role: spec.role,
    account: spec.account,
    expected: expected.get(spec.id),
    faults: faults.filter((fault) => isActive(fault, now())).map((fault) => fault.id),
  }));
}

function meter({ world, now }: ControlOptions, id: string, at: string | null): object {
  const found = world.find(id);
  if (!found) throw new Refused(`there is no meter ${id}`, { status: 404 });
  const atMs = at === null ? now() : /^\d+$/.test(at) ? Number(at) : Date.parse(at);
  if (!Number.isSafeInteger(atMs))
    throw new Refused('at must be UTC milliseconds or an RFC 3339 instant', { status: 400 });
  return { ...found.spec, at: atMs, powered: found.isPowered(atMs), registers: found.registers(atMs) };
}

/** Without `from` a fault begins now: nothing that was read before it becomes untrue. */
function putFault(options: ControlOptions, id: string, body: unknown): object {
  const now = wholeSecondMs(options.now());
  const input = typeof body === 'object' && body !== null && !('from' in body) ? { ...body, from: now } : body;
  options.world.faults.put(id, input as FaultInput, now);
  return faultJson(options, id);
}

function faultJson({ world, now }: ControlOptions, id: string): object {
  const fault = world.faults.get(id);
  return fault ? { id, active: isActive(fault, now()), ...namedFault(fault).fault } : {};
}

/** Meters live in whole seconds; a fault that begins inside one would be half true in it. */
function wholeSecondMs(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > LONGEST_BODY)
      throw new Refused(`the body must not be longer than ${LONGEST_BODY} bytes`, { status: 413 });
    chunks.push(bytes);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    throw new Refused(`the body is not JSON: ${String(error)}`, { status: 400, cause: error });
  }
}
