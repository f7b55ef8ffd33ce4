import { describe, expect, it } from 'vitest';
import { dataItem, decodeItem } from '../../../../collector/protocols/dlt645/data-items.ts';
import { type Frame, findFrame } from '../../../../collector/protocols/dlt645/frame.ts';
import { diText } from '../../../../collector/protocols/dlt645/identifier.ts';
import { type Golden, REPLIES, toHex } from './vectors.ts';

type Fate = 'refused' | 'same' | 'altered';

function originalOf({ bytes }: Golden): Frame {
  const found = findFrame(bytes);
  if (found.kind !== 'frame') throw new Error('a golden reply does not decode');
  return found.frame;
}

function same(a: Frame, b: Frame): boolean {
  return a.address === b.address && a.control === b.control && toHex(a.data) === toHex(b.data);
}

function fateOf(original: Frame, mutated: Uint8Array): Fate {
  const found = findFrame(mutated);
  if (found.kind !== 'frame') return 'refused';
  return same(original, found.frame) ? 'same' : 'altered';
}

/** Fates of every change of one byte, those of one bit apart. */
function singleByteFates(): { bytes: Record<Fate, number>; bits: Record<Fate, number> } {
  const bytes = { refused: 0, same: 0, altered: 0 };
  const bits = { refused: 0, same: 0, altered: 0 };
  for (const golden of REPLIES) {
    const original = originalOf(golden);
    for (const at of golden.bytes.keys()) {
      for (let flip = 1; flip < 256; flip++) {
        const fate = fateOf(original, golden.bytes.with(at, (golden.bytes[at] ?? 0) ^ flip));
        bytes[fate]++;
        if ((flip & (flip - 1)) === 0) bits[fate]++;
      }
    }
  }
  return { bytes, bits };
}

/** Numbers 0 .. 2^32−1 that repeat for a seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/** True when the client and the decoder would take the altered frame for the answer. */
function wouldBeTaken(original: Frame, mutated: Uint8Array): boolean {
  const found = findFrame(mutated);
  if (found.kind !== 'frame' || found.frame.address !== original.address) return false;
  const { control, data } = found.frame;
  const di = diText(data);
  if (control !== original.control || di === null || di !== diText(original.data)) return false;
  const item = dataItem(di) ?? dataItem(di.slice(0, 6));
  if (!item) return true;
  try {
    decodeItem(item, data.subarray(4), 'Asia/Shanghai');
    return true;
  } catch {
    return false;
  }
}

describe('a damaged reply', () => {
  it('with one changed byte is refused, or is the same frame because the byte stood before it', () => {
    const { bytes, bits } = singleByteFates();
    expect(bytes.altered).toBe(0);
    expect(bits.altered).toBe(0);
    // Only FE bytes before the frame may change without harm.
    const preamble = REPLIES.reduce((sum, golden) => sum + golden.bytes.indexOf(0x68), 0);
    expect(bytes.same).toBe(preamble * 255);
    expect(bits.same).toBe(preamble * 8);
    expect(bytes.refused).toBeGreaterThan(150_000);
  });

  it('with two changed bytes passes the 8-bit sum in less than 1 of 400 cases, and the checks behind it in less than 1 of 4000', () => {
    const seed = 645_2007;
    const next = numbers(seed);
    const runs = 400_000;
    let altered = 0;
    let taken = 0;
    for (let run = 0; run < runs; run++) {
      const golden = REPLIES[next() % REPLIES.length];
      if (!golden) throw new Error('no goldens');
      const { bytes } = golden;
      const first = next() % bytes.length;
      const second = (first + 1 + (next() % (bytes.length - 1))) % bytes.length;
      const mutated = bytes
        .with(first, (bytes[first] ?? 0) ^ (1 + (next() % 255)))
        .with(second, (bytes[second] ?? 0) ^ (1 + (next() % 255)));
      const original = originalOf(golden);
      if (fateOf(original, mutated) !== 'altered') continue;
      altered++;
      if (wouldBeTaken(original, mutated)) taken++;
    }
    const shares = `seed ${seed}: altered ${altered}/${runs}, taken ${taken}/${runs}`;
    expect(altered / runs, shares).toBeLessThan(1 / 400);
    expect(taken / runs, shares).toBeLessThan(1 / 4000);
    // The sum cannot catch them all: a test that saw none would not be looking.
    expect(altered, shares).toBeGreaterThan(runs / 1000);
  });
});
