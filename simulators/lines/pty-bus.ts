import { systemClock } from '../clock/sim-clock.ts';
import type { BusStats } from './bus.ts';
import { dlt645Reader } from './dlt645-reader.ts';
import { FieldLine, type LineOptions, type StreamReader } from './field-line.ts';
import { modbusRtuReader } from './modbus-reader.ts';
import { openRawPty } from './raw-pty.ts';

export interface PtyBusOptions extends Omit<LineOptions, 'clock'> {
  readonly clock?: LineOptions['clock'];
  /** Folder in which the port appears under the id of the line. */
  readonly folder: string;
}

export interface PtyLine {
  readonly id: string;
  /** Path to open as a serial port, parity none. */
  readonly path: string;
  readonly stats: BusStats;
  close(): Promise<void>;
}

/** An RS-485 bus on a pseudo-terminal, Modbus RTU or DL/T as the line is. */
export async function startPtyBus(options: PtyBusOptions): Promise<PtyLine> {
  const line = new FieldLine({ ...options, clock: options.clock ?? systemClock() });
  let reader: StreamReader | undefined;
  const pty = await openRawPty(options.folder, options.line, (bytes) => reader?.receive(bytes));
  const make = line.spec.kind === 'modbus-rtu-pty' ? modbusRtuReader : dlt645Reader;
  reader = make(line, (bytes) => pty.write(bytes));
  return {
    id: line.spec.id,
    path: pty.path,
    get stats() {
      return line.stats;
    },
    close: () => {
      line.close();
      return pty.close();
    },
  };
}
