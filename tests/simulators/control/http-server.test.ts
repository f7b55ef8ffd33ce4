import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ControlServer, startControlServer } from '../../../simulators/control/http-server.ts';
import type { World } from '../../../simulators/world/world.ts';
import { HOUR, ID, NOW, oneLine } from '../support/small-world.ts';

let server: ControlServer;
let world: World;
let now = NOW;
beforeEach(async () => {
  now = NOW;
  world = oneLine('dlt645-tcp', 2);
  server = await startControlServer({ world, anchorMs: NOW, now: () => now, port: 0 });
});
afterEach(() => server.close());

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const url = `http://127.0.0.1:${server.port}${path}`;
  const response = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}
const dead = { kind: 'dead', target: { meter: ID } };

describe('the control server', () => {
  it('lists meters with what is to be expected of them', async () => {
    await call('PUT', '/faults/f1', { ...dead, from: null });
    const { status, body } = await call('GET', '/meters');
    expect(status).toBe(200);
    expect(body).toHaveLength(3);
    expect(body).toContainEqual(expect.objectContaining({ id: ID, expected: 'no_answer', faults: ['f1'] }));
  });

  it('tells the registers of a meter at any instant', async () => {
    const { body } = await call('GET', `/meters/${ID}?at=${NOW - HOUR}`);
    expect(body).toMatchObject({ id: ID, at: NOW - HOUR, registers: world.meter(ID).registers(NOW - HOUR) });
    expect((await call('GET', `/meters/${ID}?at=noon`)).status).toBe(400);
    expect((await call('GET', '/meters/5')).status).toBe(404);
  });

  it('switches a fault on from now and off again, and keeps what it was', async () => {
    const put = await call('PUT', '/faults/f1', dead);
    expect(put).toMatchObject({ status: 200, body: { id: 'f1', active: true, from: NOW, until: null } });
    now = NOW + HOUR;
    expect((await call('DELETE', '/faults/f1')).status).toBe(204);
    expect(await call('GET', '/faults')).toMatchObject({
      body: [{ id: 'f1', kind: 'dead', target: { meter: ID }, active: false, from: NOW, until: NOW + HOUR }],
    });
    expect((await call('DELETE', '/faults/f9')).status).toBe(404);
  });

  it('takes back what it lists', async () => {
    const { body } = await call('PUT', '/faults/f1', { kind: 'noise', target: { line: 'L1' }, every: 3 });
    expect((await call('PUT', '/faults/f1', body)).body).toEqual(body);
  });

  it('refuses a fault that makes no sense, and says why', async () => {
    expect(await call('PUT', '/faults/f1', { kind: 'dead', target: { meter: '5' } })).toEqual({
      status: 400,
      body: {
        error: 'cannot set fault f1: target: there is no meter 5',
        problems: ['target: there is no meter 5'],
      },
    });
    const url = `http://127.0.0.1:${server.port}/faults/f1`;
    expect((await fetch(url, { method: 'PUT', body: '{' })).status).toBe(400);
    expect((await fetch(url, { method: 'PUT', body: ' '.repeat(70_000) })).status).toBe(413);
    expect((await call('PUT', '/faults/%E0%A4%A', dead)).status).toBe(400);
    expect(world.faults.list()).toEqual([]);
  });

  it('knows nothing else', async () => {
    for (const [method, path] of [
      ['GET', '/'],
      ['POST', '/faults'],
      ['PUT', '/faults'],
      ['GET', '/faults/f1/more'],
    ] as const) {
      expect((await call(method, path)).status).toBe(404);
    }
  });

  it('does not answer under a name that a web page could have', async () => {
    const status = await new Promise((resolve) => {
      const headers = { host: 'example.com' };
      request({ port: server.port, host: '127.0.0.1', path: '/meters', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(403);
  });
});
