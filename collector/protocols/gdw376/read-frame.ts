/**
 * Whether bytes that are to be forwarded to a meter are one read and nothing else. It looks at the bytes alone and
 * shares no code with those who build them: what a builder gets wrong is stopped here.
 */

const PREAMBLE = 0xfe;
const START = 0x68;
const END = 0x16;

/** `68 A0..A5 68 C L DATA CS 16` (DL/T 645). */
const DATA_AT = 10;
const AROUND_DATA = 12;

/** Reads of DL/T 645-2007 (11 data, 12 follow-up, 13 address) and -1997 (01 data, 02 follow-up), with their lengths. */
const DLT645_READS: ReadonlyMap<number, readonly number[]> = new Map([
  [0x11, [4, 5, 10]],
  [0x12, [5]],
  [0x13, [0]],
  [0x01, [2]],
  [0x02, [2]],
]);

/** True for exactly one DL/T 645 read, or DL/T 698.45 GET or block confirm, after any number of FE. */
export function isReadFrame(bytes: Uint8Array): boolean {
  const start = bytes.findIndex((byte) => byte !== PREAMBLE);
  if (start < 0) return false;
  const frame = bytes.subarray(start);
  return isDlt645Read(frame) || isDlt698Read(frame);
}

function isDlt645Read(frame: Uint8Array): boolean {
  const control = dlt645Control(frame, frame.length);
  if (control === null || frame.length !== AROUND_DATA + (frame[DATA_AT - 1] ?? 0)) return false;
  if (!DLT645_READS.get(control)?.includes(frame.length - AROUND_DATA)) return false;
  const address = frame.subarray(1, 7);
  // Decimal, or AA for any digits; 99 in every byte is the broadcast, which reads nothing.
  if (address.every((byte) => byte === 0x99)) return false;
  return address.every((byte) => byte === 0xaa || ((byte & 0x0f) <= 9 && byte >> 4 <= 9));
}

/** Control byte of the sound DL/T 645 frame at the beginning, of at most `most` bytes; null when there is none. */
function dlt645Control(bytes: Uint8Array, most: number): number | null {
  const end = AROUND_DATA + (bytes[DATA_AT - 1] ?? 0);
  if (bytes[0] !== START || bytes[7] !== START || end > Math.min(most, bytes.length)) return null;
  const sum = bytes.subarray(0, end - 2).reduce((total, byte) => (total + byte) & 0xff, 0);
  return sum === bytes[end - 2] && bytes[end - 1] === END ? (bytes[8] ?? null) : null;
}

/** From the client, user data, neither split nor scrambled; the same of a block of a split reply that is confirmed. */
const REQUEST_CONTROL = 0x43;
const BLOCK_CONTROL = 0x63;
const GET_REQUEST = 0x05;
/** GetRequestNormal, NormalList, Record, RecordList, Next. */
const GET_SERVICES: readonly number[] = [1, 2, 3, 4, 5];
/** Bits 15..14 of the split field. */
const CONFIRM_BLOCK = 0b10;

/** `68 L(2) C SA CA HCS(2) APDU FCS(2) 16`; L counts all but the first and the last byte (DL/T 698.45). */
function isDlt698Read(frame: Uint8Array): boolean {
  const [start, low = 0, high = 0, control = 0, sa = 0] = frame;
  const hcsAt = 5 + (sa & 0x0f) + 1 + 1;
  const fcsAt = frame.length - 3;
  if (start !== START || frame.at(-1) !== END || (low | (high << 8)) !== frame.length - 2) return false;
  if (hcsAt + 4 > fcsAt || !hasCrc(frame, hcsAt) || !hasCrc(frame, fcsAt)) return false;
  // Bits 7..6 of SA: 0 one meter, 1 with wildcards; groups and broadcasts answer nothing.
  if (sa >> 6 > 1) return false;
  const apdu = frame.subarray(hcsAt + 2, fcsAt);
  if (control === BLOCK_CONTROL) return apdu.length === 2 && (apdu[1] ?? 0) >> 6 === CONFIRM_BLOCK;
  if (control !== REQUEST_CONTROL || apdu[0] !== GET_REQUEST || !GET_SERVICES.includes(apdu[1] ?? 0)) return false;
  return !hidesDlt645(frame);
}

/** A DL/T 645 meter on the same bus looks for its frame anywhere, inside a selection by value too. */
function hidesDlt645(frame: Uint8Array): boolean {
  return frame.some((_, at) => dlt645Control(frame.subarray(at), frame.length - at) !== null);
}

/** Whether the CRC of everything behind the first byte stands at `at`, low byte first (CRC-16/X.25). */
function hasCrc(frame: Uint8Array, at: number): boolean {
  let crc = 0xffff;
  for (let i = 1; i < at; i++) {
    crc ^= frame[i] ?? 0;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >> 1 : (crc >> 1) ^ 0x8408;
  }
  crc ^= 0xffff;
  return frame[at] === (crc & 0xff) && frame[at + 1] === crc >> 8;
}
