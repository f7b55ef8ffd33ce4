import { once } from 'node:events';
import { ConfigError, MeterwayError } from '#platform/errors.ts';
import { type Lifecycle, runProcess } from '#platform/lifecycle.ts';
import { createLogger } from '#platform/logger.ts';

/** Child process of the lifecycle tests: runs as its argument says, and stays until it is stopped. */
const logger = createLogger({ process: 'test', level: 'info' });

const STARTS: Record<string, (lifecycle: Lifecycle) => void> = {
  good: () => {},
  slow: (lifecycle) => lifecycle.onStop('slow', () => new Promise(() => {}), 50),
  refused: () => {
    throw new MeterwayError('cannot use this disk', { code: 'store_failed' });
  },
  busy: () => {
    throw new MeterwayError('cannot open the store yet', { code: 'store_busy', next: 'retry' });
  },
  misconfigured: () => {
    const problem = { file: 'environment', line: null, path: 'METERWAY_API_PORT', message: 'must be a number' };
    throw new ConfigError('the settings', [problem]);
  },
  bug: () => {
    throw new TypeError('x is not a function');
  },
  throwsLater: () => void setTimeout(() => JSON.parse('{'), 1),
  rejectsLater: () => void Promise.reject(new Error('nobody waits for me')),
};

const [how = ''] = process.argv.slice(2);
if (how === 'orphaned') {
  process.disconnect();
  await once(process, 'disconnect');
}
const start = STARTS[how === 'orphaned' ? 'good' : how];
if (!start) throw new Error(`usage: lifecycle-program.ts ${Object.keys(STARTS).join('|')}|orphaned`);
setInterval(() => {}, 60_000);
await runProcess(logger, async (lifecycle) => {
  lifecycle.onStop('store', () => logger.info({}, 'the store is closed'));
  start(lifecycle);
  lifecycle.onStop('link', () => logger.info({}, 'the link is closed'));
  await new Promise((resolve) => setImmediate(resolve));
  logger.info({}, 'ready');
});
