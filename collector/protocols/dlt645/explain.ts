import type { Explain, ExplainedField, Explanation } from '../explanation.ts';
import { ADDRESS_BYTES, addressText, BROADCAST_ADDRESS } from './address.ts';
import { controlText, editionOf, functionName } from './control-names.ts';
import { explainData } from './explain-data.ts';
import { type ExplainedData, rawText } from './explain-layout.ts';
import {
  DATA_OFFSET,
  END,
  ERROR_BIT,
  FOLLOW_BIT,
  HEAD_BYTES,
  MAX_DATA_BYTES,
  PREAMBLE,
  REPLY_BIT,
  START,
  sum8,
} from './frame.ts';

const SECOND = ADDRESS_BYTES + 1;

/**
 * What the bytes of a DL/T 645 frame mean, of either edition. Null when no two 68 with an address between them are
 * there. A frame that is cut short or has a wrong sum is explained as far as it goes.
 */
export const explainDlt645: Explain = (frame) => {
  const start = startOf(frame);
  if (start < 0) return null;
  const bytes = frame.subarray(start);
  const address = addressText(bytes.subarray(1, SECOND));
  const who = address === null ? 'a meter' : addressName(address);
  const head: ExplainedField[] = [
    ...leading(frame.subarray(0, start)),
    field('start', start, 1, '68'),
    field('address', start + 1, ADDRESS_BYTES, addressValue(address, bytes.subarray(1, SECOND)), addressFault(address)),
    field('second start', start + SECOND, 1, '68'),
  ];
  const [control, length] = bytes.subarray(SECOND + 1, HEAD_BYTES);
  if (control === undefined) return cutShort(head, who);
  const edition = editionOf(control, length ?? 0);
  const unknown = functionName(control, edition) === null ? 'no such function' : null;
  head.push(field('control', start + SECOND + 1, 1, `${hex(control)}: ${bitsText(control, edition)}`, unknown));
  if (length === undefined) return cutShort(head, who, edition);
  head.push(field('length', start + HEAD_BYTES - 1, 1, `${hex(length)}: ${length} bytes of data`, lengthFault(length)));
  const sumAt = HEAD_BYTES + length;
  const data = Uint8Array.from(bytes.subarray(HEAD_BYTES, sumAt), (byte) => byte - DATA_OFFSET);
  const explained = data.length === 0 ? NOTHING : explainData({ edition, control, data, at: start + HEAD_BYTES });
  const direction = (control & REPLY_BIT) === 0 ? 'to' : 'from';
  const says = [controlText(control, edition), explained.says].filter((text) => text !== '').join(': ');
  const summary = `${direction} ${who}: ${says}`;
  const fields = [...head, ...explained.fields, ...tail(bytes, sumAt, start)];
  if (bytes.length < sumAt + 2) return cutShort(fields, summary, edition);
  const broken = fields.flatMap(({ name, fault }) => (fault && FRAME_FIELDS.has(name) ? [`${name} ${fault}`] : []));
  return { protocol: edition, summary: [summary, ...broken].join('; '), fields, sound: broken.length === 0 };
};

const NOTHING: ExplainedData = { fields: [], says: '' };

/** A fault in one of these makes a frame unsound, whatever its data says. */
const FRAME_FIELDS: ReadonlySet<string> = new Set(['address', 'length', 'checksum', 'end']);

function field(name: string, at: number, length: number, value: string, fault: string | null = null): ExplainedField {
  return fault === null ? { name, at, length, value } : { name, at, length, value, fault };
}

function addressFault(address: string | null): string | null {
  return address === null ? 'is not made of decimal digits or AA' : null;
}

function lengthFault(length: number): string | null {
  return length > MAX_DATA_BYTES ? `is above ${MAX_DATA_BYTES}` : null;
}

/** Sum, end byte and what is behind them, as far as they are there. */
function tail(bytes: Uint8Array, sumAt: number, start: number): ExplainedField[] {
  const [sum, end] = bytes.subarray(sumAt);
  const fields: ExplainedField[] = [];
  const right = sum8(bytes, 0, Math.min(sumAt, bytes.length));
  if (sum !== undefined) {
    fields.push(field('checksum', start + sumAt, 1, hex(sum), sum === right ? null : `should be ${hex(right)}`));
  }
  if (end !== undefined) {
    fields.push(field('end', start + sumAt + 1, 1, hex(end), end === END ? null : `should be ${hex(END)}`));
  }
  const rest = bytes.subarray(sumAt + 2);
  if (rest.length > 0) {
    fields.push(field('rest', start + sumAt + 2, rest.length, rawText(rest), 'behind the end of the frame'));
  }
  return fields;
}

/** The first 68 with another one behind an address. */
function startOf(frame: Uint8Array): number {
  for (let at = frame.indexOf(START); at >= 0; at = frame.indexOf(START, at + 1)) {
    if (frame[at + SECOND] === START) return at;
  }
  return -1;
}

function leading(bytes: Uint8Array): ExplainedField[] {
  if (bytes.length === 0) return [];
  const isPreamble = bytes.every((byte) => byte === PREAMBLE);
  const field = { name: isPreamble ? 'preamble' : 'noise', at: 0, length: bytes.length, value: rawText(bytes) };
  return [isPreamble ? field : { ...field, fault: 'only FE stands before a frame' }];
}

function cutShort(fields: readonly ExplainedField[], says: string, protocol = 'DL/T 645-2007'): Explanation {
  return { protocol, summary: `${says}; the frame is cut short`, fields, sound: false };
}

function addressName(address: string): string {
  if (address === BROADCAST_ADDRESS) return 'all meters';
  if (/^(AA)+$/.test(address)) return 'any meter';
  return `meter ${address}`;
}

function addressValue(address: string | null, wire: Uint8Array): string {
  if (address === null) return rawText(wire);
  if (address === BROADCAST_ADDRESS) return `${address}: broadcast, nobody answers`;
  return address.includes('AA') ? `${address}: AA stands for any two digits` : address;
}

/** The control byte in words, its upper three bits one by one. */
function bitsText(control: number, edition: ReturnType<typeof editionOf>): string {
  const from = (control & REPLY_BIT) !== 0 ? 'from the meter' : 'to the meter';
  const error = (control & ERROR_BIT) !== 0 ? ', error' : '';
  const follow = (control & FOLLOW_BIT) !== 0 ? ', more frames follow' : '';
  return `${controlText(control, edition)} (${from}${error}${follow})`;
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}
