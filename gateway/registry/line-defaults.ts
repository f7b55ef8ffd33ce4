import type { LineProtocol, LineTiming, SerialLink } from '#contract/plan.ts';

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

/**
 * Waiting times of a line. A DL/T 645-2007 meter begins its reply within 500 ms and pauses at most 500 ms inside it;
 * adapters and concentrators add to both. Modbus RTU wants 3.5 characters of silence before a request, 4 ms at
 * 9600 baud.
 */
export function timingDefaults(protocol: LineProtocol, serial: boolean): LineTiming {
  if (protocol === 'dlt645' || protocol === 'dlt698') {
    return serial
      ? { replyTimeoutMs: 1200, byteGapMs: 700, pauseMs: 5, quietMs: 200 }
      : { replyTimeoutMs: 3000, byteGapMs: 700, pauseMs: 0, quietMs: 200 };
  }
  return serial
    ? { replyTimeoutMs: 1000, byteGapMs: 100, pauseMs: 5, quietMs: 100 }
    : { replyTimeoutMs: 1500, byteGapMs: 500, pauseMs: 0, quietMs: 20 };
}
