import { MeterwayError } from '#platform/errors.ts';
import { addressBytes, type ServerAddress } from './address.ts';
import { crc16X25 } from './crc16.ts';
import { CLIENT_BEGAN_BIT, DATA_FUNCTION, END, LINK_FUNCTION, PREAMBLE, SPLIT_BIT, START } from './frame.ts';
import { blockBytes } from './split.ts';

/** First bytes of every APDU that may go out as user data: GET normal, list, record, next. None changes anything. */
const GET_REQUEST = 0x05;
const GET_NORMAL = 1;
const GET_SERVICES: readonly number[] = [GET_NORMAL, 2, 3, 5];
const LINK_RESPONSE = 0x81;
const LINK_RESPONSE_BYTES = 33;

const REPORT_RESPONSE = 0x08;
/** Tag, service, PIID, number of OADs; a number from 128 on would take more than a byte. */
const REPORT_HEAD_BYTES = 4;
const OAD_BYTES = 4;
const A_XDR_LONG = 128;

/** FE bytes that a client sends to wake the receiver. */
const PREAMBLE_BYTES = 4;

export interface Envelope {
  readonly address: ServerAddress;
  /** Client address CA; 0 unless the server tells its clients apart. */
  readonly client: number;
}

/**
 * Bytes of a read request, after `preamble` FE bytes. A server also takes orders to switch and to set, so what may be
 * asked is closed at run time too: throws MeterwayError `read_only` for an APDU that is no GET, and for an address that
 * is not a single server's.
 */
export function encodeRequest(to: Envelope, apdu: Uint8Array, preamble = PREAMBLE_BYTES): Uint8Array {
  if (apdu[0] !== GET_REQUEST || !GET_SERVICES.includes(apdu[1] ?? 0)) {
    const head = Buffer.from(apdu.subarray(0, 2)).toString('hex').toUpperCase();
    throw new MeterwayError(`cannot encode APDU ${head}: only the reads 0501, 0502, 0503 and 0505 may go to a meter`, {
      code: 'read_only',
    });
  }
  return lay(single(to), CLIENT_BEGAN_BIT | DATA_FUNCTION, apdu, preamble);
}

/**
 * Bytes of a search: one attribute is asked of whoever an address with open digits fits. Only for finding out who is
 * on a line: several servers may answer at once. Throws MeterwayError `read_only` for another APDU than GET normal,
 * and for a group or broadcast address.
 */
export function encodeSearch(to: Envelope, apdu: Uint8Array, preamble = PREAMBLE_BYTES): Uint8Array {
  if (to.address.kind !== 'wildcard') return encodeRequest(to, apdu, preamble);
  if (apdu[0] !== GET_REQUEST || apdu[1] !== GET_NORMAL) {
    throw new MeterwayError('cannot encode a search: only the read 0501 may go to an address with open digits', {
      code: 'read_only',
    });
  }
  return lay(to, CLIENT_BEGAN_BIT | DATA_FUNCTION, apdu, preamble);
}

/** The confirmation of block `number` of a split answer: carries no APDU. Throws as `encodeRequest` for the address. */
export function encodeConfirm(to: Envelope, number: number, preamble = PREAMBLE_BYTES): Uint8Array {
  const field = blockBytes({ role: 'confirm', number });
  return lay(single(to), CLIENT_BEGAN_BIT | SPLIT_BIT | DATA_FUNCTION, field, preamble);
}

/**
 * The answer to a LINK-Request of a terminal that dialled in. Throws MeterwayError `read_only` for another APDU than a
 * LINK-Response, which can order nothing.
 */
export function encodeLinkFrame(to: Envelope, apdu: Uint8Array): Uint8Array {
  if (apdu[0] !== LINK_RESPONSE || apdu.length !== LINK_RESPONSE_BYTES) {
    throw new MeterwayError('cannot encode a link frame: only a LINK-Response of 33 bytes may go to a terminal', {
      code: 'read_only',
    });
  }
  return lay(to, LINK_FUNCTION, apdu, 0);
}

/**
 * The confirmation of what a server has reported: service, PIID, OADs, no time tag. Throws MeterwayError `read_only` for
 * any other APDU than a REPORT-Response, which can order nothing, and for an address that is not a single server's.
 */
export function encodeReportResponse(to: Envelope, apdu: Uint8Array): Uint8Array {
  const [tag, service = 0, , count = 0] = apdu;
  const isWhole = count < A_XDR_LONG && apdu.length === REPORT_HEAD_BYTES + OAD_BYTES * count + 1 && apdu.at(-1) === 0;
  if (tag !== REPORT_RESPONSE || service < 1 || service > 2 || !isWhole) {
    throw new MeterwayError('cannot encode a confirmation: only a REPORT-Response may go to a server that reports', {
      code: 'read_only',
    });
  }
  return lay(single(to), DATA_FUNCTION, apdu, 0);
}

function single(to: Envelope): Envelope {
  if (to.address.kind === 'single') return to;
  throw new MeterwayError(`cannot encode a request to a ${to.address.kind} address: one meter is read at a time`, {
    code: 'read_only',
  });
}

function lay({ address, client }: Envelope, control: number, data: Uint8Array, preamble: number): Uint8Array {
  const head = [control, ...addressBytes(address), client];
  // L itself, both sums.
  const length = 2 + head.length + 2 + data.length + 2;
  const frame = [START, length & 0xff, length >> 8, ...head];
  frame.push(...sumOf(frame), ...data);
  frame.push(...sumOf(frame), END);
  return Uint8Array.of(...new Array<number>(preamble).fill(PREAMBLE), ...frame);
}

function sumOf(frame: readonly number[]): [number, number] {
  const sum = crc16X25(Uint8Array.from(frame), 1, frame.length);
  return [sum & 0xff, sum >> 8];
}
