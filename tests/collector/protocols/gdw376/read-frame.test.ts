import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRequest, type ReadControl } from '../../../../collector/protocols/dlt645/frame-encode.ts';
import { isReadFrame } from '../../../../collector/protocols/gdw376/read-frame.ts';
import { encodeReply } from '../../../support/dlt645-reply.ts';
import { REQUESTS } from '../dlt645/vectors.ts';
import { hex } from './vectors.ts';

const ENERGY = hex('68 61 10 01 30 12 15 68 11 04 33 33 34 33 7B 16');
const GET = hex('68 17 00 43 05 00 00 00 00 00 00 00 72 79 05 01 00 00 10 02 01 00 0D 04 16');

interface Recorded {
  readonly name: string;
  readonly request_hex: string | null;
  readonly response_hex: string | null;
}

/** CRC-16/X.25, bit by bit from its definition. */
function crc(bytes: Uint8Array): [number, number] {
  let value = 0xffff;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const isSet = ((value ^ (byte >> bit)) & 1) === 1;
      value = isSet ? (value >>> 1) ^ 0x8408 : value >>> 1;
    }
  }
  return [~value & 0xff, (~value >> 8) & 0xff];
}

/** A DL/T 698.45 frame with right checksums around any control byte, SA flag and APDU. */
function frame698(control: number, apdu: Uint8Array, flag = 0x05): Uint8Array {
  const address = new Uint8Array((flag & 0x0f) + 1).fill(1);
  const length = 2 + 1 + 1 + address.length + 1 + 2 + apdu.length + 2;
  const head = Uint8Array.of(length & 0xff, length >> 8, control, flag, ...address, 0);
  const body = Uint8Array.of(...head, ...crc(head), ...apdu);
  return Uint8Array.of(0x68, ...body, ...crc(body), 0x16);
}

