import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';

/** What `node` takes to start, run nothing and end, s. */
export async function bareStart(): Promise<number> {
  const begun = performance.now();
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  await once(child, 'exit');
  return (performance.now() - begun) / 1000;
}

/** What a `node` that only waits takes to end after SIGTERM, s. */
export async function bareStop(): Promise<number> {
  const child: ChildProcess = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log()'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (child.stdout) await once(child.stdout, 'data');
  const begun = performance.now();
  child.kill('SIGTERM');
  await once(child, 'exit');
  return (performance.now() - begun) / 1000;
}
