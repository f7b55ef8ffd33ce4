import type { Explain, ExplainedField } from '../explanation.ts';
import { crc16, hasCrc } from './crc16.ts';
import { explainPdu, field, hex, hexBytes, isFunction } from './explain-pdu.ts';

/** Unit, function and CRC. */
const SHORTEST = 4;
const LONGEST = 256;
const LAST_UNIT = 247;

/** Modbus over serial line V1.02, 2.5.1. Bytes whose CRC is wrong count as Modbus when their length fits the function. */
export const explainModbusRtu: Explain = (frame) => {
  const { length } = frame;
  if (length < SHORTEST || length > LONGEST) return null;
  const unit = frame[0] ?? 0;
  const isRight = hasCrc(frame, 0, length);
  const { summary, fields, isWhole } = explainPdu(frame, unit, 1, length - 2);
  if (!isRight && !(isWhole && unit <= LAST_UNIT && isFunction(frame[1] ?? 0))) return null;
  return {
    protocol: 'Modbus RTU',
    summary: isRight ? summary : `${summary}; the CRC is wrong`,
    fields: [unitField(unit), ...fields, crcField(frame, isRight)],
    sound: isRight && isWhole && unit <= LAST_UNIT,
  };
};

function unitField(unit: number): ExplainedField {
  const fault = unit > LAST_UNIT ? `units are 1 … ${LAST_UNIT}` : undefined;
  return field('unit', 0, 1, unit === 0 ? '0 to all, nobody answers' : `${unit}`, fault);
}

function crcField(frame: Uint8Array, isRight: boolean): ExplainedField {
  const at = frame.length - 2;
  const crc = crc16(frame, 0, at);
  const wanted = `${hex(crc & 0xff, 2)} ${hex(crc >> 8, 2)}`;
  return field('CRC', at, 2, hexBytes(frame.subarray(at)), isRight ? undefined : `should be ${wanted}`);
}
