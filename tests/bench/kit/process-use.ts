import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What a process has taken of the machine so far. */
export interface ProcessUse {
  /** User and system, all threads. */
  readonly cpuS: number;
  readonly rssMb: number;
  /** The most it ever had. */
  readonly peakRssMb: number;
}

let ticksPerSecond = 0;

/** Looks at another process; needs Linux's /proc. */
export function processUse(pid: number): ProcessUse {
  if (ticksPerSecond === 0) ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  // The name of the program, in brackets, may hold anything; what comes after it are numbers.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kb = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN);
  return { cpuS: (user + system) / ticksPerSecond, rssMb: kb('VmRSS') / 1024, peakRssMb: kb('VmHWM') / 1024 };
}
