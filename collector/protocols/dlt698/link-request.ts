import { ReadError } from '../../lines/read-error.ts';
import { ByteReader } from './byte-reader.ts';
import { CLIENT_BEGAN_BIT, FROM_SERVER_BIT, FUNCTION_BITS, findFrame, LINK_FUNCTION, SPLIT_BIT } from './frame.ts';

export const LINK_REQUEST = 0x01;
const LINK_TYPES = ['login', 'heartbeat', 'logout'] as const;
const DATE_TIME_BYTES = 10;

/** What a terminal that dialled in says of itself (LINK-Request, DL/T 698.45). */
export interface LinkRequest {
  /** Of the terminal, two characters a byte, most significant first. */
  readonly address: string;
  readonly logical: number;
  /** Client address that it speaks to. */
  readonly client: number;
  readonly piid: number;
  readonly type: (typeof LINK_TYPES)[number];
  /** It promises a heartbeat this often, seconds. */
  readonly heartbeatS: number;
  /** When it asked, date_time as it came: the answer repeats it. */
  readonly requestTime: Uint8Array;
}

/** Content of a LINK-Request APDU. Throws ReadError `malformed`. */
export function readLinkRequest(reader: ByteReader): Pick<LinkRequest, 'piid' | 'type' | 'heartbeatS' | 'requestTime'> {
  const tag = reader.u8('APDU');
  const piid = reader.u8('PIID');
  const type = LINK_TYPES[reader.u8('request type')];
  if (tag !== LINK_REQUEST || type === undefined) throw new ReadError('malformed', 'no LINK-Request');
  const heartbeatS = reader.u16('heartbeat');
  const requestTime = reader.take(DATE_TIME_BYTES, 'request time');
  if (reader.left > 0) throw new ReadError('malformed', `${reader.left} bytes behind the APDU`);
  return { piid, type, heartbeatS, requestTime };
}

/** The login, heartbeat or logout in the first sound frame of the bytes; null when it is something else, or damaged. */
export function decodeLinkRequest(frameBytes: Uint8Array): LinkRequest | null {
  const found = findFrame(frameBytes);
  if (found.kind !== 'frame') return null;
  const { control, address, client, apdu } = found.frame;
  const bits = FROM_SERVER_BIT | CLIENT_BEGAN_BIT | SPLIT_BIT | FUNCTION_BITS;
  if ((control & bits) !== (FROM_SERVER_BIT | LINK_FUNCTION)) return null;
  try {
    return { address: address.text, logical: address.logical, client, ...readLinkRequest(new ByteReader(apdu)) };
  } catch (error) {
    if (error instanceof ReadError) return null;
    throw error;
  }
}
