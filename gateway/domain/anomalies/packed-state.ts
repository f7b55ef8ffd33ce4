/** How the numbers of a meter lie: a head, then `width` numbers for each rule, which are all zero for most. */
export interface StateLayout {
  readonly version: number;
  readonly head: number;
  readonly width: number;
  readonly rules: number;
}

/** Version, head, then place and numbers of each rule that has something to say. */
export function packState({ version, head, width, rules }: StateLayout, state: Float64Array): Float64Array {
  const spoken: number[] = [];
  for (let rule = 0; rule < rules; rule++) {
    const o = head + rule * width;
    if (state.subarray(o, o + width).some((number) => number !== 0)) spoken.push(rule);
  }
  const packed = new Float64Array(1 + head + spoken.length * (1 + width));
  packed[0] = version;
  packed.set(state.subarray(0, head), 1);
  for (const [i, rule] of spoken.entries()) {
    const o = 1 + head + i * (1 + width);
    packed[o] = rule;
    packed.set(state.subarray(head + rule * width, head + (rule + 1) * width), o + 1);
  }
  return packed;
}

/** Overwrites `into`; all zero when the version is another or the numbers do not fit the layout. */
export function unpackState(layout: StateLayout, packed: ArrayLike<number>, into: Float64Array): Float64Array {
  const { version, head, width, rules } = layout;
  into.fill(0);
  if (packed[0] !== version || (packed.length - 1 - head) % (1 + width) !== 0) return into;
  for (let i = 0; i < head; i++) into[i] = packed[1 + i] ?? 0;
  for (let o = 1 + head; o < packed.length; o += 1 + width) {
    const rule = packed[o] ?? rules;
    if (rule >= rules) continue;
    for (let i = 0; i < width; i++) into[head + rule * width + i] = packed[o + 1 + i] ?? 0;
  }
  return into;
}
