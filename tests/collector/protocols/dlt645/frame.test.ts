import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressBytes,
  addressText,
  fullAddress,
  matchesAddress,
} from '../../../../collector/protocols/dlt645/address.ts';
import { type Frame, findFrame } from '../../../../collector/protocols/dlt645/frame.ts';
import { encodeRequest, type ReadRequest } from '../../../../collector/protocols/dlt645/frame-encode.ts';
import { encodeReply } from '../../../support/dlt645-reply.ts';
import { type Golden, hex, NEGATIVES, REPLIES, REQUESTS, toHex } from './vectors.ts';

const READS = new Set(['11', '12', '13']);

function frameOf({ parsed }: Golden): Frame {
  return {
    address: parsed.address,
    control: Number.parseInt(parsed.control, 16),
    data: hex(parsed.data_minus_33),
  };
}

function preambleOf({ bytes }: Golden): number {
  return bytes.indexOf(0x68);
}

const frames = fc.record({
  address: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 12, maxLength: 12 }).map((digits) => digits.join('')),
  control: fc.integer({ min: 0x80, max: 0xff }),
  data: fc.uint8Array({ maxLength: 200 }),
});

describe('the recorded frames', () => {
  it('are all there', () => {
    expect([REQUESTS.length, REPLIES.length, NEGATIVES.length]).toEqual([44, 40, 4]);
  });

  it.each([...REQUESTS, ...REPLIES])('$name decodes to its address, control and data', (golden) => {
    expect(findFrame(golden.bytes)).toEqual({
      kind: 'frame',
      frame: frameOf(golden),
      start: preambleOf(golden),
      end: golden.bytes.length,
    });
  });

  it.each(REQUESTS.filter(({ parsed }) => READS.has(parsed.control)))(
    'read request $name encodes byte for byte',
    (golden) => {
      const request = frameOf(golden) as ReadRequest;
      expect(toHex(encodeRequest(request, preambleOf(golden)))).toBe(toHex(golden.bytes));
    },
  );

  it.each(REPLIES)('reply $name encodes byte for byte', (golden) => {
    expect(toHex(encodeReply(frameOf(golden), preambleOf(golden)))).toBe(toHex(golden.bytes));
  });

  it.each(REQUESTS.filter(({ parsed }) => !READS.has(parsed.control)))('$name is refused by the encoder', (golden) => {
    const order = frameOf(golden) as ReadRequest;
    const refused = expect.objectContaining({ code: 'read_only', message: expect.stringMatching(/^cannot encode /) });
    expect(() => encodeRequest(order)).toThrow(refused);
  });

  it.each(NEGATIVES)('$name is refused for that reason', ({ response_hex, decoded }) => {
    const damage = {
      checksum: 'checksum',
      'end byte': 'end',
      'second 68 missing': 'second_start',
      'length beyond buffer': 'length',
    }[String(decoded['reject'])];
    expect(damage).toBeDefined();
    expect(findFrame(hex(response_hex ?? ''))).toMatchObject({ kind: 'damaged', damage });
  });
});

describe('the encoder', () => {
  it('knows no request but the reads of data and address, whatever the control byte and the length', () => {
    const sent = new Set<string>();
    for (let control = 0; control < 0x200; control++) {
      for (let length = 0; length <= 12; length++) {
        const request = { address: '000000000001', control, data: new Uint8Array(length) };
        try {
          const bytes = encodeRequest(request as ReadRequest, 0);
          sent.add(toHex(bytes.subarray(8, 10)));
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^(read_only|bad_length)$/) });
        }
      }
    }
    expect([...sent]).toEqual(['0102', '0202', '1104', '1105', '110A', '1205', '1300']);
  });

  it('refuses a broadcast, which no meter answers', () => {
    const request = { address: '999999999999', control: 0x11, data: new Uint8Array(4) } as const;
    expect(() => encodeRequest(request)).toThrow(/broadcast/);
  });

  it('wakes the meter with four FE bytes', () => {
    const bytes = encodeRequest({ address: 'AAAAAAAAAAAA', control: 0x11, data: hex('00000100') });
    expect(toHex(bytes)).toBe('FEFEFEFE68AAAAAAAAAAAA68110433333433AE16');
  });
});

