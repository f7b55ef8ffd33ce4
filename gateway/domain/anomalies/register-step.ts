/**
 * Step of a register that stands at `wh`, Wh, as far as it can be seen from where it stands: 1000, 100, or 0 when it is
 * too fine to matter. A fine register that happens to stand there is only judged more slowly.
 */
export function registerStepWh(wh: number): number {
  if (wh % 1000 === 0) return 1000;
  return wh % 100 === 0 ? 100 : 0;
}
