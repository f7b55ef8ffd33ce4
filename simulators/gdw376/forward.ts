/** What a transparent forward (AFN 10 F1) asks for. */
export interface ForwardRequest {
  readonly port: number;
  /** How long the terminal waits for a meter, ms. */
  readonly waitMs: number;
  /** Frame for the bus. */
  readonly frame: Uint8Array;
}

/** Data unit identifier of point 0, F1. */
export const F1 = [0x00, 0x00, 0x01, 0x00] as const;
/** Port, communication, waits for a meter and for a byte, length. */
const HEAD = 6;
const PASSWORD = 16;
export const TIME_TAG = 6;

/**
 * Reads the data of a request: port, communication byte, waiting time (bit 7: seconds, else 10 ms), waiting time for a
 * byte, length, frame; then the password and, where announced, the time tag. Undefined when the lengths do not add up.
 */
export function readForward(data: Uint8Array, timeTag: boolean): ForwardRequest | undefined {
  const body = Buffer.from(data.subarray(F1.length));
  if (!F1.every((byte, i) => data[i] === byte) || body.length < HEAD) return undefined;
  const length = body.readUInt16LE(4);
  if (body.length !== HEAD + length + PASSWORD + (timeTag ? TIME_TAG : 0)) return undefined;
  const wait = body[2] ?? 0;
  return {
    port: body[0] ?? 0,
    waitMs: (wait & 0x7f) * (wait & 0x80 ? 1000 : 10),
    frame: Uint8Array.from(body.subarray(HEAD, HEAD + length)),
  };
}

/** Data of the answer: port, length, what came from the bus. */
export function forwardReply(port: number, frame: Uint8Array): number[] {
  return [...F1, port, frame.length & 0xff, frame.length >> 8, ...frame];
}
