import type { Explain, ExplainedField, Explanation } from '../explanation.ts';
import { TERMINAL_BYTES, terminalText } from './address.ts';
import { explainData, explainUnit } from './explain-data.ts';
import {
  AFN_AT,
  CONFIRM_BIT,
  END,
  EVENTS_BIT,
  type Frame,
  frameEnd,
  HEAD_BYTES,
  LEAST_BYTES,
  NUMBER_BITS,
  START,
  splitAux,
  sum8,
  TAG_BIT,
  UP_BIT,
} from './frame.ts';

const PRIMARY_BIT = 0x40;
/** Bits 3..0 of the control byte of who begins, and of who answers. */
const BEGINS: Readonly<Record<number, string>> = {
  1: '复位 reset',
  4: '发送/无回答 send, no reply',
  9: '链路测试 link test',
  10: '请求 1 级数据 request class 1',
  11: '请求 2 级数据 request class 2',
};
const ANSWERS: Readonly<Record<number, string>> = {
  0: '认可 acknowledged',
  8: '用户数据 user data',
  9: '无所召唤的数据 no such data',
  11: '链路状态 link status',
};

const AFN_NAMES: Readonly<Record<number, string>> = {
  0: '确认/否认 confirm or deny',
  1: '复位 reset',
  2: '链路接口检测 link',
  3: '中继站命令 relay station',
  4: '设置参数 set parameters',
  5: '控制命令 control',
  6: '身份认证 authentication',
  8: '请求被级联终端主动上报 cascaded terminals',
  9: '请求终端配置 terminal configuration',
  10: '查询参数 query parameters',
  11: '请求任务数据 task data',
  12: '请求 1 类数据 class 1 data, real time',
  13: '请求 2 类数据 class 2 data, history',
  14: '请求 3 类数据 class 3 data, events',
  15: '文件传输 file transfer',
  16: '数据转发 forward',
};

const CONTROL_AT = HEAD_BYTES;
const STATION_AT = AFN_AT - 1;
const SEQ_AT = AFN_AT + 1;
const UNIT_AT = AFN_AT + 2;
const DATA_AT = HEAD_BYTES + LEAST_BYTES;

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}

/** Explains frames of Q/GDW 376.1; `inner` explains what AFN 10 F1 forwards. */
export function explainGdw376(inner: Explain): Explain {
  return (frame) => {
    const end = frame[0] === START ? frameEnd(frame, 0) : null;
    if (end === null || end === 'more') return null;
    const isWhole = frame.length === end;
    const head = explainHead(frame, end);
    if (frame.length < DATA_AT) return { protocol: 'Q/GDW 376.1', summary: 'broken off', fields: head, sound: false };
    const until = isWhole ? end - 2 : frame.length;
    const { decoded, fits } = decode(frame, until);
    const body = explainData(decoded, DATA_AT, inner);
    const tail = isWhole ? explainTail(frame, end) : [];
    const fields = [...head, ...explainFrame(decoded, isWhole && !fits), ...body.fields, ...tail];
    return {
      protocol: 'Q/GDW 376.1',
      summary: summaryOf(decoded, body.inner),
      fields,
      sound: isWhole && fields.every((field) => field.fault === undefined),
      ...(body.inner && { inner: body.inner }),
    };
  };
}

/** What the frame says, whether or not its checksum is right. AUX that does not fit in is left to the data. */
function decode(frame: Uint8Array, until: number): { readonly decoded: Frame; readonly fits: boolean } {
  const control = frame[CONTROL_AT] ?? 0;
  const afn = frame[AFN_AT] ?? 0;
  const seq = frame[SEQ_AT] ?? 0;
  const rest = frame.subarray(DATA_AT, until);
  const none = new Uint8Array(0);
  const split = splitAux(control, afn, seq, rest);
  const [da1 = 0, da2 = 0, dt1 = 0, dt2 = 0] = frame.subarray(UNIT_AT);
  const decoded = {
    control,
    terminal: terminalText(frame.subarray(CONTROL_AT + 1, CONTROL_AT + 1 + TERMINAL_BYTES)),
    station: frame[STATION_AT] ?? 0,
    afn,
    seq,
    da: da1 | (da2 << 8),
    dt: dt1 | (dt2 << 8),
    ...(split ?? { data: rest, aux: { password: none, events: none, tag: none } }),
  };
  return { decoded, fits: split !== null };
}

