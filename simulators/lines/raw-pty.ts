import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';

/** The two ends of a pseudo-terminal: we hold one, the collector opens the other by path as if it were a serial port. */
export interface RawPty {
  /** Path that stays the same over restarts. */
  readonly path: string;
  write(bytes: Uint8Array): void;
  close(): Promise<void>;
}

/** What node-pty really gives when no encoding is set; its declarations know only the text mode. */
interface Terminal {
  readonly ptsName: string;
  onData(listener: (bytes: Buffer) => void): void;
  onExit(listener: () => void): void;
  write(bytes: Uint8Array): void;
  destroy(): void;
}

/**
 * The program behind the terminal switches off everything a terminal does to bytes, says so with one byte, and then
 * only keeps the slave open, so that the collector may close and open it as it likes.
 */
const IDLE = 'stty raw -echo -iexten && printf + && exec sleep 2147483647';
const READY_MS = 5_000;

/** Makes a pseudo-terminal in raw mode; `folder/name` becomes a link to its slave. */
export function openRawPty(folder: string, name: string, onData: (bytes: Uint8Array) => void): Promise<RawPty> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  const environment = { PATH: '/usr/local/bin:/usr/bin:/bin' };
  const made: unknown = spawn('/bin/sh', ['-c', IDLE], { encoding: null, name: 'dumb', env: environment });
  const terminal = made as Terminal;
  const exited = new Promise<void>((resolve) => terminal.onExit(resolve));
  return new Promise((resolve, reject) => {
    let ready = false;
    const giveUp = setTimeout(() => {
      terminal.destroy();
      reject(new Error(`cannot make a serial port for ${path}: the terminal did not become raw`));
    }, READY_MS);
    terminal.onData((bytes) => {
      if (ready) {
        onData(bytes);
        return;
      }
      ready = true;
      clearTimeout(giveUp);
      rmSync(path, { force: true });
      symlinkSync(terminal.ptsName, path);
      resolve({
        path,
        write: (reply) => terminal.write(Buffer.from(reply)),
        close: async () => {
          rmSync(path, { force: true });
          terminal.destroy();
          await exited;
        },
      });
    });
  });
}
