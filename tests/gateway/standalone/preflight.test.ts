import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ensurePortFree } from '../../../gateway/standalone/preflight.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** A port that somebody listens on until the end of the test. */
function taken(): Promise<number> {
  const server = createServer();
  servers.push(server);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(address !== null && typeof address === 'object' ? address.port : 0);
    });
  });
}

describe('before anything is started', () => {
  it('a port that another program listens on is refused, with the command that helps', async () => {
    const port = await taken();
    await expect(ensurePortFree('127.0.0.1', port)).rejects.toMatchObject({
      code: 'port_taken',
      next: 'stop',
      message:
        `cannot serve on 127.0.0.1:${port}: another program is listening there; ` +
        `choose another port: npm start -- --port ${port + 1}`,
    });
  });

  it('an address that this machine does not have is refused, naming the setting and not another port', async () => {
    const refused = ensurePortFree('192.0.2.1', 8080);
    await expect(refused).rejects.toMatchObject({
      code: 'port_taken',
      message: expect.stringMatching(/^cannot serve on 192\.0\.2\.1:8080: .*EADDRNOTAVAIL.*METERWAY_API_HOST/),
    });
    await expect(refused).rejects.not.toThrow(/npm start/);
  });

  it('a free port passes, and is free again afterwards', async () => {
    const port = await taken();
    const [server] = servers.splice(0);
    await new Promise((resolve) => server?.close(resolve));
    await ensurePortFree('127.0.0.1', port);
    await ensurePortFree('127.0.0.1', port);
  });

  it('port 0 passes: the system chooses one', async () => {
    await ensurePortFree('127.0.0.1', 0);
  });
});
