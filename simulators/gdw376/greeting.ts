import { CONTROL, encodePacket, type Packet, SEQ } from './packet.ts';

/** Link test (AFN 02) from the terminal: it asks, function 9. */
const LINK_TEST = CONTROL.up | CONTROL.asks | 9;
const AFN_LINK = 0x02;
const AFN_CONFIRM = 0x00;
/** Data unit identifiers of point 0: F1 login, F3 heartbeat. */
const UNIT = { login: [0x00, 0x00, 0x01, 0x00], heartbeat: [0x00, 0x00, 0x04, 0x00] } as const;
/** All confirmed; item by item, of which the last byte must be 0 (no error). */
const ALL = 0x01;
const EACH = 0x04;

type Greeting = keyof typeof UNIT;

/** Login or heartbeat, for which a confirmation is wanted. `number`: 0 to 15. */
export function greet(kind: Greeting, terminal: string, number: number): Uint8Array {
  const seq = SEQ.first | SEQ.last | SEQ.confirm | number;
  return encodePacket({
    control: LINK_TEST,
    terminal,
    master: 0,
    afn: AFN_LINK,
    seq,
    data: Uint8Array.from(UNIT[kind]),
  });
}

/** True for the confirmation (AFN 00 F1, or F3 without an error) of what was sent with this number. */
export function isConfirmation({ control, afn, seq, terminal, data }: Packet, of: string, number: number): boolean {
  const answers = !(control & CONTROL.up) && !(control & CONTROL.asks) && afn === AFN_CONFIRM && terminal === of;
  if (!answers || (seq & SEQ.number) !== number) return false;
  return data[2] === ALL || (data[2] === EACH && data.at(-1) === 0);
}
