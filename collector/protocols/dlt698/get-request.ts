import { MeterwayError } from '#platform/errors.ts';

export const GET_REQUEST = 0x05;
export const NORMAL = 1;
export const LIST = 2;
export const RECORD = 3;
export const RECORD_LIST = 4;
export const NEXT = 5;

/** Bits of PIID that number a request; bit 7 is its priority, in answers bit 6 says that events wait. */
export const PIID_BITS = 0x3f;

/**
 * Rows of a record that may be asked for: where `oad` is the time, from one time up to (without) another at every
 * `everyS` seconds (null = all), the n-th last. Times are 7 bytes date_time_s.
 */
export type RowSelector =
  | { readonly kind: 1; readonly oad: string; readonly time: Uint8Array }
  | {
      readonly kind: 2;
      readonly oad: string;
      readonly from: Uint8Array;
      readonly to: Uint8Array;
      readonly everyS: number | null;
    }
  | { readonly kind: 9; readonly n: number };

/** OADs as 8 upper-case hexadecimal digits. */
export type GetRequest =
  | { readonly service: typeof NORMAL; readonly oad: string }
  | { readonly service: typeof LIST; readonly oads: readonly string[] }
  | {
      readonly service: typeof RECORD;
      readonly oad: string;
      readonly selector: RowSelector;
      readonly columns: readonly string[];
    }
  /** The block behind `block` of an answer that comes in several. */
  | { readonly service: typeof NEXT; readonly block: number };

const OAD = /^[0-9A-F]{8}$/;
const DATE_TIME_S = 0x1c;
const TI = 0x54;
const MINUTE_S = 60;
const NO_TIME_TAG = 0;
const MOST_LISTED = 127;

/** APDU of a GET-Request. Throws MeterwayError `bad_oad`, and `bad_request` for what the fields cannot hold. */
export function encodeGet(piid: number, request: GetRequest): Uint8Array {
  if (!(Number.isInteger(piid) && piid >= 0 && piid <= PIID_BITS)) throw bad(`PIID ${piid}: 0 to 63 is wanted`);
  return Uint8Array.of(GET_REQUEST, request.service, piid, ...bodyOf(request), NO_TIME_TAG);
}

function bodyOf(request: GetRequest): number[] {
  switch (request.service) {
    case NORMAL:
      return oadBytes(request.oad);
    case LIST:
      return [...countByte(request.oads), ...request.oads.flatMap(oadBytes)];
    case RECORD: {
      const columns = request.columns.flatMap((oad) => [0, ...oadBytes(oad)]);
      return [...oadBytes(request.oad), ...selectorBytes(request.selector), ...countByte(request.columns), ...columns];
    }
    case NEXT:
      return [(request.block >> 8) & 0xff, request.block & 0xff];
  }
}

function selectorBytes(selector: RowSelector): number[] {
  switch (selector.kind) {
    case 1:
      return [1, ...oadBytes(selector.oad), ...timeBytes(selector.time)];
    case 2: {
      const range = [...timeBytes(selector.from), ...timeBytes(selector.to)];
      return [2, ...oadBytes(selector.oad), ...range, ...intervalBytes(selector.everyS)];
    }
    case 9:
      if (!(Number.isInteger(selector.n) && selector.n >= 1 && selector.n <= 255)) {
        throw bad(`${selector.n}-th last row: 1 to 255 is wanted`);
      }
      return [9, selector.n];
  }
}

function timeBytes(time: Uint8Array): number[] {
  if (time.length !== 7) throw bad(`time of ${time.length} bytes: 7 are wanted`);
  return [DATE_TIME_S, ...time];
}

function intervalBytes(everyS: number | null): number[] {
  if (everyS === null) return [0];
  const inMinutes = everyS % MINUTE_S === 0;
  const count = inMinutes ? everyS / MINUTE_S : everyS;
  if (!(Number.isInteger(count) && count >= 1 && count <= 0xffff)) throw bad(`interval of ${everyS} s`);
  return [TI, inMinutes ? 1 : 0, count >> 8, count & 0xff];
}

function countByte(entries: readonly unknown[]): number[] {
  if (entries.length > MOST_LISTED) throw bad(`list of ${entries.length}: at most ${MOST_LISTED} are wanted`);
  return [entries.length];
}

function oadBytes(oad: string): number[] {
  if (OAD.test(oad)) return [...Buffer.from(oad, 'hex')];
  throw new MeterwayError(`cannot use OAD "${oad}": 8 upper-case hexadecimal digits are wanted`, { code: 'bad_oad' });
}

function bad(what: string): MeterwayError {
  return new MeterwayError(`cannot encode a GET request with ${what}`, { code: 'bad_request' });
}