function explainHead(frame: Uint8Array, end: number): ExplainedField[] {
  const missing = end - frame.length;
  const wrong = missing > 0 ? `${missing} bytes are missing` : `${-missing} bytes follow behind the frame`;
  return [
    { name: 'start', at: 0, length: 1, value: '68' },
    {
      name: 'length',
      at: 1,
      length: 4,
      value: `${end - HEAD_BYTES - 2} bytes, twice; protocol 2: Q/GDW 376.1`,
      ...(missing !== 0 && { fault: wrong }),
    },
    { name: 'start again', at: 5, length: 1, value: '68' },
  ];
}

function explainFrame({ control, terminal, station, afn, seq, da, dt }: Frame, isTooShort: boolean): ExplainedField[] {
  const isDecimal = /^[0-9]{4}/.test(terminal);
  return [
    { name: 'control', at: CONTROL_AT, length: 1, value: `${hex(control)}: ${controlText(control)}` },
    {
      name: 'region',
      at: CONTROL_AT + 1,
      length: 2,
      value: terminal.slice(0, 4),
      ...(!isDecimal && { fault: 'a region code has four decimal digits' }),
    },
    { name: 'terminal', at: CONTROL_AT + 3, length: 2, value: terminal.slice(4) },
    { name: 'station', at: STATION_AT, length: 1, value: stationText(station) },
    { name: 'function', at: AFN_AT, length: 1, value: `${hex(afn)}: ${AFN_NAMES[afn] ?? '备用 reserved'}` },
    {
      name: 'sequence',
      at: SEQ_AT,
      length: 1,
      value: `${hex(seq)}: ${seqText(seq)}`,
      ...(isTooShort && { fault: 'the frame is too short for the auxiliary field that it announces' }),
    },
    ...explainUnit(afn, da, dt, UNIT_AT),
  ];
}

function controlText(control: number): string {
  const isUp = (control & UP_BIT) !== 0;
  const isPrimary = (control & PRIMARY_BIT) !== 0;
  const what = (isPrimary ? BEGINS : ANSWERS)[control & 0x0f] ?? '备用 reserved';
  const events = isUp && (control & EVENTS_BIT) !== 0 ? '; 有事件等待 events are waiting' : '';
  return `${isUp ? '终端→主站 from the terminal' : '主站→终端 to the terminal'}; ${what}${events}`;
}

function stationText(station: number): string {
  const group = (station & 1) === 0 ? '' : ', 组地址 group address';
  return `${hex(station)}: 主站 master station ${station >> 1}${group}`;
}

function seqText(seq: number): string {
  const place = ['中间帧 middle', '结束帧 last', '首帧 first', '单帧 single'][(seq >> 5) & 0b11];
  const confirm = (seq & CONFIRM_BIT) === 0 ? '' : '; 需要确认 confirm wanted';
  const tag = (seq & TAG_BIT) === 0 ? '' : '; 带时间标签 with time tag';
  return `number ${seq & NUMBER_BITS}; ${place}${confirm}${tag}`;
}

function explainTail(frame: Uint8Array, end: number): ExplainedField[] {
  const sum = sum8(frame, HEAD_BYTES, end - 2);
  const given = frame[end - 2] ?? 0;
  const last = frame[end - 1] ?? 0;
  return [
    {
      name: 'checksum',
      at: end - 2,
      length: 1,
      value: hex(given),
      ...(given !== sum && { fault: `${hex(sum)} would be right` }),
    },
    {
      name: 'end',
      at: end - 1,
      length: 1,
      value: hex(last),
      ...(last !== END && { fault: '16 would be right' }),
    },
  ];
}

function summaryOf({ control, terminal, afn }: Frame, inner: Explanation | undefined): string {
  const who = (control & UP_BIT) === 0 ? 'to' : 'from';
  const what = `${AFN_NAMES[afn] ?? `AFN ${hex(afn)}`} ${who} terminal ${terminal}`;
  return inner ? `${what}: ${inner.summary}` : what;
}
