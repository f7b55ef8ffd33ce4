import { performance } from 'node:perf_hooks';

/** What one run did, and what it took of the processor: all threads of this process, kernel included. */
export interface Run {
  readonly perSecond: number;
  readonly cpuUs: number;
}

/** Runs `work`, which tells how many things it did. Figures are per thing. */
export async function timed(work: () => Promise<number>): Promise<Run> {
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const count = await work();
  const tookMs = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: (count / tookMs) * 1000, cpuUs: (user + system) / count };
}
