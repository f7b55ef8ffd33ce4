import type { Lit, View } from './derive-types.ts';
import { metersBelow, nodesAbove } from './tree.ts';

/** A meter of the lowest node with others in it that had supply in (from, to), or null. */
export function neighbourLit({ topology, memory }: View, meter: number, from: number, to: number): Lit | null {
  for (const node of nodesAbove(topology, meter)) {
    for (const other of metersBelow(topology, node)) {
      const at = other === meter ? 0 : memory.litBetween(other, from, to);
      if (at > 0) return { meter: other, at };
    }
  }
  return null;
}

/**
 * Whether a meter was asked in vain twice in (from, to), a while apart, with a neighbour that had supply since: one read
 * that fails is noise of the power line. Returns that neighbour.
 */
export function askedInVain(view: View, meter: number, from: number, to: number): Lit | null {
  const { clockMs, askTwiceMs } = view.settings;
  const silents = view.memory.silentsBetween(meter, from, to);
  const [first = 0] = silents;
  if ((silents.at(-1) ?? 0) - first < askTwiceMs) return null;
  return neighbourLit(view, meter, Math.max(from, first - clockMs), to);
}
