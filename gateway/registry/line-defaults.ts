import type { Forward, LineProtocol, LineTiming, SerialLink } from '#contract/plan.ts';

/** DL/T 645-2007 buses: 2400 baud, even parity (clause 5). */
const DLT645_SERIAL = { baudRate: 2400, parity: 'even', dataBits: 8, stopBits: 1 } as const;
/** DL/T 698.45 meters on RS-485 leave the factory with 9600 8E1. */
const DLT698_SERIAL = { ...DLT645_SERIAL, baudRate: 9600 } as const;
/** Most Modbus meters leave the factory with 9600 8N1. */
const MODBUS_SERIAL = { baudRate: 9600, parity: 'none', dataBits: 8, stopBits: 1 } as const;

export function serialDefaults(protocol: LineProtocol): Omit<SerialLink, 'path'> {
  if (protocol === 'dlt645') return DLT645_SERIAL;
  return protocol === 'dlt698' ? DLT698_SERIAL : MODBUS_SERIAL;
}

/** The carrier module of a concentrator, told what the meters leave the factory with. */
export function forwardDefaults(protocol: LineProtocol): Omit<Forward, 'terminal'> {
  return { port: 31, baudRate: protocol === 'dlt698' ? 9600 : 2400, parity: 'even' };
}

/**
 * Terminals give a forwarded request 20 s: over narrowband carrier each hop takes seconds. The line waits somewhat
 * longer, so that the terminal has given up before the next request comes. A meter pauses at most 500 ms inside a
 * reply (DL/T 645-2007, clause 5).
 */
export const FORWARD_TIMING: LineTiming = { replyTimeoutMs: 25_000, byteGapMs: 500, pauseMs: 0, quietMs: 200 };

type SerialFormat = Omit<SerialLink, 'path'>;

/**
 * Waiting times of a line; `serial` is null for one that is reached over TCP. A DL/T 645-2007 meter begins its reply
 * within 500 ms and pauses at most 500 ms inside it; adapters and concentrators add to both. The standard wants no
 * silence before a request: its leading FE bytes give the meters time to turn round.
 */
export function timingDefaults(protocol: LineProtocol, serial: SerialFormat | null): LineTiming {
  if (protocol === 'dlt645' || protocol === 'dlt698') {
    return { replyTimeoutMs: serial ? 1200 : 3000, byteGapMs: 700, pauseMs: 0, quietMs: 200 };
  }
  return serial
    ? { replyTimeoutMs: 1000, byteGapMs: 100, pauseMs: Math.ceil(rtuSilenceMs(serial)), quietMs: 100 }
    : { replyTimeoutMs: 1500, byteGapMs: 500, pauseMs: 0, quietMs: 20 };
}

/**
 * Modbus over serial line V1.02, 2.5.1.1: 3.5 characters of silence before a request, and 1.75 ms above 19,200 baud.
 * 4 ms at 9600 baud, 15 ms at 2400.
 */
function rtuSilenceMs({ baudRate, dataBits, parity, stopBits }: SerialFormat): number {
  if (baudRate > 19_200) return 1.75;
  const bits = 1 + dataBits + (parity === 'none' ? 0 : 1) + stopBits;
  return (3.5 * bits * 1000) / baudRate;
}
