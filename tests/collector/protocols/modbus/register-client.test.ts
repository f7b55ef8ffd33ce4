import modbus from 'modbus-serial';
import { describe, expect, it } from 'vitest';
import type { Exchanger } from '../../../../collector/lines/exchange.ts';
import { ReadError } from '../../../../collector/lines/read-error.ts';
import { LinkPort, rtuFraming, tcpFraming } from '../../../../collector/protocols/modbus/link-port.ts';
import { RegisterClient } from '../../../../collector/protocols/modbus/register-client.ts';
import type { RegisterRequest } from '../../../../collector/protocols/modbus/register-request.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { rtu, rtuReply, VECTORS } from './rtu-wire.ts';
import { ScriptedLine } from './scripted-line.ts';

const request: RegisterRequest = { unit: 5, functionCode: 3, address: 0x10, quantity: 2 };

function clientOn(exchanger: Exchanger, clock = new ManualClock(0)): RegisterClient {
  return new RegisterClient(new LinkPort(exchanger, rtuFraming()), clock);
}

/** A line on which every exchange ends in one way. */
function lineWith(exchange: (bytes: Uint8Array) => Promise<unknown>): Exchanger & { readonly sent: Uint8Array[] } {
  const sent: Uint8Array[] = [];
  return {
    sent,
    exchange: (bytes) => {
      sent.push(bytes);
      return exchange(bytes) as Promise<never>;
    },
  };
}

it('the frames of the vectors go out and come in as they stand there', async () => {
  for (const vector of VECTORS) {
    const line = lineWith(async () => vector.response);
    const [unit = 0, functionCode = 0] = vector.request;
    const at = new DataView(vector.request.buffer);
    const asked = { unit, functionCode: functionCode as 3 | 4, address: at.getUint16(2), quantity: at.getUint16(4) };
    const reply = clientOn(line).read(asked);
    if (vector.decoded.exception === undefined) {
      expect([...(await reply)]).toEqual([...vector.response.subarray(3, -2)]);
    } else {
      await expect(reply).rejects.toMatchObject({ exception: vector.decoded.exception });
    }
    expect(line.sent).toEqual([Buffer.from(vector.request)]);
  }
});

describe('an exception', () => {
  it.each([
    [1, 'not_supported', 'skip', true, '01 illegal function'],
    [2, 'not_supported', 'skip', true, '02 illegal data address'],
    [3, 'not_supported', 'skip', true, '03 illegal data value'],
    [4, 'device_error', 'retry', true, '04 device failure'],
    [5, 'device_error', 'retry', true, '05 acknowledge, still at work'],
    [6, 'device_error', 'retry', true, '06 device busy'],
    [7, 'device_error', 'retry', true, '07 negative acknowledge'],
    [8, 'device_error', 'retry', true, '08 memory parity error'],
    [10, 'device_error', 'skip', false, '0A gateway path unavailable'],
    [11, 'no_answer', 'retry', false, '0B gateway target did not respond'],
    [99, 'device_error', 'retry', true, '63 unknown'],
  ])('%i is %s, next is %s, and the meter has answered: %s', async (exception, reason, next, answered, text) => {
    const read = clientOn(new ScriptedLine(() => ({ exception }))).read(request);
    await expect(read).rejects.toMatchObject({ reason, next, answered, detail: `exception ${text}` });
  });
});

describe('a failed exchange', () => {
  it('rejects the read with its own error, and the next read is not disturbed', async () => {
    const line = new ScriptedLine(() => 'silence');
    const client = clientOn(line);
    await expect(client.read(request)).rejects.toBeInstanceOf(ReadError);
    line.says = () => [1, 2];
    expect([...(await client.read(request))]).toEqual([0, 1, 0, 2]);
  });

  it('rejects the read whatever was thrown', async () => {
    const client = clientOn(lineWith(() => Promise.reject(new RangeError('scan is broken'))));
    await expect(client.read(request)).rejects.toThrow('scan is broken');
  });
});

it.each([
  ['fewer registers than asked for', rtuReply(5, 3, [1])],
  ['a wrong CRC', Uint8Array.of(5, 3, 4, 0, 1, 0, 2, 0, 0)],
  ['no bytes', new Uint8Array()],
  ['a byte count that hides registers', rtu(5, 3, 2, 0, 1, 0, 2)],
])('a reply with %s is malformed even if the frame scan lets it through', async (_what, frame) => {
  const client = clientOn(lineWith(async () => frame));
  await expect(client.read(request)).rejects.toMatchObject({ reason: 'malformed' });
});

it('nothing but reads goes on the line, whatever the library is asked for', async () => {
  const line = lineWith(async () => rtu(1, 6, 0, 1, 0, 1));
  const port = new LinkPort(line, rtuFraming());
  const failed = new Promise<unknown>((resolve) => port.onFailure(resolve));
  const library = new modbus.default(port);
  library.open();
  library.writeFC6(1, 1, 1, () => {});
  expect(String(await failed)).toContain('BUG');
  expect(line.sent).toEqual([]);
});

it('each TCP request has a transaction of its own, also when the numbers begin again', () => {
  const framing = tcpFraming();
  const adu = rtu(5, 3, 0, 0x10, 0, 2);
  const seen: number[] = [];
  for (let i = 0; i < 65_537; i++) {
    const { bytes } = framing(request, adu);
    seen.push((bytes[0] ?? 0) * 256 + (bytes[1] ?? 0));
  }
  expect(new Set(seen.slice(0, 65_536)).size).toBe(65_536);
  expect(seen[65_536]).toBe(seen[0]);
});

it('a unit that needs rest gets it between its requests, and other units do not wait for it', async () => {
  const clock = new ManualClock(0);
  const line = new ScriptedLine(() => [1, 2]);
  const client = clientOn(line, clock);
  await client.read(request, 50);
  await clock.advance(20);
  const second = client.read(request, 50);
  await clock.advance(29);
  expect(line.asked).toHaveLength(1);
  await client.read({ ...request, unit: 6 });
  expect(line.asked).toHaveLength(2);
  await clock.advance(1);
  await second;
  expect(line.asked).toHaveLength(3);
});
