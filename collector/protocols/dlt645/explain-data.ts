import { quantity } from '#contract/quantities.ts';
import { ReadError } from '../../lines/read-error.ts';
import { decodeData1997, describeDi1997, withoutEnd } from '../dlt645-1997/describe.ts';
import type { ExplainedField } from '../explanation.ts';
import { type EditionName, errorText, securityErrorText } from './control-names.ts';
import { digitsText, hexText, STAMP, timeText, wordOf } from './data-format.ts';
import { decodeData, describeDi, type NamedValue } from './describe.ts';
import { COMMAND_LAYOUTS, type ExplainedData, laidFields, rawText, restField, withUnit } from './explain-layout.ts';
import { ERROR_BIT, FOLLOW_BIT, FUNCTION_BITS, REPLY_BIT, sum8 } from './frame.ts';
import { READ_ADDRESS, READ_DATA, READ_DATA_1997, READ_FOLLOW_UP, READ_FOLLOW_UP_1997 } from './frame-encode.ts';
import { diText } from './identifier.ts';
import { parseLoadProfile } from './load-profile.ts';

const AUTHENTICATION = 0x03;
const WRITE = 0x14;
/** Values that a summary names. */
const MOST_SAID = 3;
const LOAD_PROFILE = '06';
/** Start twice, length; sum and end. */
const RECORD_HEAD = 3;
const RECORD_TAIL = 2;
const MORE_THAN_A_READ = 'more data than a read has';

/** A data field with the 33h taken off, and where it stands in its frame. */
interface Field {
  readonly edition: EditionName;
  readonly control: number;
  readonly data: Uint8Array;
  readonly at: number;
}

/** What the bytes of a data field mean, every one of them. */
export function explainData(field: Field): ExplainedData {
  const { edition, control, data, at } = field;
  const code = control & FUNCTION_BITS;
  if ((control & ERROR_BIT) !== 0) return explainError(field, code);
  const isReply = (control & REPLY_BIT) !== 0;
  if (edition === 'DL/T 645-1997') {
    if (code === READ_DATA_1997 || code === READ_FOLLOW_UP_1997) return explainRead(field, false);
    return { fields: unread(data, at), says: '' };
  }
  switch (code) {
    case READ_DATA:
      return explainRead(field, false);
    case READ_FOLLOW_UP:
      return explainRead(field, true);
    case READ_ADDRESS:
      return isReply ? laid([['address', digitsText(6)]], data, at) : { fields: restField(data, at), says: '' };
    case AUTHENTICATION:
      return { fields: unread(data, at), says: '' };
    default:
      return isReply && code !== 0x17 ? { fields: restField(data, at), says: '' } : explainCommand(field, code);
  }
}

function explainError({ edition, data, at }: Field, code: number): ExplainedData {
  const isSecurity = code === AUTHENTICATION && data.length === 2;
  const says = isSecurity ? securityErrorText(wordOf(data)) : errorText(data[0] ?? 0, edition);
  const value = `${rawText(data)}: ${says}`;
  const wanted = data.length === 1 || isSecurity;
  const field = { name: 'data.error', at, length: data.length, value };
  return { fields: [wanted ? field : { ...field, fault: 'an error is one byte' }], says };
}

/** Data that is ciphertext or holds a password at a place that is not known here. */
function unread(data: Uint8Array, at: number): ExplainedField[] {
  const value = `${data.length} bytes, not taken apart`;
  return data.length === 0 ? [] : [{ name: 'data', at, length: data.length, value }];
}

function laid(parts: Parameters<typeof laidFields>[0], data: Uint8Array, at: number): ExplainedData {
  const fields = laidFields(parts, data, at);
  const used = parts.reduce((sum, [, { bytes }]) => sum + bytes, 0);
  const rest = restField(data.subarray(used), at + used, 'rest', 'more data than the function has');
  return { fields: [...fields, ...rest], says: fields.map(({ value }) => value).join(' ') };
}

/** Requests that would change something, seen on a line. */
function explainCommand({ data, at }: Field, code: number): ExplainedData {
  const layout = COMMAND_LAYOUTS.get(code);
  if (!layout) return { fields: restField(data, at), says: '' };
  if (code !== WRITE) return { ...laid(layout, data, at), says: '' };
  const fields = laidFields(layout, data, at);
  const used = layout.reduce((sum, [, { bytes }]) => sum + bytes, 0);
  const di = diText(data);
  const values = di === null ? null : decodeData(di, data.subarray(used));
  const written = values === null ? restField(data.subarray(used), at + used) : valueFields(values, at + used);
  return { fields: [...fields, ...written], says: di === null ? '' : `${di} ${nameOf(di)}` };
}

function nameOf(di: string): string {
  const known = di.length === 4 ? describeDi1997(di) : describeDi(di);
  return known ? `${known.zh} ${known.en}` : 'unknown identifier';
}

