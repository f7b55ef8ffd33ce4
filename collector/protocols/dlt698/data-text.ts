import type { Column, Data, Interval, MeterSet, Selector } from './data-types.ts';
import { isUnset, timeText } from './local-time.ts';

/** A value in words, for people: `uint32 123456`, `date_time_s 2017-02-02 03:02:17`. */
export function dataText(data: Data): string {
  switch (data.kind) {
    case 'null':
      return 'null';
    case 'array':
    case 'structure':
      return `${data.kind} of ${data.items.length}`;
    case 'integer':
      return `${data.type} ${data.value}`;
    case 'bits':
      return `bit-string ${bitsText(data.count, data.bytes)}`;
    case 'octets':
      return `octet-string ${hexText(data.bytes)}`;
    case 'text':
      return `string "${data.value}"`;
    case 'date_time':
    case 'date_time_s':
    case 'date':
    case 'time':
      return `${data.kind} ${isUnset(data.bytes) ? 'none' : timeText(data.kind, data.bytes)}`;
    case 'ti':
      return `TI ${intervalText(data.value)}`;
    case 'rsd':
      return `RSD ${selectorText(data.value)}`;
    case 'csd':
      return `CSD ${columnText(data.value)}`;
    case 'ms':
      return `MS ${meterSetText(data.value)}`;
    case 'rcsd':
      return `RCSD ${data.value.map(columnText).join(', ')}`;
    default:
      return `${data.kind} ${data.value}`;
  }
}

export function columnText({ oad, parts }: Column): string {
  return parts.length === 0 ? oad : `${oad}(${parts.join(' ')})`;
}

export function selectorText(selector: Selector): string {
  switch (selector.kind) {
    case 0:
      return '0: all';
    case 1:
      return `1: ${selector.oad} = ${dataText(selector.value)}`;
    case 2:
      return `2: ${rangeText(selector)}`;
    case 3:
      return `3: ${selector.ranges.map(rangeText).join('; ')}`;
    case 4:
    case 5:
      return `${selector.kind}: ${selector.kind === 4 ? 'started' : 'stored'} at ${stampOf(selector.time)}, meters ${meterSetText(selector.meters)}`;
    case 6:
    case 7:
    case 8:
      return `${selector.kind}: ${stampOf(selector.from)} to ${stampOf(selector.to)} every ${intervalText(selector.step)}, meters ${meterSetText(selector.meters)}`;
    case 9:
      return `9: ${selector.n}. last`;
    case 10:
      return `10: last ${selector.n}, meters ${meterSetText(selector.meters)}`;
  }
}

function rangeText(range: { oad: string; from: Data; to: Data; step: Data }): string {
  return `${range.oad} from ${dataText(range.from)} to ${dataText(range.to)} every ${dataText(range.step)}`;
}

function stampOf(bytes: Uint8Array): string {
  return timeText('date_time_s', bytes);
}

function intervalText({ unit, count }: Interval): string {
  return `${count} ${unit}`;
}

function meterSetText(set: MeterSet): string {
  switch (set.kind) {
    case 'none':
    case 'all':
      return set.kind;
    case 'types':
    case 'numbers':
    case 'addresses':
      return `${set.kind} ${set.values.join(' ')}`;
    default:
      return `${set.kind} ${set.values.map(({ from, to }) => `${dataText(from)} to ${dataText(to)}`).join('; ')}`;
  }
}

function bitsText(count: number, bytes: Uint8Array): string {
  return [...bytes]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('')
    .slice(0, count);
}

export function hexText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}
