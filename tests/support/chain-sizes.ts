import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ChainProcess } from './chain-process.ts';

/** Far above what a chain of this size needs; what grows without bound passes it. MB. */
const BOUNDS: readonly (readonly [what: RegExp, mb: number])[] = [
  [/ rss$/, 600],
  [/-wal$/, 64],
  [/./, 200],
];
/** Smaller files are not worth a word, MB. */
const SMALL = 0.1;

/** Memory of the processes and sizes of the files of the programs, MB. */
export function sizesOf(dataDir: string, processes: readonly ChainProcess[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { name, pid } of processes) if (pid !== null) found[`${name} rss`] = rssMb(pid);
  for (const folder of ['centre', 'collectors']) {
    for (const file of readdirSync(join(dataDir, folder), { recursive: true, encoding: 'utf8' })) {
      const stat = statSync(join(dataDir, folder, file), { throwIfNoEntry: false });
      const mb = stat?.isFile() ? stat.size / 1e6 : 0;
      if (mb > SMALL) found[join(folder, file)] = mb;
    }
  }
  return found;
}

/** What has outgrown its bounds. */
export function excessOf(sizes: Readonly<Record<string, number>>): string[] {
  return Object.entries(sizes).flatMap(([name, mb]) => {
    const bound = BOUNDS.find(([what]) => what.test(name))?.[1] ?? 0;
    return mb > bound ? [`${name}: ${Math.round(mb)} of ${bound} MB`] : [];
  });
}

function rssMb(pid: number): number {
  try {
    const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kb ?? 0) / 1000;
  } catch {
    return 0;
  }
}
