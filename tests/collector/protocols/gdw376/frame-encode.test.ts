import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MeterwayError } from '#platform/errors.ts';
import { encodeForwardRequest } from '../../../../collector/protocols/gdw376/forward.ts';
import { type Frame, findFrame } from '../../../../collector/protocols/gdw376/frame.ts';
import { encodeFrame } from '../../../../collector/protocols/gdw376/frame-encode.ts';
import { encodeReply } from '../../../support/dlt645-reply.ts';
import { FRAMES, requestNamed, responseNamed, toHex } from './vectors.ts';

const readOnly = expect.objectContaining({
  code: 'read_only',
  message: expect.stringMatching(/^cannot encode a frame to terminal [0-9A-F]{8}: /),
});

function frameOf(bytes: Uint8Array): Frame {
  const found = findFrame(bytes);
  if (found.kind !== 'frame') throw new Error('no frame');
  return found.frame;
}

const READ = frameOf(requestNamed('transparent forward AFN10 F1 of'));
const CONFIRM = frameOf(responseNamed('login AFN02'));

/** What the master may say: a read that is forwarded, and that all is confirmed. */
const SAYABLE = [
  'transparent forward AFN10 F1 of a DL/T645 energy read',
  'answer to login',
  'answer to heartbeat AFN02',
];

describe('the encoder', () => {
  const sayable = FRAMES.filter(({ name }) => SAYABLE.some((start) => name.startsWith(start)));
  const others = FRAMES.filter((frame) => !sayable.includes(frame));

  it.each(sayable)('makes $name byte for byte', ({ bytes }) => {
    expect(toHex(encodeFrame(frameOf(bytes)))).toBe(toHex(bytes));
  });

  it.each(others)('refuses $name', ({ bytes }) => {
    expect(() => encodeFrame(frameOf(bytes))).toThrow(readOnly);
  });

  it('refuses the recorded relay order although it decodes', () => {
    const order = frameOf(requestNamed('transparent forward AFN10 F1 relay'));
    expect(order.afn).toBe(0x10);
    expect(() => encodeFrame(order)).toThrow(/only a read of a meter may be forwarded/);
  });

  it('knows no function but the three, whatever control byte, points and functions are named', () => {
    const headers = Array.from({ length: 0x10000 }, (_, i) => ({ afn: i >> 8, control: i & 0xff }));
    const encodes = (frame: Frame): boolean => {
      try {
        return encodeFrame(frame).length > 0;
      } catch (error) {
        if (error instanceof MeterwayError && error.code === 'read_only') return false;
        throw error;
      }
    };
    expect(headers.filter((header) => encodes({ ...READ, ...header }))).toEqual([{ afn: 0x10, control: 0x4b }]);
    expect(headers.filter((header) => encodes({ ...CONFIRM, ...header }))).toEqual([{ afn: 0x00, control: 0x0b }]);
    const events = { ...READ, data: Uint8Array.of(0, 5) };
    expect(headers.filter((header) => encodes({ ...events, ...header }))).toEqual([{ afn: 0x0e, control: 0x4b }]);
    for (const unit of [{ dt: 0x0002 }, { dt: 0x0101 }, { dt: 0x0003 }, { da: 0x0101 }]) {
      expect(encodes({ ...READ, ...unit }) || encodes({ ...CONFIRM, ...unit })).toBe(false);
    }
  });

  it('refuses every forwarded frame of another function of the meter', () => {
    const base = { port: 31, comm: 0x6b, wait: 0x94, byteTimeout: 50 };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 24 }), (control, data) => {
        fc.pre(![0x01, 0x02, 0x11, 0x12, 0x13].includes(control));
        const inner = encodeReply({ address: '123456789012', control, data });
        const frame = { ...READ, data: encodeForwardRequest({ ...base, inner }) };
        expect(() => encodeFrame(frame)).toThrow(readOnly);
      }),
    );
  });

  it('refuses data whose length is not the one they name: something could stand behind the read', () => {
    const data = Uint8Array.of(...READ.data, 0x68);
    expect(() => encodeFrame({ ...READ, data })).toThrow(readOnly);
  });

  it('refuses a broadcast and a group', () => {
    expect(() => encodeFrame({ ...READ, terminal: '0200FFFF' })).toThrow(readOnly);
    expect(() => encodeFrame({ ...READ, station: READ.station | 1 })).toThrow(readOnly);
  });

  it('refuses a terminal that cannot be', () => {
    expect(() => encodeFrame({ ...READ, terminal: '12' })).toThrow(expect.objectContaining({ code: 'bad_address' }));
  });
});
