import { createServer } from 'node:net';

/**
 * A process that stands for any number of Modbus TCP gateways with all their units: one listener for every loopback
 * address, and the same registers everywhere. It does as little as it can, because it shares the machine with the
 * collector that is measured. Connections to 127.2.0.0/16 are accepted and never answered. Says its port, answers every
 * message with the number of its answers so far; ends when its parent does.
 */
const HEADER_BYTES = 6;
/** Transaction, protocol and length; unit, function, address and quantity. */
const REQUEST_BYTES = HEADER_BYTES + 6;
const MOST_REGISTERS = 125;
const DEAD = '127.2.';

/** What an SDM120 shows: 230 V, 4 A, 900 W where the reads look, and 0 elsewhere. */
function image(): Buffer {
  const bytes = Buffer.alloc(2 * (1 << 16));
  for (const [address, value] of [
    [0x00, 230],
    [0x06, 4],
    [0x0c, 900],
  ] as const) {
    bytes.writeFloatBE(value, 2 * address);
  }
  return bytes;
}

const registers = image();
let answers = 0;

function reply(request: Buffer): Buffer {
  const address = request.readUInt16BE(8);
  const quantity = Math.min(MOST_REGISTERS, request.readUInt16BE(10));
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + 3 + 2 * quantity);
  request.copy(bytes, 0, 0, 8);
  bytes.writeUInt16BE(3 + 2 * quantity, 4);
  bytes[8] = 2 * quantity;
  registers.copy(bytes, 9, 2 * address, 2 * (address + quantity));
  return bytes;
}

const server = createServer({ noDelay: true }, (socket) => {
  const isDead = socket.localAddress?.startsWith(DEAD) === true;
  let open: Buffer = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    if (isDead) return;
    open = open.length === 0 ? bytes : Buffer.concat([open, bytes]);
    while (open.length >= REQUEST_BYTES) {
      answers++;
      socket.write(reply(open.subarray(0, REQUEST_BYTES)));
      open = open.subarray(REQUEST_BYTES);
    }
  });
  socket.on('error', () => socket.destroy());
});
server.listen({ port: 0, host: '0.0.0.0', backlog: 4096 }, () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.send?.({ port: address.port });
});
process.on('message', () => process.send?.({ answers }));
process.once('disconnect', () => process.exit(0));
