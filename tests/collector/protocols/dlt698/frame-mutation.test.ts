import { describe, expect, it } from 'vitest';
import { findFrame } from '../../../../collector/protocols/dlt698/frame.ts';
import { FRAMES, toHex } from './vectors.ts';

type Fate = 'refused' | 'same' | 'altered';

function textOf(bytes: Uint8Array): string | null {
  const found = findFrame(bytes);
  return found.kind === 'frame' ? JSON.stringify({ ...found.frame, apdu: toHex(found.frame.apdu) }) : null;
}

function fates(mutations: (bytes: Uint8Array) => Iterable<Uint8Array>): Record<Fate, number> {
  const counts = { refused: 0, same: 0, altered: 0 };
  for (const { bytes } of FRAMES) {
    const original = textOf(bytes);
    for (const mutated of mutations(bytes)) {
      const text = textOf(mutated);
      counts[text === null ? 'refused' : text === original ? 'same' : 'altered']++;
    }
  }
  return counts;
}

function* changed(bytes: Uint8Array): Iterable<Uint8Array> {
  for (const [at, byte] of bytes.entries()) for (let flip = 1; flip < 256; flip++) yield bytes.with(at, byte ^ flip);
}

function* removed(bytes: Uint8Array): Iterable<Uint8Array> {
  for (const at of bytes.keys()) yield Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(at + 1));
}

function* inserted(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 1; at < bytes.length; at++) {
    for (const byte of [0x00, 0x16, 0x33, 0x68, 0xfe, 0xff]) {
      yield Uint8Array.of(...bytes.subarray(0, at), byte, ...bytes.subarray(at));
    }
  }
}

function* changedTwice(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let bit = 0; bit < (bytes.length - 1) * 8; bit++) {
    for (const apart of [1, 7, 8]) {
      const mutated = bytes.slice();
      for (const one of [bit, bit + apart]) mutated[one >> 3] = (mutated[one >> 3] ?? 0) ^ (1 << (one & 7));
      yield mutated;
    }
  }
}

describe('a damaged frame is never taken for another', () => {
  it('when one byte changed', () => {
    const { altered, same, refused } = fates(changed);
    expect({ altered, same }).toEqual({ altered: 0, same: 0 });
    expect(refused).toBeGreaterThan(100_000);
  });

  it('when a byte was lost', () => {
    expect(fates(removed)).toMatchObject({ altered: 0, same: 0 });
  });

  it('when a byte slipped in, which does no harm only as a 68 before the first or a 16 behind the last', () => {
    const { altered, same } = fates(inserted);
    expect(altered).toBe(0);
    expect(same).toBe(2 * FRAMES.length);
  });

  it('when two bits close to each other changed', () => {
    expect(fates(changedTwice)).toMatchObject({ altered: 0, same: 0 });
  });
});
