import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { encodeFrame } from '../../../simulators/dlt645/frame.ts';
import { PacketSplitter } from '../../../simulators/gdw376/packet.ts';
import { LINE_KINDS } from '../../../simulators/world/spec.ts';
import { startSimLines } from '../../support/sim-lines.ts';
import { parse } from '../support/read645.ts';

const areas = LINE_KINDS.map((kind, i) => ({ id: `T${i}`, lines: [{ id: kind, kind, customers: 2 }] }));

describe('lines put on the air', () => {
  it('are each where they say, terminals at the port that is listened on', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const dialInPort = typeof address === 'object' && address ? address.port : 0;
    const called: string[] = [];
    server.on('connection', (socket) => {
      socket.on('error', () => {});
      socket.on('data', (data) => {
        const [packet] = new PacketSplitter().push(data);
        called.push(packet ? packet.terminal : data.subarray(5, 11).reverse().toString('hex'));
      });
    });
    const lines = await startSimLines({ areas }, { dialInPort });
    try {
      expect([...lines.endpoints.keys()].toSorted()).toEqual(LINE_KINDS.toSorted());
      expect(lines.endpoints.get('gdw376-dial-in')).toEqual({ dialInPort });
      expect(lines.endpoints.get('dlt698-pty')).toHaveProperty('path');
      await expect.poll(() => called.length, { interval: 5 }).toBe(2);
      expect(called.toSorted()).toEqual(['310100000007', '31010009']);
      const plain = lines.endpoints.get('dlt645-tcp');
      const socket = connect(plain && 'port' in plain ? plain.port : 0, '127.0.0.1');
      socket.write(encodeFrame({ address: '310001000001', control: 0x11, data: Uint8Array.of(0, 0, 1, 0) }));
      const [reply] = (await once(socket, 'data')) as [Buffer];
      socket.destroy();
      expect(parse(reply)).toMatchObject({ address: '310001000001', control: 0x91 });
    } finally {
      await lines.close();
      server.close();
    }
  });

  it('leave a free port to a collector that comes later, the same for all terminals', async () => {
    const dialling = areas.filter(({ lines: [line] }) => line?.kind.endsWith('-dial-in'));
    const lines = await startSimLines({ areas: dialling });
    const ports = [...lines.endpoints.values()].map((where) => ('dialInPort' in where ? where.dialInPort : 0));
    await lines.close();
    expect(new Set(ports).size).toBe(1);
    expect(ports[0]).toBeGreaterThanOrEqual(20_000);
  });
});
