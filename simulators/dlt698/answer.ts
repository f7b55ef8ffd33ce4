import type { SimMeter } from '../world/meter.ts';
import { Cursor, NOTHING, RequestError } from './data.ts';
import { presentData } from './objects.ts';
import { intervalSeconds, type Selection, selected, tableOf } from './records.ts';

/** Services (7.3): GET 05, SET 06, ACTION 07; an answer has 80H added. */
const GET = 0x05;
const SET = 0x06;
const ACTION = 0x07;
const REPLY = 0x80;
const NORMAL = 1;
const LIST = 2;
const RECORD = 3;
/** Reasons for no data (DAR). */
const REFUSED = 3;
const NO_OBJECT = 6;
const DATA = 1;
const NO_DATA = 0;
/** What closes an answer: no follow-up report, no time tag. */
const TAIL = [0, 0];

type Bytes = readonly number[];

/** The answering APDU of a meter, or undefined where it says nothing. Nothing is ever written or switched. */
export function answerApdu(meter: SimMeter, request: Uint8Array, atMs: number): Uint8Array | undefined {
  const [service = 0, kind = 0, piid = 0] = request;
  const body = new Cursor(request.subarray(3));
  try {
    const head = [service | REPLY, kind, piid];
    if (service === GET && kind === NORMAL) return Uint8Array.from([...head, ...normal(meter, body, atMs), ...TAIL]);
    if (service === GET && kind === LIST) return Uint8Array.from([...head, ...list(meter, body, atMs), ...TAIL]);
    if (service === GET && kind === RECORD) return Uint8Array.from([...head, ...record(meter, body, atMs), ...TAIL]);
    if (service === SET && kind === NORMAL) return Uint8Array.from([...head, ...body.take(4), REFUSED, ...TAIL]);
    if (service === ACTION && kind === NORMAL) {
      return Uint8Array.from([...head, ...body.take(4), REFUSED, NO_DATA, ...TAIL]);
    }
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
  }
  return undefined;
}

const oadBytes = (oad: string): Bytes => [...Buffer.from(oad, 'hex')];

function normal(meter: SimMeter, body: Cursor, atMs: number): Bytes {
  const oad = body.oad();
  const data = presentData(meter, oad, atMs);
  return [...oadBytes(oad), ...(data ? [DATA, ...data] : [NO_DATA, NO_OBJECT])];
}

function list(meter: SimMeter, body: Cursor, atMs: number): Bytes {
  const count = body.byte();
  return [count, ...Array.from({ length: count }, () => normal(meter, body, atMs)).flat()];
}

function record(meter: SimMeter, body: Cursor, atMs: number): Bytes {
  const oad = body.oad();
  const selection = selectionOf(body);
  const named = columnsOf(body);
  const table = tableOf(meter, oad, atMs);
  const columns = named.length > 0 ? named : (table?.usual ?? []);
  const head = [...oadBytes(oad), columns.length, ...columns.flatMap((column) => [0, ...oadBytes(column)])];
  if (!table) return [...head, NO_DATA, NO_OBJECT];
  const byTime = selection && selection.by !== 'last';
  if (!selection || (byTime && selection.column !== table.timeColumn)) return [...head, NO_DATA, REFUSED];
  const rows = selected(table, meter, selection, atMs);
  return [
    ...head,
    DATA,
    rows.length,
    ...rows.flatMap((row) => columns.flatMap((column) => row.column(column) ?? NOTHING)),
  ];
}

/** Selectors 1 (a time), 2 (a range, end exclusive, with a step) and 9 (the n-th last); undefined for any other. */
function selectionOf(body: Cursor): Selection | undefined {
  const selector = body.byte();
  if (selector === 1) return { by: 'time', column: body.oad(), atMs: body.time() };
  if (selector === 2) {
    const column = body.oad();
    const fromMs = body.time();
    const untilMs = body.time();
    return { by: 'range', column, fromMs, untilMs, stepS: intervalSeconds(body.interval()) };
  }
  if (selector === 9) return { by: 'last', n: body.byte() };
  throw new RequestError(`selector ${selector}`);
}

/** Columns of a request; of the two ways to name one only the plain object is known here. */
function columnsOf(body: Cursor): string[] {
  return Array.from({ length: body.byte() }, () => {
    if (body.byte() !== 0) throw new RequestError('a column within a column');
    return body.oad();
  });
}
