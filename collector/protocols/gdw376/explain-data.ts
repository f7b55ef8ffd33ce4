import type { Explain, ExplainedField, Explanation } from '../explanation.ts';
import {
  BAUD_RATES,
  decodeForwardReply,
  decodeForwardRequest,
  REPLY_HEAD_BYTES,
  REQUEST_HEAD_BYTES,
  waitMs,
} from './forward.ts';
import { AFN, dtOf, EVENTS_BYTES, type Frame, PASSWORD_BYTES, TAG_BYTES, UP_BIT } from './frame.ts';

interface Explained {
  readonly fields: readonly ExplainedField[];
  readonly inner?: Explanation;
}

const FN_NAMES: Readonly<Record<number, readonly string[]>> = {
  [AFN.confirm]: ['全部确认 all confirmed', '全部否认 all denied', '按数据单元确认 item by item'],
  [AFN.link]: ['登录 login', '退出登录 logout', '心跳 heartbeat'],
  [AFN.forward]: ['透明转发 transparent forward'],
};

/** DA and DT of the first data unit. */
export function explainUnit(afn: number, da: number, dt: number, at: number): ExplainedField[] {
  const functions = numbersOf(dt & 0xff, dt >> 8).map((fn) => {
    const name = FN_NAMES[afn]?.[fn - 1];
    return name ? `F${fn} ${name}` : `F${fn}`;
  });
  return [
    { name: 'point', at, length: 2, value: pointText(da) },
    {
      name: 'data unit',
      at: at + 2,
      length: 2,
      value: functions.join(', ') || 'none',
      ...(functions.length === 0 && { fault: 'no function is named' }),
    },
  ];
}

/** DA2 counts groups of eight from 1; 0000 is the terminal itself, FF in DA1 with 0 in DA2 all points. */
function pointText(da: number): string {
  if (da === 0) return 'p0 终端 the terminal';
  const group = da >> 8;
  if (group === 0) return '所有测量点 all points';
  return numbersOf(da & 0xff, group - 1)
    .map((point) => `p${point}`)
    .join(', ');
}

/** Numbers from 1 of the bits that are set, eight in a group. */
function numbersOf(mask: number, group: number): number[] {
  return [1, 2, 3, 4, 5, 6, 7, 8].filter((bit) => (mask & (1 << (bit - 1))) !== 0).map((bit) => group * 8 + bit);
}

/** Data and AUX of a frame whose data begin at `at`. */
export function explainData(frame: Frame, at: number, inner: Explain): Explained {
  const { data, aux } = frame;
  const explained = explainContent(frame, at, inner);
  const auxAt = at + data.length;
  const fields: ExplainedField[] = [...explained.fields];
  if (aux.password.length > 0) {
    fields.push({ name: 'password', at: auxAt, length: PASSWORD_BYTES, value: passwordText(aux.password) });
  }
  if (aux.events.length > 0) {
    const [important = 0, general = 0] = aux.events;
    const value = `important ${important}, general ${general}`;
    fields.push({ name: 'event counters', at: auxAt, length: EVENTS_BYTES, value });
  }
  if (aux.tag.length > 0) {
    const tagAt = auxAt + aux.password.length + aux.events.length;
    fields.push({ name: 'time tag', at: tagAt, length: TAG_BYTES, value: tagText(aux.tag) });
  }
  return { ...explained, fields };
}

function explainContent({ control, afn, dt, data }: Frame, at: number, inner: Explain): Explained {
  if (afn === AFN.forward && dt === dtOf(1)) {
    return (control & UP_BIT) === 0 ? explainRequest(data, at, inner) : explainReply(data, at, inner);
  }
  if (afn === AFN.confirm && dt === dtOf(3)) return { fields: explainItems(data, at) };
  return { fields: data.length === 0 ? [] : [{ name: 'data', at, length: data.length, value: hexText(data) }] };
}

function explainRequest(data: Uint8Array, at: number, inner: Explain): Explained {
  const request = decodeForwardRequest(data);
  if (request === null) return { fields: [misfit(data, at)] };
  const { port, comm, wait, byteTimeout } = request;
  const innerAt = at + REQUEST_HEAD_BYTES;
  return withInner(request.inner, innerAt, inner, [
    { name: 'data.port', at, length: 1, value: String(port) },
    { name: 'data.communication', at: at + 1, length: 1, value: commText(comm) },
    { name: 'data.wait', at: at + 2, length: 1, value: `${waitMs(wait)} ms` },
    { name: 'data.byte timeout', at: at + 3, length: 1, value: `${byteTimeout * 10} ms` },
    { name: 'data.length', at: at + 4, length: 2, value: `${request.inner.length} bytes` },
  ]);
}

function explainReply(data: Uint8Array, at: number, inner: Explain): Explained {
  const reply = decodeForwardReply(data);
  if (reply === null) return { fields: [misfit(data, at)] };
  return withInner(reply.inner, at + REPLY_HEAD_BYTES, inner, [
    { name: 'data.port', at, length: 1, value: String(reply.port) },
    { name: 'data.length', at: at + 1, length: 2, value: `${reply.inner.length} bytes` },
  ]);
}

/** Places inside `inner` count from its own first byte. */
function withInner(bytes: Uint8Array, at: number, explain: Explain, head: readonly ExplainedField[]): Explained {
  if (bytes.length === 0) return { fields: head };
  const inner = explain(bytes);
  const field = { name: 'data.frame', at, length: bytes.length, value: hexText(bytes) };
  if (inner === null) return { fields: [...head, { ...field, fault: 'not a frame of a meter protocol' }] };
  return { fields: [...head, field], inner };
}

function misfit(data: Uint8Array, at: number): ExplainedField {
  const fault = 'its length does not agree with the length of the frame';
  return { name: 'data', at, length: data.length, value: hexText(data), fault };
}

/** AFN that is confirmed, then DA, DT and an error byte for each data unit of it. */
function explainItems(data: Uint8Array, at: number): ExplainedField[] {
  const [afn = 0] = data;
  const fields: ExplainedField[] = [{ name: 'data.function', at, length: 1, value: hexText(data.subarray(0, 1)) }];
  for (let i = 1; i + 5 <= data.length; i += 5) {
    const [da1 = 0, da2 = 0, dt1 = 0, dt2 = 0, error = 0] = data.subarray(i);
    const unit = explainUnit(afn, da1 | (da2 << 8), dt1 | (dt2 << 8), at + i);
    fields.push(...unit.map((field) => ({ ...field, name: `data.${field.name}` })));
    const value = error === 0 ? '0: 正确 done' : `${error}: 出错 refused`;
    fields.push({ name: 'data.error', at: at + i + 4, length: 1, value });
  }
  return fields;
}

function commText(comm: number): string {
  const parity = (comm & 0b1000) === 0 ? 'N' : (comm & 0b100) === 0 ? 'E' : 'O';
  const stop = (comm & 0b1_0000) === 0 ? 1 : 2;
  return `${BAUD_RATES[comm >> 5]} baud ${5 + (comm & 0b11)}${parity}${stop}`;
}

/** A password is not shown. */
function passwordText(password: Uint8Array): string {
  return password.every((byte) => byte === 0) ? 'none (zeros)' : '16 bytes';
}

function tagText(tag: Uint8Array): string {
  const [number = 0, second = 0, minute = 0, hour = 0, day = 0, delay = 0] = tag;
  const time = hexText(Uint8Array.of(hour, minute, second)).replaceAll(' ', ':');
  return `request ${number}, day ${hexText(Uint8Array.of(day))} ${time}, stale after ${delay} min`;
}

function hexText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase().replace(/../g, '$& ').trimEnd();
}
