import { crc16X25 } from '../protocols/dlt698/crc16.ts';
import { FROM_SERVER_BIT, LINK_FUNCTION, placesOf, SCRAMBLE_BIT, u16 } from '../protocols/dlt698/frame.ts';
import { decodeLinkRequest } from '../protocols/dlt698/link-request.ts';
import { encodeLinkResponse } from '../protocols/dlt698/link-response.ts';
import type { Recognise } from './dial-in-listener-recognise.ts';

/** L of a LINK-Request without its address: L, C, flag byte, CA, HCS, APDU of 15 bytes, FCS. */
const LENGTH_WITHOUT_ADDRESS = 24;
const MOST_ADDRESS_BYTES = 16;
/** Of the address in a plan. */
const DIGITS = 12;

/**
 * Finds the login, heartbeat and logout of DL/T 698.45 terminals. `zone` is the time zone that their clocks are set to,
 * for the answer.
 */
export function recogniseDlt698(zone: () => string): Recognise {
  return (bytes, at, now) => {
    if (!mayBeLinkRequest(bytes, at)) return null;
    const end = at + 2 + u16(bytes, at + 1);
    if (bytes.length < at + 3 || bytes.length < end) return 'more';
    const request = decodeLinkRequest(bytes.subarray(at, end));
    if (request === null) return null;
    const { type, heartbeatS } = request;
    return {
      kind: type,
      // Zeros on the high side do not count: some terminals leave them out, some send more than the plan names.
      terminal: request.address.replace(/^0+/, '').padStart(DIGITS, '0'),
      end,
      reply: encodeLinkResponse(request, { receivedAt: now, respondedAt: now, zone: zone() }),
      heartbeatMs: heartbeatS * 1000,
    };
  };
}

/** Whether every byte so far fits. Its length is within narrow bounds, so the end of another frame is told at once. */
function mayBeLinkRequest(bytes: Uint8Array, at: number): boolean {
  const [low, high, control, flag] = bytes.subarray(at + 1);
  if (low === undefined) return true;
  const addressBytes = low - LENGTH_WITHOUT_ADDRESS;
  if (addressBytes < 1 || addressBytes > MOST_ADDRESS_BYTES) return false;
  if (high !== undefined && high !== 0) return false;
  if (control !== undefined && (control & ~SCRAMBLE_BIT) !== (FROM_SERVER_BIT | LINK_FUNCTION)) return false;
  if (flag === undefined) return true;
  const { headEnd, dataAt } = placesOf(bytes, at);
  if ((flag & 0x0f) + 1 !== addressBytes) return false;
  return bytes.length < dataAt || crc16X25(bytes, at + 1, headEnd) === u16(bytes, headEnd);
}
