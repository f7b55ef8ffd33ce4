import type { Installation } from '#contract/registry.ts';

/**
 * When the device that the last of these installations speaks of was put in, UTC ms; null without one. An installation
 * that begins at the moment at which another of the same meter ends, with the same register written down for both, is
 * no other device: the account, the area or the ratio changed. Where no register is written down it is taken for
 * another, because what is known of one device must not be held against the next. `installations` are those of one
 * meter.
 */
export function deviceSince(installations: readonly Installation[]): number | null {
  const byStart = [...installations].sort((a, b) => a.from - b.from);
  let since: number | null = null;
  let before: Installation | null = null;
  for (const installation of byStart) {
    if (since === null || before === null || !goesOn(before, installation)) since = installation.from;
    before = installation;
  }
  return since;
}

function goesOn(before: Installation, after: Installation): boolean {
  return before.to === after.from && before.endWh !== null && before.endWh === after.startWh;
}
