import type { WrongReply } from '../faults/fault.ts';
import type { SimMeter } from '../world/meter.ts';
import { registerBytes } from './register-map.ts';

const READ_HOLDING = 0x03;
const READ_INPUT = 0x04;
const EXCEPTION = 0x80;
const ILLEGAL_FUNCTION = 0x01;
const ILLEGAL_ADDRESS = 0x02;
const ILLEGAL_VALUE = 0x03;
/** Most registers that fit one reply (application protocol 6.4). */
const MOST_REGISTERS = 125;

/** The reply of a meter to one request, both from the function code on. */
export function answerPdu(meter: SimMeter, request: Uint8Array, atMs: number): Uint8Array {
  const [code = 0, startHigh = 0, startLow = 0, countHigh = 0, countLow = 0] = request;
  if (code !== READ_HOLDING && code !== READ_INPUT) return exception(code, ILLEGAL_FUNCTION);
  const start = (startHigh << 8) | startLow;
  const count = (countHigh << 8) | countLow;
  if (request.length !== 5 || count === 0 || count > MOST_REGISTERS) return exception(code, ILLEGAL_VALUE);
  const data = registerBytes(meter, code === READ_INPUT ? 'input' : 'holding', { start, count, atMs });
  if (!data) return exception(code, ILLEGAL_ADDRESS);
  const reply = new Uint8Array(2 + data.length);
  reply[0] = code;
  reply[1] = data.length;
  reply.set(data, 2);
  return reply;
}

export function exception(code: number, reason: number): Uint8Array {
  return Uint8Array.of(EXCEPTION | code, reason);
}

/** The neighbour's unit, or the reply to a request for one register less. */
export function bentReply(unit: number, pdu: Uint8Array, wrong: WrongReply | null): { unit: number; pdu: Uint8Array } {
  if (wrong === 'address') return { unit: (unit % 247) + 1, pdu };
  if (wrong !== 'item' || pdu.length < 5) return { unit, pdu };
  const shorter = pdu.slice(0, -2);
  shorter[1] = (pdu[1] ?? 0) - 2;
  return { unit, pdu: shorter };
}
