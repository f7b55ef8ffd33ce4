import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { EgressRules } from '../../../api/webhooks/egress-rules.ts';
import { type Address, safePoster } from '../../../api/webhooks/poster.ts';
import { EVENT_DEFAULTS } from '../../support/event-settings.ts';

const servers: Server[] = [];
const tcpServers: TcpServer[] = [];
afterEach(async () => {
  for (const server of tcpServers.splice(0)) await new Promise((resolve) => server.close(resolve));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

interface Seen {
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** A receiver that answers with a status and these headers, and what it was sent. */
async function receiver(
  host: string,
  status: number | null,
  { headers = {}, port = 0 }: { headers?: Record<string, string>; port?: number } = {},
): Promise<{ port: number; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      seen.push({ path: request.url ?? '', headers: request.headers, body });
      if (status !== null) response.writeHead(status, headers).end('a body that nobody reads'.repeat(10_000));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return { port: (server.address() as AddressInfo).port, seen };
}

/** Rules that let into one loopback address, which stands for a public one. */
const rulesOf = (port: number, network = '127.0.0.2/32'): EgressRules =>
  new EgressRules({
    ...EVENT_DEFAULTS,
    webhookAllowHttp: true,
    webhookPorts: String(port),
    webhookPrivateNetworks: network,
  });
const sent = (url: string, signal = new AbortController().signal) => ({
  url,
  headers: { 'webhook-id': 'e1', 'content-type': 'application/json' },
  body: '{"名":1}',
  signal,
});
const ip = (address: string): Address => ({ address, family: address.includes(':') ? 6 : 4 });

describe('posting to a webhook', () => {
  it('sends headers and body, and resolves with the status alone', async () => {
    const { port, seen } = await receiver('127.0.0.2', 202);
    const post = safePoster(rulesOf(port), async () => [ip('127.0.0.2')]);
    expect(await post(sent(`http://erp.example.com:${port}/hook?a=1`))).toBe(202);
    expect(seen).toMatchObject([
      { path: '/hook?a=1', headers: { 'webhook-id': 'e1', host: `erp.example.com:${port}` }, body: '{"名":1}' },
    ]);
  });

  it('connects to the address that was checked, whatever the name means a moment later', async () => {
    const outside = await receiver('127.0.0.2', 204);
    const inside = await receiver('127.0.0.1', 200, { port: outside.port });
    let asked = 0;
    const rebinding = async (): Promise<Address[]> => [ip(asked++ === 0 ? '127.0.0.2' : '127.0.0.1')];
    const post = safePoster(rulesOf(outside.port), rebinding);
    expect(await post(sent(`http://evil.example.com:${outside.port}/`))).toBe(204);
    expect([asked, outside.seen.length, inside.seen.length]).toEqual([1, 1, 0]);
    await expect(post(sent(`http://evil.example.com:${outside.port}/`))).rejects.toMatchObject({
      code: 'address_refused',
    });
    expect([outside.seen.length, inside.seen.length]).toEqual([1, 0]);
  });

  it.each([
    ['a private one', ['127.0.0.1']],
    ['a private one beside a public one', ['127.0.0.2', '127.0.0.1']],
    ['a mapped one', ['::ffff:127.0.0.1']],
    ['one of the link', ['fe80::1%lo']],
    ['none', []],
  ])('sends nothing when the name has %s', async (_what, addresses) => {
    const { port, seen } = await receiver('127.0.0.2', 200);
    const post = safePoster(rulesOf(port), async () => addresses.map(ip));
    await expect(post(sent(`http://erp.example.com:${port}/`))).rejects.toMatchObject({ code: 'address_refused' });
    expect(seen).toEqual([]);
  });

  it('takes a redirect for an answer and does not follow it', async () => {
    const inside = await receiver('127.0.0.1', 200);
    const location = `http://127.0.0.1:${inside.port}/admin`;
    const { port } = await receiver('127.0.0.2', 302, { headers: { location } });
    const post = safePoster(rulesOf(port), async () => [ip('127.0.0.2')]);
    expect(await post(sent(`http://erp.example.com:${port}/`))).toBe(302);
    expect(inside.seen).toEqual([]);
  });

  it('rejects with the reason of the signal when no answer comes, and when the name does not resolve', async () => {
    const { port, seen } = await receiver('127.0.0.2', null);
    const abort = new AbortController();
    const silent = safePoster(rulesOf(port), async () => [ip('127.0.0.2')])(
      sent(`http://erp.example.com:${port}/`, abort.signal),
    );
    await expect.poll(() => seen.length).toBe(1);
    abort.abort(new Error('too late'));
    await expect(silent).rejects.toThrow('too late');
    const unresolved = safePoster(rulesOf(port), () => new Promise(() => {}));
    await expect(unresolved(sent(`http://erp.example.com:${port}/`, abort.signal))).rejects.toThrow('too late');
  });

  it('rejects with the code of the system when nobody listens', async () => {
    const { port } = await receiver('127.0.0.2', 200);
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    const post = safePoster(rulesOf(port), async () => [ip('127.0.0.2')]);
    await expect(post(sent(`http://erp.example.com:${port}/`))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it.each<[string, string, number | string]>([
    [
      'a change of protocol',
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\nrubbish',
      101,
    ],
    ['a head and no end', 'HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\nx', 200],
    ['a body of rubbish', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZZZ\r\n', 200],
    ['a head without bounds', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(50_000)}`, 'HPE_HEADER_OVERFLOW'],
    [
      'two lengths',
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n',
      'HPE_INVALID_TRANSFER_ENCODING',
    ],
    ['no HTTP at all', '\0\0\0\0rubbish\r\n\r\n', 'HPE_INVALID_CONSTANT'],
    ['nothing but a promise', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100), 'late'],
  ])('settles, and cuts the connection, when the answer is %s', async (_what, answer, settled) => {
    const ends: Promise<unknown>[] = [];
    const server = createTcpServer((socket) => {
      socket.on('error', () => {}).once('data', () => socket.write(answer));
      ends.push(new Promise((resolve) => socket.once('close', resolve)));
    });
    tcpServers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve));
    const { port } = server.address() as AddressInfo;
    const post = safePoster(rulesOf(port), async () => [ip('127.0.0.2')]);
    const abort = new AbortController();
    const sending = post(sent(`http://erp.example.com:${port}/`, abort.signal)).catch(({ code }) => code);
    if (settled === 'late') abort.abort({ code: 'late' });
    expect(await sending).toBe(settled);
    expect(ends.length).toBeLessThanOrEqual(1);
    await Promise.all(ends);
  });

  it('says nothing to a server of an https:// address that has no TLS', async () => {
    const { port, seen } = await receiver('127.0.0.2', 200);
    const post = safePoster(rulesOf(port), async () => [ip('127.0.0.2')]);
    await expect(post(sent(`https://erp.example.com:${port}/`))).rejects.toMatchObject({ code: 'EPROTO' });
    expect(seen).toEqual([]);
  });
});
