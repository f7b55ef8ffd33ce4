import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MeterwayError, messageOf } from '#platform/errors.ts';
import type { StoreLog } from '../store-log.ts';
import { checkFile } from './damage.ts';
import { monthsIn, openPath } from './folder.ts';

/**
 * Says in the folder that a process writes it. Found at the start, it means that the last one did not end in order, by
 * a power cut perhaps: then the files that it had open are checked before anything relies on them. Those are the ones
 * that still have a log beside them; all others cost nothing.
 */
export class InUse {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  static async begin(folder: string, log: StoreLog): Promise<InUse> {
    const path = join(folder, 'in-use');
    if (existsSync(path)) {
      const open = monthsIn(folder).filter(({ isOpen }) => isOpen);
      for (const file of open.map(({ month }) => openPath(folder, month))) {
        if (existsSync(`${file}-wal`)) await checkFile(file, log);
      }
    }
    try {
      writeFileSync(path, '');
    } catch (cause) {
      throw new MeterwayError(
        `cannot write to ${folder}: ${messageOf(cause)}; the reading store needs a folder that it may write to`,
        { code: 'store_read_only', cause },
      );
    }
    return new InUse(path);
  }

  end(): void {
    rmSync(this.#path, { force: true });
  }
}
