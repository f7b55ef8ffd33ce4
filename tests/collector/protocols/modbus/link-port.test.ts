import { describe, expect, it } from 'vitest';
import { LinkPort, rtuFraming, tcpFraming } from '../../../../collector/protocols/modbus/link-port.ts';
import { requestOf } from '../../../../collector/protocols/modbus/register-request.ts';
import { rtu } from './rtu-wire.ts';

/** Everything that a port lets through to the line. */
function portOn(framing: ReturnType<typeof rtuFraming>) {
  const sent: Uint8Array[] = [];
  const failures: unknown[] = [];
  const exchange = (request: Uint8Array): Promise<never> => {
    sent.push(request);
    return new Promise(() => {});
  };
  const port = new LinkPort({ exchange }, framing);
  port.onFailure((error) => failures.push(error));
  return { port, sent, failures };
}

describe('a Modbus line carries the two reads of registers and nothing else', () => {
  it.each([
    ['RTU', rtuFraming, 1],
    ['TCP', tcpFraming, 7],
  ] as const)('over %s, whatever the function, the unit and the length', (_name, framing, functionAt) => {
    const { port, sent, failures } = portOn(framing());
    let tried = 0;
    for (let code = 0; code < 256; code++) {
      for (let length = 0; length <= 12; length++) {
        for (const unit of [0, 1, 247]) {
          port.write(rtu(unit, code, ...new Array<number>(length).fill(1)));
          tried++;
        }
      }
    }
    expect(new Set(sent.map((bytes) => bytes[functionAt]))).toEqual(new Set([3, 4]));
    expect(sent).toHaveLength(2 * 3);
    expect(failures).toHaveLength(tried - sent.length);
    expect(failures.every((error) => String(error).includes('only functions 3 and 4'))).toBe(true);
  });

  it('and knows the request in a frame of eight bytes only', () => {
    expect(requestOf(rtu(17, 4, 0x01, 0x56, 0, 2))).toEqual({ unit: 17, functionCode: 4, address: 342, quantity: 2 });
    expect(requestOf(rtu(17, 4, 0x01, 0x56, 0))).toBeNull();
    expect(requestOf(rtu(17, 16, 0x01, 0x56, 0, 2))).toBeNull();
  });
});
