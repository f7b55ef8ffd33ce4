import { holdLock } from '#platform/sqlite/lock.ts';

/** Child process of the lock tests: holds the lock that its argument names until it is killed. */
const [path] = process.argv.slice(2);
if (!path) throw new Error('usage: lock-holder.ts PATH');
holdLock(path, 'the test is running already');
// What nothing refers to is gone now.
globalThis.gc?.();
process.stdout.write('held\n');
setInterval(() => {}, 60_000);
