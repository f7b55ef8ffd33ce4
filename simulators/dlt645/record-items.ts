import type { FreezeKind, SimMeter } from '../world/meter.ts';
import { timeBytes } from './bcd.ts';
import { frozenBlock } from './energy-items.ts';
import type { Identifier } from './identifier.ts';

const FREEZE_OF_DI2: ReadonlyMap<number, FreezeKind> = new Map([
  [0x04, 'hour'],
  [0x06, 'day'],
]);

/** Energy blocks that each kind of freeze holds, by DI1: import 01, export 02, combined reactive 03, 04, quadrants 05-08. */
const BLOCKS_KEPT: Readonly<Record<FreezeKind, readonly number[]>> = { day: [1, 2, 3, 4, 5, 6, 7, 8], hour: [1, 2] };

/**
 * `05 DI2 DI1 DI0`: freeze DI0 counted back from the latest one that exists. DI1 = 00 is its time YYMMDDhhmm; day
 * freezes hold total and rates, hourly ones the total only.
 */
export function freezeItem(meter: SimMeter, { di2, di1, di0 }: Identifier, atMs: number): number[] | undefined {
  const kind = FREEZE_OF_DI2.get(di2);
  if (!kind || di0 === 0 || meter.lacks('freezes', atMs)) return undefined;
  let n = 0;
  for (const freeze of meter.freezes(kind, atMs)) {
    n += 1;
    if (n < di0) continue;
    if (di1 === 0) return timeBytes(freeze.stampMs, 'mhDMY');
    if (!BLOCKS_KEPT[kind].includes(di1)) return undefined;
    const block = frozenBlock(freeze, di1);
    return kind === 'day' ? block?.flat() : block?.[0];
  }
  return undefined;
}
