import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  commByte,
  decodeForwardReply,
  decodeForwardRequest,
  encodeForwardRequest,
  gapByte,
  waitByte,
  waitMs,
} from '../../../../collector/protocols/gdw376/forward.ts';

describe('the data of a forward', () => {
  it('name the settings of the port in one byte', () => {
    expect(commByte({ baudRate: 2400, parity: 'even' })).toBe(0x6b);
    expect(commByte({ baudRate: 9600, parity: 'none' })).toBe(0xc3);
    expect(commByte({ baudRate: 1200, parity: 'odd' })).toBe(0x4f);
    expect(commByte({ baudRate: 19_200, parity: 'even' })).toBe(0xeb);
  });

  it('name the wait in steps of 10 ms, or in seconds when it is longer', () => {
    expect([0, 10, 1000, 1279, 1280, 20_000, 60_000, 999_000].map(waitByte)).toEqual([
      0x01, 0x01, 0x64, 0x7f, 0x81, 0x94, 0xbc, 0xff,
    ]);
    expect([0x64, 0xbc].map(waitMs)).toEqual([1000, 60_000]);
  });

  it('never name a longer wait than was asked for, above the shortest', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 120_000 }), (ms) => {
        const named = waitMs(waitByte(ms));
        return named <= ms && named > ms / 2 - 10;
      }),
    );
  });

  it('name the silence inside a reply in steps of 10 ms', () => {
    expect([0, 95, 100, 500, 9000].map(gapByte)).toEqual([1, 10, 10, 50, 255]);
  });

  it('come back as they went, and only with the length that they name', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.uint8Array({ minLength: 1, maxLength: 3 }), (inner, more) => {
        const request = { port: 31, comm: 0x6b, wait: 0x94, byteTimeout: 50, inner };
        const data = encodeForwardRequest(request);
        expect(decodeForwardRequest(data)).toEqual(request);
        expect(decodeForwardRequest(Uint8Array.of(...data, ...more))).toBeNull();
        expect(decodeForwardRequest(data.subarray(0, -1))).toBeNull();
        const reply = Uint8Array.of(31, inner.length & 0xff, inner.length >> 8, ...inner);
        expect(decodeForwardReply(reply)).toEqual({ port: 31, inner });
        expect(decodeForwardReply(Uint8Array.of(...reply, ...more))).toBeNull();
        expect(decodeForwardReply(reply.subarray(0, -1))).toBeNull();
      }),
    );
  });
});
