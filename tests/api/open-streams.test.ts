import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewCentreEvent } from '#contract/centre-event.ts';
import { Metrics } from '#platform/metrics.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { EventTail } from '../../api/events/event-tail.ts';
import { OpenStreams } from '../../api/events/open-streams.ts';
import { scratchPaths } from '../gateway/stores/scratch-folder.ts';
import { AT, centreEvent } from '../gateway/stores/state-samples.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { quietLogger } from '../support/quiet-logger.ts';

const newPath = scratchPaths();
let state: StateStore;
let clock: ManualClock;
let tail: EventTail;
beforeEach(async () => {
  state = await openSqliteStateStore(newPath());
  clock = new ManualClock(AT);
  tail = new EventTail(state.events, clock, quietLogger());
});
afterEach(() => state.close());

const tell = (...events: Partial<NewCentreEvent>[]) =>
  state.events.tell(
    events.map((event) => centreEvent(event)),
    AT,
  );

describe('the streams of a process', () => {
  let server: Server;
  let open: OpenStreams;
  let url: string;
  const sockets: Socket[] = [];
  let valid: Set<string>;
  beforeEach(async () => {
    valid = new Set(['k']);
    open = new OpenStreams({
      mostPerKey: 2,
      validKeys: async () => valid,
      clock,
      logger: quietLogger(),
      metrics: new Metrics({ process: 'api', runtime: false }),
    });
    server = createServer((_request, response) => serve(response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    open.end();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const parts = () => ({ tail, events: state.events, filter: {}, site: 's' });
  const serve = (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    open.serve('k', response, null, parts());
  };

  it('send a named heartbeat every 15 s', async () => {
    const response = await fetch(url);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const more = async (): Promise<void> => {
      text += (await reader?.read())?.value ?? '';
    };
    const beats = (): number => text.split('event: heartbeat').length - 1;
    while (beats() < 1) await more();
    await clock.advance(14_999);
    await clock.advance(1);
    while (beats() < 2) await more();
    expect(beats()).toBe(2);
    await reader?.cancel();
  });

  it('are as many for a key as it may have, and one more when one has gone', async () => {
    const first = await fetch(url);
    await fetch(url);
    expect(() => open.refuseMore('other')).not.toThrow();
    expect(() => open.refuseMore('k')).toThrow(/2 streams/);
    await first.body?.cancel();
    await expect.poll(() => attempt(() => open.refuseMore('k'))).toBe(true);
  });

  it('leave their place when the client went before its stream began', async () => {
    let gone: ServerResponse | undefined;
    const request = createServer((_request, response) => {
      gone = response;
    });
    await new Promise<void>((resolve) => request.listen(0, '127.0.0.1', resolve));
    const socket = connect((request.address() as AddressInfo).port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await expect.poll(() => gone !== undefined).toBe(true);
    socket.destroy();
    await expect.poll(() => gone?.closed).toBe(true);
    for (let i = 0; i < 2; i++) open.serve('k', gone as ServerResponse, null, parts());
    expect(() => open.refuseMore('k')).not.toThrow();
    await new Promise((resolve) => request.close(resolve));
  });

  it('end with the next heartbeat when their key was revoked', async () => {
    const reading = await fetch(url);
    const text = reading.text();
    valid = new Set();
    await expect.poll(() => clock.waiting).toContain('heartbeat');
    await clock.advance(15_000);
    expect((await text).split('event: heartbeat').length - 1).toBe(2);
  });

  it('all end at once when the process ends', async () => {
    const reading = await fetch(url);
    open.end();
    expect(await reading.text()).toContain('event: heartbeat');
    await new Promise((resolve) => server.close(resolve));
  });

  it('keep no memory for a client that reads nothing: its connection is cut', async () => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    sockets.push(socket);
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await expect.poll(() => clock.waiting).toContain('heartbeat');
    const taken = Array.from({ length: 60 }, () => ({ data: { text: 'x'.repeat(500_000) } }));
    await tell(...taken);
    await expect
      .poll(async () => {
        await clock.advance(250);
        return tail.position;
      })
      .toBe(taken.length);
    const connections = () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
    await expect.poll(connections).toBe(0);
  });
});

function attempt(run: () => void): boolean {
  try {
    run();
    return true;
  } catch {
    return false;
  }
}
