import { dateTime } from './data.ts';
import { CONTROL, encodeLink, LINK_FUNCTION, type LinkFrame } from './frame.ts';

/** LINK-Request 01 and LINK-Response 81 (7.3.2). */
const REQUEST = 0x01;
const RESPONSE = 0x81;
const KINDS = { login: 0, heartbeat: 1 } as const;

type LinkKind = keyof typeof KINDS;

/** Login or heartbeat of a terminal with its heartbeat interval and the time. `number`: 0 to 63. */
export function linkRequest(
  kind: LinkKind,
  terminal: string,
  what: { readonly number: number; readonly heartbeatS: number; readonly atMs: number },
): Uint8Array {
  const { number, heartbeatS, atMs } = what;
  const body = [REQUEST, number, KINDS[kind], heartbeatS >> 8, heartbeatS & 0xff, ...dateTime(atMs)];
  const control = CONTROL.fromServer | LINK_FUNCTION;
  return encodeLink({ control, addressType: 0, address: terminal, client: 0, body: Uint8Array.from(body) });
}

/** True for a LINK-Response of success to the request of this number. */
export function isLinkResponse({ control, address, body }: LinkFrame, terminal: string, number: number): boolean {
  const link = !(control & CONTROL.fromServer) && (control & CONTROL.function) === LINK_FUNCTION;
  return link && address === terminal && body[0] === RESPONSE && body[1] === number && ((body[2] ?? 1) & 7) === 0;
}
