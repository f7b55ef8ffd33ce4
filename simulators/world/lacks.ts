import { wholeSecond } from '../clock/local-time.ts';
import type { Fault } from '../faults/fault.ts';
import { suffers } from './condition.ts';
import type { MeterOptions } from './spec.ts';

/** What a meter may be without, by its making or by a fault. */
const LACKS = {
  'load-profile': { option: 'noLoadProfile', fault: 'no-load-profile' },
  blocks: { option: 'noBlocks', fault: 'no-blocks' },
  freezes: { option: 'noFreezes', fault: 'no-freezes' },
} as const satisfies Record<string, { option: keyof MeterOptions; fault: Fault['kind'] }>;
export type Lack = keyof typeof LACKS;

/** True when a meter of these options and faults is without such a thing. */
export function isLacking(
  options: MeterOptions | undefined,
  faults: readonly Fault[],
  what: Lack,
  atMs: number,
): boolean {
  const { option, fault } = LACKS[what];
  return options?.[option] === true || suffers(faults, fault, wholeSecond(atMs));
}
