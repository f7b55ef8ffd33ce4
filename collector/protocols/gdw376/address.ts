import { MeterwayError } from '#platform/errors.ts';

/** A1 and A2 of the address field; A3, the station, is no part of the terminal's address. */
export const TERMINAL_BYTES = 4;

const TERMINAL = /^[0-9]{4}[0-9A-F]{4}$/;

/**
 * `02001234` of the four bytes on the wire: region code A1, two bytes BCD, then terminal address A2, two bytes binary,
 * each low byte first (Q/GDW 376.1, address field). A region that is not decimal gives letters, which no terminal has.
 */
export function terminalText(wire: Uint8Array): string {
  const [regionLow = 0, regionHigh = 0, low = 0, high = 0] = wire;
  return Buffer.of(regionHigh, regionLow, high, low).toString('hex').toUpperCase();
}

/** The four bytes on the wire. Throws MeterwayError `bad_address`. */
export function terminalBytes(terminal: string): Uint8Array {
  if (!TERMINAL.test(terminal)) {
    throw new MeterwayError(
      `cannot use terminal address "${terminal}": four digits of region code and four hexadecimal digits are wanted, ` +
        'such as 02001234',
      { code: 'bad_address' },
    );
  }
  const [regionHigh = 0, regionLow = 0, high = 0, low = 0] = Buffer.from(terminal, 'hex');
  return Uint8Array.of(regionLow, regionHigh, low, high);
}