describe('the search for a frame', () => {
  it('gives back any frame that was encoded, behind any number of FE', () => {
    fc.assert(
      fc.property(frames, fc.integer({ min: 0, max: 20 }), (frame, preamble) => {
        const found = findFrame(encodeReply(frame, preamble));
        expect(found).toMatchObject({ kind: 'frame', frame, start: preamble });
      }),
    );
  });

  it('waits for more while any part of a frame is missing', () => {
    fc.assert(
      fc.property(frames, fc.nat(), (frame, cut) => {
        const bytes = encodeReply(frame, 2);
        expect(findFrame(bytes.subarray(0, cut % bytes.length)).kind).toBe('more');
      }),
    );
  });

  it('finds the frame behind noise that holds no 68', () => {
    const noise = fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.filter((byte) => byte !== 0x68));
    fc.assert(
      fc.property(noise, frames, (before, frame) => {
        const found = findFrame(Uint8Array.of(...before, ...encodeReply(frame)));
        expect(found).toMatchObject({ kind: 'frame', frame, start: before.length });
      }),
    );
  });

  it('goes on at the next 68 after a damaged frame', () => {
    fc.assert(
      fc.property(frames, frames, (first, second) => {
        const damaged = encodeReply(first);
        damaged[damaged.length - 2] = ((damaged.at(-2) ?? 0) + 1) & 0xff;
        const sound = encodeReply(second);
        expect(findFrame(Uint8Array.of(...damaged, ...sound))).toMatchObject({ kind: 'frame', frame: second });
      }),
    );
  });

  it('takes a doubled 68 for one', () => {
    const bytes = encodeReply({ address: '161', control: 0x91, data: hex('00000100') });
    expect(findFrame(Uint8Array.of(0x68, ...bytes))).toMatchObject({ kind: 'frame', start: 1 });
  });

  it('says at once that a complete frame is damaged, though its second 68 could begin another', () => {
    const refusal = encodeReply({ address: '12', control: 0xd1, data: hex('02') });
    refusal[10] = 0x36;
    expect(findFrame(refusal)).toMatchObject({ kind: 'damaged', damage: 'checksum' });
  });

  it('refuses an address that is not decimal', () => {
    const bytes = encodeReply({ address: '000000000012', control: 0x91, data: hex('00000100') });
    bytes[1] = 0x1b;
    bytes[bytes.length - 2] = ((bytes.at(-2) ?? 0) + 9) & 0xff;
    expect(findFrame(bytes)).toMatchObject({ kind: 'damaged', damage: 'address' });
  });
});

describe('an address', () => {
  it('travels low byte first, filled with zeros on the high side', () => {
    expect(toHex(addressBytes('123456789012'))).toBe('129078563412');
    expect(fullAddress('161')).toBe('000000000161');
    expect(addressText(hex('129078563412'))).toBe('123456789012');
  });

  it('with AA matches any two digits there, and nothing else', () => {
    expect(matchesAddress('AAAAAAAA5678', '000012345678')).toBe(true);
    expect(matchesAddress('AAAAAAAA5678', '000012345679')).toBe(false);
    expect(matchesAddress('AAAAAAAAAAAA', '071801024091')).toBe(true);
    expect(matchesAddress('000012345678', 'AAAAAAAAAAAA')).toBe(false);
  });

  it('of letters or 13 digits is refused', () => {
    expect(() => fullAddress('12A4')).toThrow(/cannot use meter address/);
    expect(() => fullAddress('1234567890123')).toThrow(/cannot use meter address/);
  });
});
