import type { Explain, ExplainedField, Explanation } from '../explanation.ts';
import { ADDRESS_KINDS, addressLength } from './address.ts';
import { crc16X25 } from './crc16.ts';
import { hexText } from './data-text.ts';
import { explainApdu } from './explain-apdu.ts';
import {
  CLIENT_BEGAN_BIT,
  DATA_FUNCTION,
  END,
  FROM_SERVER_BIT,
  type Frame,
  FUNCTION_BITS,
  LINK_FUNCTION,
  PREAMBLE,
  placesOf,
  readFrame,
  SCRAMBLE_BIT,
  SPLIT_BIT,
  START,
  u16,
} from './frame.ts';
import { FIELD_BYTES } from './split.ts';

/** Times in frames are local; they are shown as they stand, so any zone does. */
const ZONE = 'UTC';
/** Start, L, C, flag byte. */
const LEAST_BYTES = 5;

/** Explains a frame of DL/T 698.45; null when neither its length nor the sum of its head fits. */
export const explainDlt698: Explain = (bytes) => {
  const start = bytes.findIndex((byte) => byte !== PREAMBLE);
  if (start < 0 || bytes[start] !== START || bytes.length < start + LEAST_BYTES) return null;
  const { headEnd, dataAt, sumAt, end } = placesOf(bytes, start);
  const isHeadSound = dataAt <= bytes.length && crc16X25(bytes, start + 1, headEnd) === u16(bytes, headEnd);
  const isLong = end === bytes.length && sumAt >= dataAt;
  if (!isHeadSound && !isLong) return null;
  const fields: ExplainedField[] = [...headFields(bytes, start, isHeadSound, end)];
  if (!isLong) return { protocol: PROTOCOL, summary: 'frame with a wrong length', fields, sound: false };
  const frame = readFrame(bytes.subarray(start, end));
  const content = frame === null ? null : contentOf(frame, dataAt);
  if (content) fields.push(...content.fields);
  fields.push(...tailFields(bytes, start, sumAt));
  const whose = frame === null ? 'split frame without block field' : whoseText(frame);
  return {
    protocol: PROTOCOL,
    summary: content === null ? whose : `${whose}: ${content.summary}`,
    fields,
    sound: frame !== null && fields.every(({ name, fault }) => !FRAME_PARTS.has(name) || fault === undefined),
  };
};

const PROTOCOL = 'DL/T 698.45' satisfies Explanation['protocol'];
/** Fields whose faults make the frame unsound; those of its content do not. */
const FRAME_PARTS = new Set(['length', 'HCS', 'FCS', 'end']);

function headFields(bytes: Uint8Array, start: number, isHeadSound: boolean, end: number): ExplainedField[] {
  const { headEnd } = placesOf(bytes, start);
  const word = u16(bytes, start + 1);
  const control = bytes[start + 3] ?? 0;
  const flag = bytes[start + 4] ?? 0;
  const field = (name: string, at: number, length: number, value: string, fault?: string): ExplainedField =>
    fault === undefined ? { name, at, length, value } : { name, at, length, value, fault };
  const wrongLength =
    end === bytes.length ? undefined : `the frame has ${bytes.length - start - 2} bytes between its delimiters`;
  const address = bytes.subarray(start + LEAST_BYTES, start + LEAST_BYTES + addressLength(flag));
  return [
    ...(start > 0 ? [field('preamble', 0, start, `${start} leading bytes FE`)] : []),
    field('start', start, 1, '68'),
    field('length', start + 1, 2, `${word & 0x3fff} bytes`, wrongLength),
    field('control', start + 3, 1, controlText(control)),
    field('address flag', start + 4, 1, flagText(flag)),
    field('address', start + LEAST_BYTES, address.length, hexText(address.toReversed())),
    field('client address', headEnd - 1, 1, hexText(bytes.subarray(headEnd - 1, headEnd))),
    sumField('HCS', bytes, start, headEnd, isHeadSound),
  ];
}

function tailFields(bytes: Uint8Array, start: number, sumAt: number): ExplainedField[] {
  const end = { name: 'end', at: sumAt + 2, length: 1, value: hexText(bytes.subarray(sumAt + 2, sumAt + 3)) };
  const isSound = crc16X25(bytes, start + 1, sumAt) === u16(bytes, sumAt);
  return [
    sumField('FCS', bytes, start, sumAt, isSound),
    bytes[sumAt + 2] === END ? end : { ...end, fault: '16 is wanted' },
  ];
}

function sumField(name: string, bytes: Uint8Array, start: number, at: number, isSound: boolean): ExplainedField {
  const field = { name, at, length: 2, value: hexText(bytes.subarray(at, at + 2)) };
  if (isSound) return field;
  const sum = crc16X25(bytes, start + 1, at);
  return { ...field, fault: `the bytes give ${hexText(Uint8Array.of(sum & 0xff, sum >> 8))}` };
}

function contentOf({ apdu, block }: Frame, at: number): { fields: readonly ExplainedField[]; summary: string } | null {
  if (block === null) return apdu.length === 0 ? null : explainApdu(apdu, at, ZONE);
  const summary = `block ${block.number} of a split APDU, ${block.role}`;
  const fields: ExplainedField[] = [
    { name: 'block', at, length: FIELD_BYTES, value: `${block.role}, number ${block.number}` },
  ];
  if (apdu.length > 0) fields.push({ name: 'piece', at: at + FIELD_BYTES, length: apdu.length, value: hexText(apdu) });
  return { fields, summary };
}

function controlText(control: number): string {
  const role = control & FUNCTION_BITS;
  const what = role === LINK_FUNCTION ? 'link' : role === DATA_FUNCTION ? 'user data' : `function ${role}`;
  const from = (control & FROM_SERVER_BIT) === 0 ? 'from the client' : 'from the server';
  const began = (control & CLIENT_BEGAN_BIT) === 0 ? 'begun by the server' : 'begun by the client';
  const split = (control & SPLIT_BIT) === 0 ? '' : ', split';
  const scrambled = (control & SCRAMBLE_BIT) === 0 ? '' : ', scrambled';
  return `${hexText(Uint8Array.of(control))}: ${what}, ${from}, ${began}${split}${scrambled}`;
}

function flagText(flag: number): string {
  const kind = ADDRESS_KINDS[flag >> 6] ?? '';
  return `${kind}, logical address ${(flag >> 4) & 3}, ${addressLength(flag)} bytes`;
}

function whoseText({ control, address }: Frame): string {
  return `${(control & FROM_SERVER_BIT) === 0 ? 'to' : 'from'} ${address.kind === 'single' ? '' : `${address.kind} `}${address.text}`;
}
