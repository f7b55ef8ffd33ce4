/** A number of 32 bits that depends on every bit of what is given, the same on every machine. */
export function mix(...parts: readonly number[]): number {
  let h = 0x9e3779b9;
  for (const part of parts) {
    h = Math.imul(h ^ (part | 0), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
  }
  return h >>> 0;
}

/** True for `perMyriad` of 10,000 cases. */
export function happens(perMyriad: number, ...parts: readonly number[]): boolean {
  return mix(...parts) % 10_000 < perMyriad;
}