function explainRead(field: Field, isNumbered: boolean): ExplainedData {
  const { edition, control, data, at } = field;
  const diBytes = edition === 'DL/T 645-1997' ? 2 : 4;
  const di = diText(data, diBytes);
  if (di === null) {
    const fault = `a data identifier has ${diBytes} bytes`;
    return { fields: restField(data, at, 'data identifier', fault), says: '' };
  }
  const head = { name: 'data identifier', at, length: diBytes, value: `${di} ${nameOf(di)}` };
  const name = (diBytes === 2 ? describeDi1997(di) : describeDi(di))?.en ?? 'unknown identifier';
  const from = at + diBytes;
  const sequence = isNumbered ? sequenceField(data, at, diBytes) : [];
  if ((control & REPLY_BIT) === 0) {
    const extra = isNumbered
      ? [...restField(data.subarray(diBytes, -1), from, 'rest', MORE_THAN_A_READ), ...sequence]
      : extraFields(data.subarray(diBytes), from);
    return { fields: [head, ...extra], says: `${di} ${name}` };
  }
  const content = data.subarray(diBytes, isNumbered ? -1 : undefined);
  const isLater = isNumbered || (control & FUNCTION_BITS) === READ_FOLLOW_UP_1997;
  const isPart = isLater || (control & FOLLOW_BIT) !== 0;
  const body = isPart ? partFields(di, content, from, isLater) : contentFields(di, content, from);
  return { fields: [head, ...body.fields, ...sequence], says: body.says === '' ? name : `${name}: ${body.says}` };
}

function sequenceField(data: Uint8Array, at: number, diBytes: number): ExplainedField[] {
  if (data.length === diBytes) return [];
  const value = String(data.at(-1));
  return [{ name: 'data.sequence', at: at + data.length - 1, length: 1, value: `follow-up frame ${value}` }];
}

/** Behind the identifier of a request: how many load profile records, and from when. */
function extraFields(extra: Uint8Array, at: number): ExplainedField[] {
  if (extra.length === 0) return [];
  const parts = [['number of records', hexText(1)] as const, ['from', timeText('YYMMDDhhmm')] as const];
  const fields = laidFields(extra.length === 1 ? parts.slice(0, 1) : parts, extra, at);
  return [...fields, ...restField(extra.subarray(6), at + 6, 'rest', MORE_THAN_A_READ)];
}

/** One frame of several: the first can be read from its beginning, the others begin anywhere. */
function partFields(di: string, content: Uint8Array, at: number, isLater: boolean): ExplainedData {
  const says = isLater ? 'continued' : 'first part';
  if (isLater || di.startsWith(LOAD_PROFILE)) return { fields: restField(content, at, says), says };
  const values = valuesOf(di, content) ?? [];
  const sound = values.filter(({ fault }) => fault !== 'the data ends too early');
  const used = sound.reduce((sum, { length }) => sum + length, 0);
  return { fields: [...valueFields(sound, at), ...restField(content.subarray(used), at + used, says)], says };
}

function contentFields(di: string, content: Uint8Array, at: number): ExplainedData {
  if (di.length === 8 && di.startsWith(LOAD_PROFILE)) return recordFields(content, at);
  const values = valuesOf(di, content);
  if (values === null) return { fields: restField(content, at, 'unknown'), says: rawText(content) };
  const end = di.length === 4 ? content.length - withoutEnd(di, content).length : 0;
  const fields = valueFields(values, at);
  if (end > 0) fields.push({ name: 'data.end of block', at: at + content.length - end, length: end, value: 'AA' });
  const shown = values.slice(0, MOST_SAID).map(({ value, unit }) => withUnit(value, unit));
  return { fields, says: [...shown, ...(values.length > MOST_SAID ? ['…'] : [])].join(', ') };
}

function valuesOf(di: string, content: Uint8Array): readonly NamedValue[] | null {
  return di.length === 4 ? decodeData1997(di, content) : decodeData(di, content);
}

function valueFields(values: readonly NamedValue[], at: number): ExplainedField[] {
  return values.map(({ zh, en, at: from, length, value, unit, fault }) => {
    const field = { name: `data.${en}`, at: at + from, length, value: `${zh} ${withUnit(value, unit)}` };
    return fault === undefined ? field : { ...field, value: `${zh} ${value ?? ''}`.trim(), fault };
  });
}

/** Load profile records, one field each. */
function recordFields(data: Uint8Array, at: number): ExplainedData {
  const fields: ExplainedField[] = [];
  let from = 0;
  while (from + RECORD_HEAD <= data.length) {
    const length = RECORD_HEAD + (data[from + 2] ?? 0) + RECORD_TAIL;
    const record = data.subarray(from, from + length);
    const name = `data.record ${fields.length + 1}`;
    fields.push({ name, at: at + from, length: record.length, ...recordText(record) });
    from += record.length;
  }
  const times = fields.map(({ value }) => value.split(',')[0] ?? '');
  const rest = restField(data.subarray(from), at + from, 'rest', 'no record begins here');
  return { fields: [...fields, ...rest], says: times.slice(0, MOST_SAID).join('; ') };
}

function recordText(record: Uint8Array): { value: string; fault?: string } {
  try {
    const [parsed] = parseLoadProfile(record, 'UTC');
    if (!parsed) return { value: 'marked as bad by the meter' };
    const time = STAMP.text(record.subarray(RECORD_HEAD, RECORD_HEAD + STAMP.bytes)) ?? 'no time';
    const values = [...parsed.values].map(([name, value]) => {
      const { en, unit } = quantity(name);
      return `${en} ${withUnit(value === null ? null : String(value), unit)}`;
    });
    return { value: [`record of ${time}`, ...values, ...parsed.unknown].join(', ') };
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    const sumAt = record.length - RECORD_TAIL;
    const sum = sum8(record, 0, sumAt);
    const wanted = record[sumAt] === sum ? '' : `, the sum should be ${rawText(Uint8Array.of(sum))}`;
    return { value: rawText(record), fault: error.detail + wanted };
  }
}
