import { Buffer } from 'node:buffer';
import { createServer } from 'node:http';

/**
 * A server that does nothing but send as many bytes as it is asked for (`/?bytes=N`), up to 64 KiB at a time: what an
 * answer of that size costs without anything behind it.
 */
const PIECE = Buffer.alloc(65_536, 'x');

const server = createServer((request, response) => {
  const bytes = Number(new URL(request.url ?? '/', 'http://bare').searchParams.get('bytes'));
  response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', bytes);
  let left = bytes;
  const send = (): void => {
    while (left > 0) {
      const size = Math.min(left, PIECE.length);
      left -= size;
      if (!response.write(PIECE.subarray(0, size)) && left > 0) {
        response.once('drain', send);
        return;
      }
    }
    response.end();
  };
  send();
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ ready: { port: address !== null && typeof address === 'object' ? address.port : 0 } });
});
