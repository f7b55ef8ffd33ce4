import { isoLocal } from '#contract/zone.ts';
import { hexText, type Terminal } from '#platform/cli/terminal.ts';
import { explainBytes } from './decoders.ts';
import type { OnTraffic } from './wire.ts';

/** Writes down every frame as it goes: local time, direction, bytes, and what they say where a decoder knows. */
export function traceTo(terminal: Terminal, zone: string): OnTraffic {
  return ({ direction, at, bytes }) => {
    const time = isoLocal(zone, at).slice(11, 23);
    const arrow = direction === 'sent' ? '->' : '<-';
    terminal.note(`${time} ${arrow} ${hexText(bytes)}`);
    const explanation = explainBytes(bytes);
    if (explanation) terminal.note(`${' '.repeat(16)}${explanation.protocol}: ${explanation.summary}`);
  };
}
