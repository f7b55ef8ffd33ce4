/** Mixes four integers to 32 well-spread bits (the finaliser of MurmurHash3 after a multiply-add of the inputs). */
export function hash32(a: number, b = 0, c = 0, d = 0): number {
  let h = a | 0;
  h = Math.imul(h ^ (b | 0), 0x9e3779b1) + 0x7f4a7c15;
  h = Math.imul(h ^ (h >>> 15) ^ (c | 0), 0x85ebca6b) + 0x165667b1;
  h = Math.imul(h ^ (h >>> 13) ^ (d | 0), 0xc2b2ae35);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The same as a number in [0, 1). */
export function unit(a: number, b = 0, c = 0, d = 0): number {
  return hash32(a, b, c, d) / 4_294_967_296;
}

/** Seed of a text (FNV-1a). */
export function seedOf(text: string, seed = 0): number {
  let h = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/** A value in [0, 1) that moves smoothly: drawn every `stepS` seconds, straight lines in between. */
export function drift(seed: number, channel: number, second: number, stepS: number): number {
  const step = Math.floor(second / stepS);
  const share = (second - step * stepS) / stepS;
  return unit(seed, channel, step) * (1 - share) + unit(seed, channel, step + 1) * share;
}
