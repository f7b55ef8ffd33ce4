import { createServer, type Server, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '#platform/clock.ts';
import { TcpLink } from '../../../collector/lines/tcp-link.ts';
import { linkSuite, never, until, type Wired } from './link-suite.ts';

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function wired(): Promise<Wired & { readonly sockets: Socket[]; readonly port: number }> {
  const sockets: Socket[] = [];
  const received: number[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('data', (bytes) => received.push(...bytes));
    socket.on('error', () => {});
  });
  const port = await listen(server);
  return {
    link: new TcpLink({ host: '127.0.0.1', port }, systemClock()),
    send: (bytes) => sockets.at(-1)?.write(bytes),
    received,
    hangUp: () => sockets.at(-1)?.end(),
    end: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
    sockets,
    port,
  };
}

describe('a TCP link', () => {
  linkSuite(wired);

  it('is called by host and port', async () => {
    const { link, port, end } = await wired();
    expect(link.name).toBe(`tcp 127.0.0.1:${port}`);
    expect(link.bitRate).toBeNull();
    await end();
  });

  it('reports a reset by the other side', async () => {
    const { link, sockets, end } = await wired();
    const downs: string[] = [];
    link.onDown((why) => downs.push(why));
    await link.open(never);
    await until('the other side is there', () => sockets.length > 0);
    sockets[0]?.resetAndDestroy();
    await until('the loss is known', () => downs.length > 0);
    expect(downs).toEqual(['link_reset: connection reset']);
    await end();
  });

  it('says that the connection was refused', async () => {
    const { link, port, end } = await wired();
    await end();
    await expect(link.open(never)).rejects.toMatchObject({
      message: `cannot open tcp 127.0.0.1:${port}: connection refused`,
      code: 'link_refused',
      next: 'reconnect',
    });
    expect(link.isOpen).toBe(false);
  });

  it('gives up a connection that does not come about in time', async () => {
    const { port, sockets, end } = await wired();
    const waits: [string, number][] = [];
    const atOnce = {
      ...systemClock(),
      after: (name: string, ms: number, run: () => void) => {
        waits.push([name, ms]);
        queueMicrotask(run);
        return () => {};
      },
    };
    const link = new TcpLink({ host: '127.0.0.1', port }, atOnce);
    await expect(link.open(never)).rejects.toMatchObject({ code: 'link_timeout' });
    expect(waits).toEqual([[`open tcp 127.0.0.1:${port}`, 5000]]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(sockets.filter((socket) => !socket.destroyed && socket.readyState === 'open')).toEqual([]);
    await end();
  });

  it('ends an opening that is still under way when it is closed', async () => {
    const { link, end } = await wired();
    const opening = link.open(never);
    await link.close();
    await expect(opening).rejects.toMatchObject({ code: 'link_closed' });
    await end();
  });
});
