import { globSync, renameSync, writeFileSync } from 'node:fs';

/** The library of Debian's package `libfaketime` for programs with threads; undefined where it is not installed. */
const LIBRARY = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')[0];
if (LIBRARY === undefined && process.env['CI'] === 'true') throw new Error('libfaketime is missing; CI must have it');

/** False on a machine without the Debian package; its tests are then skipped, visibly. */
export const FALSE_TIME_HERE = LIBRARY !== undefined;

/** The wall clock of a program as the kernel tells it, wrong by as much as a test likes, while it runs. */
export class FalseTime {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    this.set(0);
  }

  /** What the program has to be started with. Its monotonic clock stays true. */
  get environment(): Record<string, string> {
    return {
      LD_PRELOAD: LIBRARY ?? '',
      FAKETIME_TIMESTAMP_FILE: this.#path,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_DISABLE_SHM: '1',
      NO_FAKE_STAT: '1',
    };
  }

  /** From now on the clock is so many seconds ahead of the right time, or behind it. */
  set(aheadS: number): void {
    const next = `${this.#path}.next`;
    writeFileSync(next, `${aheadS < 0 ? '' : '+'}${Math.round(aheadS)}\n`);
    renameSync(next, this.#path);
  }
}