describe('what may be forwarded to a meter', () => {
  it.each(REQUESTS)('of the recorded DL/T 645-2007 requests: $name only if it reads', ({ bytes, parsed }) => {
    expect(isReadFrame(bytes)).toBe(['11', '12', '13'].includes(parsed.control));
  });

  it('is every request that the DL/T 645 encoder makes', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[0-8][0-9]{11}$/),
        fc.constantFrom([0x11, 4], [0x11, 5], [0x11, 10], [0x12, 5]),
        fc.uint8Array({ minLength: 10, maxLength: 10 }),
        fc.nat(6),
        (address, [control, length], data, preamble) => {
          const request = { address, control: control as ReadControl, data: data.subarray(0, length) };
          expect(isReadFrame(encodeRequest(request, preamble))).toBe(true);
        },
      ),
    );
  });

  it('is no DL/T 645 frame of another function, whatever its length', () => {
    const reads = new Set([0x01, 0x02, 0x11, 0x12, 0x13]);
    const passed = new Set<number>();
    for (let control = 0; control < 256; control++) {
      for (let length = 0; length <= 20; length++) {
        const bytes = encodeReply({ address: '123456789012', control, data: new Uint8Array(length) });
        if (isReadFrame(bytes)) passed.add(control);
      }
    }
    expect(passed).toEqual(reads);
  });

  it('is no read to the broadcast address, to an address that is not decimal, or of a length that no read has', () => {
    const frame = (address: string, length = 4): Uint8Array =>
      encodeReply({ address, control: 0x11, data: new Uint8Array(length) });
    expect(isReadFrame(frame('123456789012'))).toBe(true);
    expect(isReadFrame(frame('AAAAAAAAAAAA'))).toBe(true);
    expect(isReadFrame(frame('999999999999'))).toBe(false);
    expect(isReadFrame(frame('1A3456789012'))).toBe(false);
    expect(isReadFrame(frame('123456789012', 8))).toBe(false);
  });

  it('is nothing before, behind or between: exactly one frame', () => {
    expect(isReadFrame(ENERGY)).toBe(true);
    expect(isReadFrame(Uint8Array.of(0xfe, 0xfe, ...ENERGY))).toBe(true);
    expect(isReadFrame(Uint8Array.of(...ENERGY, ...ENERGY))).toBe(false);
    expect(isReadFrame(Uint8Array.of(...ENERGY, 0x00))).toBe(false);
    expect(isReadFrame(Uint8Array.of(0x00, ...ENERGY))).toBe(false);
    expect(isReadFrame(ENERGY.subarray(0, -1))).toBe(false);
    for (const nothing of [[], [0xfe], [0x68]]) expect(isReadFrame(Uint8Array.from(nothing))).toBe(false);
  });

  it('is no frame with one changed byte', () => {
    for (const frame of [ENERGY, GET]) {
      for (const at of frame.keys()) {
        for (let flip = 1; flip < 256; flip++) {
          expect(isReadFrame(frame.with(at, (frame[at] ?? 0) ^ flip)), `byte ${at} xor ${flip}`).toBe(false);
        }
      }
    }
  });

  it('of the recorded DL/T 698.45 frames is only a GET-request or the confirm of a block', () => {
    const recorded: Recorded[] = JSON.parse(
      readFileSync(new URL('../dlt698/vectors/dlt698.json', import.meta.url), 'utf8'),
    );
    const frames = recorded.flatMap(({ request_hex, response_hex }) => [request_hex, response_hex]);
    const passed = frames
      .filter((text) => text !== null)
      .map(hex)
      .filter(isReadFrame);
    expect(passed.length).toBeGreaterThan(5);
    for (const frame of passed) expect([0x43, 0x63]).toContain(frame[3]);
    const kinds = passed.map((frame) => {
      const apdu = frame.subarray(5 + ((frame[4] ?? 0) & 0x0f) + 4);
      return frame[3] === 0x63 ? 'block' : apdu[0];
    });
    expect(new Set(kinds)).toEqual(new Set(['block', 0x05]));
  });

  it('is a DL/T 698.45 GET-request of any of its five services, and no other APDU', () => {
    const passed: string[] = [];
    for (let tag = 0; tag < 256; tag++) {
      for (let service = 0; service < 8; service++) {
        if (isReadFrame(frame698(0x43, Uint8Array.of(tag, service, 0, 0, 0x10, 2, 1, 0)))) {
          passed.push(`${tag} ${service}`);
        }
      }
    }
    expect(passed).toEqual(['5 1', '5 2', '5 3', '5 4', '5 5']);
  });

  it('is a GET-request with no other control byte: from the meter, split, scrambled, or of the link', () => {
    const apdu = Uint8Array.of(5, 1, 0, 0, 0x10, 2, 1, 0);
    const passed = Array.from({ length: 256 }, (_, control) => control).filter((control) =>
      isReadFrame(frame698(control, apdu)),
    );
    expect(passed).toEqual([0x43]);
  });

  it('is the confirm of a block, but no block that carries data', () => {
    expect(isReadFrame(frame698(0x63, Uint8Array.of(0x05, 0x81)))).toBe(true);
    expect(isReadFrame(frame698(0x63, Uint8Array.of(0x05, 0x01)))).toBe(false);
    expect(isReadFrame(frame698(0x63, Uint8Array.of(0x05, 0x81, 0x06)))).toBe(false);
  });

  it('is no GET-request to a group or to everybody', () => {
    const apdu = Uint8Array.of(5, 1, 0, 0, 0x10, 2, 1, 0);
    expect([0x05, 0x45, 0x85, 0xc5].map((flag) => isReadFrame(frame698(0x43, apdu, flag)))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('is no GET-request that hides a DL/T 645 order which a meter on the same bus would obey', () => {
    const order = encodeReply({ address: '123456789012', control: 0x1c, data: new Uint8Array(16) });
    const hiding = frame698(0x43, Uint8Array.of(5, 3, 0, 0x50, 4, 2, 0, 1, 9, order.length, ...order, 0));
    const harmless = frame698(0x43, Uint8Array.of(5, 3, 0, 0x50, 4, 2, 0, 1, 9, order.length, ...order.with(9, 0), 0));
    expect(isReadFrame(harmless)).toBe(true);
    expect(isReadFrame(hiding)).toBe(false);
  });

  it('is no rubbish', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => !isReadFrame(bytes)));
  });
});
