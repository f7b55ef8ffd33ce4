import { encodeLinkFrame } from './frame-encode.ts';
import type { LinkRequest } from './link-request.ts';
import { dateTimeBytes } from './local-time.ts';

const LINK_RESPONSE = 0x81;
/** Bit 7: our clock may be trusted; bits 2..0: 0 success. */
const TRUSTED_SUCCESS = 0x80;

interface Answered {
  /** When the request was complete and when the answer goes out, UTC ms. */
  readonly receivedAt: number;
  readonly respondedAt: number;
  /** Time zone that the terminals' clocks are set to. */
  readonly zone: string;
}

/**
 * Frame of the LINK-Response that accepts a request: result, time of the request as it came, times of receipt and of
 * the answer. Throws MeterwayError `bad_address` when the request's address is none.
 */
export function encodeLinkResponse(request: LinkRequest, { receivedAt, respondedAt, zone }: Answered): Uint8Array {
  const { address, logical, client, piid, requestTime } = request;
  const times = [...requestTime, ...dateTimeBytes(receivedAt, zone), ...dateTimeBytes(respondedAt, zone)];
  const apdu = Uint8Array.of(LINK_RESPONSE, piid, TRUSTED_SUCCESS, ...times);
  return encodeLinkFrame({ address: { kind: 'single', logical, text: address }, client }, apdu);
}
