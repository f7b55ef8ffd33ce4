import { answerPdu, bentReply, exception } from '../modbus/answer.ts';
import { encodeMbap, MbapSplitter } from '../modbus/mbap-splitter.ts';
import { encodeRtu, RtuSplitter } from '../modbus/rtu-splitter.ts';
import type { SimMeter } from '../world/meter.ts';
import type { FieldLine, StreamReader } from './field-line.ts';
import { onTheWire } from './reaction.ts';

/** Silence that ends an RTU frame: far above t3.5, since a pseudo-terminal delivers in pieces of its own. */
const GAP_MS = 100;
const GATEWAY_TARGET_FAILED = 0x0b;

function byUnit(line: FieldLine): ReadonlyMap<number, SimMeter> {
  return new Map(
    line.meters.filter(({ protocol }) => protocol === 'modbus').map((meter) => [Number(meter.spec.address), meter]),
  );
}

export function modbusRtuReader(line: FieldLine, send: (bytes: Uint8Array) => void): StreamReader {
  const meters = byUnit(line);
  const splitter = new RtuSplitter();
  let lastAt = 0;
  return {
    receive: (bytes) => {
      const now = line.clock.now();
      if (now - lastAt > GAP_MS) splitter.reset();
      lastAt = now;
      for (const { unit, pdu, wireBytes } of splitter.push(bytes)) {
        line.submit(wireBytes, send, (atMs) => {
          const meter = meters.get(unit);
          if (!meter) return undefined;
          const encode = (wrong: Parameters<typeof bentReply>[2]): Uint8Array => {
            const reply = bentReply(unit, answerPdu(meter, pdu, atMs), wrong);
            return encodeRtu(reply.unit, reply.pdu);
          };
          return {
            meter,
            item: `${pdu}`,
            encode: (reaction, nth) => onTheWire(encode(reaction.wrong), reaction, nth),
          };
        });
      }
      return true;
    },
  };
}

/**
 * A Modbus TCP gateway. TCP carries no line noise: where the reply on the bus behind it was damaged, the gateway answers
 * exception 0B itself.
 */
export function modbusTcpReader(line: FieldLine, send: (bytes: Uint8Array) => void): StreamReader {
  const meters = byUnit(line);
  const splitter = new MbapSplitter();
  return {
    receive: (bytes) => {
      const frames = splitter.push(bytes);
      if (!frames) return false;
      for (const { transaction, unit, pdu, wireBytes } of frames) {
        line.submit(wireBytes, send, (atMs) => {
          const meter = meters.get(unit);
          return (
            meter && {
              meter,
              item: `${pdu}`,
              encode: ({ wrong, damaged: isDamaged }) => {
                if (isDamaged) return encodeMbap(transaction, unit, exception(pdu[0] ?? 0, GATEWAY_TARGET_FAILED));
                const reply = bentReply(unit, answerPdu(meter, pdu, atMs), wrong);
                return encodeMbap(transaction, reply.unit, reply.pdu);
              },
            }
          );
        });
      }
      return true;
    },
  };
}
