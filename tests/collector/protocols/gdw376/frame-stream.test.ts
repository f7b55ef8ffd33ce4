import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameStream } from '../../../../collector/protocols/gdw376/frame-stream.ts';
import { anyFrame } from './any-frame.ts';
import { FRAMES, requestNamed, toHex } from './vectors.ts';

const LOGIN = requestNamed('login AFN02');

function inPieces(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

describe('the frames of a connection', () => {
  it('come out whole and in order, in whatever pieces they come and whatever stands between them', () => {
    const parts = fc.array(
      fc.record({
        frame: fc.constantFrom(...FRAMES.map(({ bytes }) => bytes)),
        noise: fc.uint8Array({ maxLength: 20 }).map((bytes) => bytes.filter((byte) => byte !== 0x68)),
      }),
      { minLength: 1, maxLength: 8 },
    );
    const sizes = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(parts, sizes, (sent, cuts) => {
        const stream = new FrameStream();
        const bytes = Uint8Array.from(sent.flatMap(({ noise, frame }) => [...noise, ...frame]));
        const got = inPieces(bytes, cuts).flatMap((piece) => stream.push(piece, 0));
        expect(got.map((frame) => toHex(anyFrame(frame)))).toEqual(sent.map(({ frame }) => toHex(frame)));
      }),
    );
  });

  it('go on after rubbish that seems to begin a long frame, once that has stalled', () => {
    const stream = new FrameStream();
    const rubbish = Uint8Array.of(0x68, 0x02, 0xf0, 0x02, 0xf0, 0x68);
    expect(stream.push(Uint8Array.of(...rubbish, ...LOGIN), 0)).toEqual([]);
    expect(stream.push(LOGIN, 9000)).toEqual([]);
    expect(stream.push(LOGIN, 19_000)).toHaveLength(3);
    expect(stream.push(LOGIN, 19_001)).toHaveLength(1);
  });

  it('do not begin on one connection and end on the next', () => {
    const stream = new FrameStream();
    stream.push(LOGIN.subarray(0, 10), 0);
    stream.reset();
    expect(stream.push(LOGIN.subarray(10), 1)).toEqual([]);
    expect(stream.push(LOGIN, 2)).toHaveLength(1);
  });
});
