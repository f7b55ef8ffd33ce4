import { spawn } from '@lydell/node-pty';

/** A pseudo terminal: the slave side is a serial port, the master side stands for the device at its other end. */
export interface RawPty {
  /** Path of the port. */
  readonly path: string;
  send(bytes: Uint8Array): void;
  onBytes(listener: (bytes: Buffer) => void): void;
  hangUp(): void;
}

/** The parts of a terminal that its declarations leave out. */
interface Terminal {
  readonly _pty: string;
  write(bytes: Buffer): void;
  onData(listener: (bytes: Buffer) => void): void;
  destroy(): void;
}

export function openPty(): RawPty {
  const terminal = spawn('sleep', ['60'], { encoding: null }) as unknown as Terminal;
  return {
    path: terminal._pty,
    send: (bytes) => terminal.write(Buffer.from(bytes)),
    onBytes: (listener) => terminal.onData(listener),
    hangUp: () => terminal.destroy(),
  };
}
