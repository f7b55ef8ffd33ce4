import type { Explain } from '../explanation.ts';
import { explainPdu, field, hex, isFunction, word } from './explain-pdu.ts';

/** Transaction, protocol and length, then unit. */
const HEADER_BYTES = 7;
const LONGEST = 260;

/** Modbus messaging on TCP/IP V1.0b, 3.1.3. */
export const explainModbusTcp: Explain = (frame) => {
  const { length } = frame;
  if (length <= HEADER_BYTES || length > LONGEST) return null;
  const [transaction, protocol, claimed] = [word(frame, 0), word(frame, 2), word(frame, 4)];
  if (protocol !== 0 || !isFunction(frame[HEADER_BYTES] ?? 0)) return null;
  const unit = frame[HEADER_BYTES - 1] ?? 0;
  const { summary, fields, isWhole } = explainPdu(frame, unit, HEADER_BYTES, length);
  const follow = length - 6;
  const fault = claimed === follow ? undefined : `${follow} bytes follow`;
  return {
    protocol: 'Modbus TCP',
    summary: `${summary}, transaction ${transaction}`,
    fields: [
      field('transaction', 0, 2, `${transaction}`),
      field('protocol', 2, 2, `${hex(protocol, 4)} Modbus`),
      field('length', 4, 2, `${claimed}`, fault),
      field('unit', 6, 1, `${unit}`),
      ...fields,
    ],
    sound: fault === undefined && isWhole,
  };
};
