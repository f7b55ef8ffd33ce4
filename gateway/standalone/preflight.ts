import { createServer } from 'node:net';
import { MeterwayError, messageOf, systemCode } from '#platform/errors.ts';

/** Throws when nothing can listen on the port, with the next step; port 0 is always free. */
export function ensurePortFree(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (cause) => {
      const taken = systemCode(cause) === 'EADDRINUSE';
      const why = taken
        ? `another program is listening there; choose another port: npm start -- --port ${port + 1}`
        : `${messageOf(cause)}; the address is set with METERWAY_API_HOST, the port with METERWAY_API_PORT`;
      reject(new MeterwayError(`cannot serve on ${host}:${port}: ${why}`, { code: 'port_taken', cause }));
    });
    server.listen(port, host, () => server.close(() => resolve()));
  });
}
