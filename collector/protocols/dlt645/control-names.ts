import { ERROR_BIT, FOLLOW_BIT, FUNCTION_BITS, REPLY_BIT } from './frame.ts';

export type EditionName = 'DL/T 645-2007' | 'DL/T 645-1997';

/**
 * Functions of both editions by bits 4..0 of the control byte. Most change something in the meter: they are named here so
 * that a frame seen on a line can be explained, and nothing here can be sent.
 */
const FUNCTIONS_2007: ReadonlyMap<number, string> = new Map([
  [0x03, 'security authentication'],
  [0x08, 'broadcast of the time'],
  [0x11, 'data read'],
  [0x12, 'read of follow-up data'],
  [0x13, 'address read'],
  [0x14, 'write of data'],
  [0x15, 'write of the address'],
  [0x16, 'freeze command'],
  [0x17, 'change of the baud rate'],
  [0x18, 'change of a password'],
  [0x19, 'clearing of the maximum demand'],
  [0x1a, 'clearing of the meter'],
  [0x1b, 'clearing of events'],
  [0x1c, 'relay, alarm or supply-hold command'],
  [0x1d, 'setting of the multi-function terminal'],
]);

const FUNCTIONS_1997: ReadonlyMap<number, string> = new Map([
  [0x01, 'data read'],
  [0x02, 'read of follow-up data'],
  [0x03, 'repeated data read'],
  [0x04, 'write of data'],
  [0x08, 'broadcast of the time'],
  [0x0a, 'write of the address'],
  [0x0c, 'change of the baud rate'],
  [0x0f, 'change of a password'],
  [0x10, 'clearing of the maximum demand'],
]);

/** A repeated read of 1997 has an identifier of two bytes at most before its values; security data has more. */
const SHORT = 8;
const SHARED = 0x03;

/** Which edition a frame belongs to, by its function and length. */
export function editionOf(control: number, length: number): EditionName {
  const code = control & FUNCTION_BITS;
  if (code === SHARED) return length < SHORT && !isSecurityError(control, length) ? 'DL/T 645-1997' : 'DL/T 645-2007';
  return !FUNCTIONS_2007.has(code) && FUNCTIONS_1997.has(code) ? 'DL/T 645-1997' : 'DL/T 645-2007';
}

/** A refused authentication has two bytes of error, every other refusal one. */
function isSecurityError(control: number, length: number): boolean {
  return (control & ERROR_BIT) !== 0 && length === 2;
}

/** `data read`, or null when the edition has no such function. */
export function functionName(control: number, edition: EditionName): string | null {
  const names = edition === 'DL/T 645-1997' ? FUNCTIONS_1997 : FUNCTIONS_2007;
  return names.get(control & FUNCTION_BITS) ?? null;
}

/** What the control byte says: `reply to a data read, more frames follow`. */
export function controlText(control: number, edition: EditionName): string {
  const name = functionName(control, edition) ?? 'unknown function';
  const isReply = (control & REPLY_BIT) !== 0;
  const kind = (control & ERROR_BIT) !== 0 ? 'error reply to' : isReply ? 'reply to' : 'request:';
  return `${kind} ${name}${(control & FOLLOW_BIT) !== 0 ? ', more frames follow' : ''}`;
}

const ERRORS = [
  'other error',
  'no such data',
  'wrong password or not authorised',
  'baud rate cannot change',
  'too many time zones',
  'too many periods of the day',
  'too many rates',
  'reserved bit 7',
] as const;

const ERRORS_1997 = ['illegal data', 'wrong data identifier', 'wrong password', 'reserved bit 3'] as const;

/** What the bits of the error byte say. */
export function errorText(code: number, edition: EditionName): string {
  const names = edition === 'DL/T 645-1997' ? [...ERRORS_1997, ...ERRORS.slice(4)] : ERRORS;
  const said = names.filter((_, bit) => ((code >> bit) & 1) === 1);
  return said.length === 0 ? 'no error is named' : said.join(', ');
}

/** Two bytes of a refused authentication, by bits. */
const SECURITY_ERRORS = [
  'other error',
  'repeated recharge',
  'ESAM check failed',
  'identity check failed',
  'customer number does not match',
  'wrong recharge count',
  'purchase over the limit',
] as const;

export function securityErrorText(code: number): string {
  const said = SECURITY_ERRORS.filter((_, bit) => ((code >> bit) & 1) === 1);
  return said.length === 0 ? 'no error is named' : said.join(', ');
}
