import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RegisterRequest } from '../../../../collector/protocols/modbus/register-request.ts';
import { scanTcp, wrapTcp } from '../../../../collector/protocols/modbus/tcp-frame.ts';
import { rtu, rtuReply } from './rtu-wire.ts';

const request: RegisterRequest = { unit: 7, functionCode: 3, address: 0x0100, quantity: 2 };
const TRANSACTION = 0x1234;
const scan = scanTcp(request, TRANSACTION);

/** A TCP frame: transaction, then the given header fields, then unit and PDU. */
function tcp(transaction: number, body: readonly number[], protocol = 0, length = body.length): Uint8Array {
  const words = [transaction, protocol, length].flatMap((word) => [word >> 8, word & 0xff]);
  return Uint8Array.of(...words, ...body);
}

const body = [7, 3, 4, 0x11, 0x22, 0x33, 0x44];
const reply = tcp(TRANSACTION, body);
const asRtu = rtuReply(7, 3, [0x1122, 0x3344]);

it('a request loses its CRC and gets a header', () => {
  expect(wrapTcp(rtu(7, 3, 1, 0, 0, 2), TRANSACTION)).toEqual(tcp(TRANSACTION, [7, 3, 1, 0, 0, 2]));
});

describe('a reply', () => {
  it('is waited for until its last byte and comes as an RTU frame', () => {
    for (let length = 0; length < reply.length; length++) {
      expect(scan(reply.subarray(0, length))).toEqual({ kind: 'more' });
    }
    expect(scan(reply)).toEqual({ kind: 'frame', value: asRtu, used: reply.length });
  });

  it('may be an exception', () => {
    const frame = tcp(TRANSACTION, [7, 0x83, 2]);
    expect(scan(frame)).toEqual({ kind: 'frame', value: rtu(7, 0x83, 2), used: 9 });
  });

  it.each([
    ['another function', [7, 4, 4, 1, 2, 3, 4], 'function 4 instead of 3'],
    ['fewer registers', [7, 3, 2, 1, 2], 'byte count 2 instead of 4'],
    ['fewer bytes than it counts', [7, 3, 4, 1, 2], 'length 5 instead of 7'],
    ['more bytes than it counts', [7, 3, 4, 1, 2, 3, 4, 5, 6], 'length 9 instead of 7'],
    ['an exception that is too long', [7, 0x83, 2, 0], 'exception of 4 bytes'],
  ])('to our transaction with %s is malformed', (_what, wrong, detail) => {
    const verdict = scan(tcp(TRANSACTION, wrong));
    expect(verdict).toEqual({ kind: 'damaged', reason: 'malformed', detail, answered: true });
  });
});

describe('a stray', () => {
  it('is the reply to another transaction, even when it fits in all else', () => {
    expect(scan(tcp(TRANSACTION - 1, body))).toEqual({ kind: 'stray', used: 13, reason: 'malformed' });
  });

  it('is the reply of another unit', () => {
    expect(scan(tcp(TRANSACTION, [8, ...body.slice(1)]))).toEqual({ kind: 'stray', used: 13, reason: 'wrong_address' });
  });
});

describe('a header that cannot be right asks for a new connection', () => {
  it.each([
    ['a protocol id', tcp(TRANSACTION, body, 1), 'protocol id 1 in the header'],
    ['a length that is too long', tcp(TRANSACTION, body, 0, 255), 'length 255 in the header'],
    ['a length that is too short', tcp(TRANSACTION, body, 0, 2), 'length 2 in the header'],
  ])('with %s', (_what, frame, detail) => {
    expect(scan(frame)).toEqual({ kind: 'damaged', reason: 'malformed', detail, next: 'reconnect' });
  });
});

it('only a frame with our transaction and unit is ever taken', () => {
  const frames = fc.tuple(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(frames, { maxLength: 5 }), fc.boolean(), (others, comes) => {
      const foreign = others.filter(([id, unit]) => id !== TRANSACTION || unit !== 7);
      let stream = [
        ...foreign.flatMap(([id, unit]) => [...tcp(id, [unit, ...body.slice(1)])]),
        ...(comes ? reply : []),
      ];
      for (;;) {
        const verdict = scan(Uint8Array.from(stream));
        if (verdict.kind === 'frame') {
          expect(comes).toBe(true);
          expect(verdict.value).toEqual(asRtu);
          break;
        }
        if (verdict.kind !== 'stray') {
          expect(verdict.kind).toBe('more');
          expect(comes).toBe(false);
          break;
        }
        stream = stream.slice(verdict.used);
      }
    }),
  );
});
