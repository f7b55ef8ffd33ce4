import { performance } from 'node:perf_hooks';
import type { Run } from './timed.ts';

/** Adds up the time of pieces of work, so that what lies between them, such as making their input, does not count. */
export class Stopwatch {
  #tookMs = 0;
  #cpuUs = 0;
  #count = 0;

  /** Runs one piece, which does `count` things. */
  async run<T>(count: number, work: () => Promise<T> | T): Promise<T> {
    const cpu = process.cpuUsage();
    const begun = performance.now();
    const result = await work();
    this.#tookMs += performance.now() - begun;
    const { user, system } = process.cpuUsage(cpu);
    this.#cpuUs += user + system;
    this.#count += count;
    return result;
  }

  get total(): Run {
    return { perSecond: (this.#count / this.#tookMs) * 1000, cpuUs: this.#cpuUs / this.#count };
  }
}
