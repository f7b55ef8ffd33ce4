import { Dlt698Reader } from '../../../../collector/protocols/dlt698/reader.ts';
import type { Missing } from '../../../../collector/protocols/missing.ts';
import { clockAt, ZONE } from '../dlt645/reader-support.ts';
import { array, stampHex, u32 } from './meter-frames.ts';
import { type Wire, WireStub } from './wire-stub.ts';

export function readerOn(wire: Wire, now: number, missing?: Missing): { reader: Dlt698Reader; line: WireStub } {
  const line = new WireStub(wire);
  const parts = { exchanger: line, clock: clockAt(now), zone: ZONE, ...(missing && { missing }) };
  return { reader: new Dlt698Reader(parts), line };
}

/** A freeze at a local time: import and its rates, export; `extra` adds or replaces columns. */
export function freezeRow(local: string, kwh: number, extra: Record<string, string> = {}): Record<string, string> {
  return {
    '20210200': stampHex(local),
    '00100200': array(u32(kwh * 100), u32(kwh * 10), u32(kwh * 90)),
    '00200200': array(u32(kwh)),
    ...extra,
  };
}
