import { describe, expect, it } from 'vitest';
import { Lifecycle } from '#platform/lifecycle.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';

function lifecycle(): { parts: Lifecycle; clock: ManualClock; logger: ReturnType<typeof quietLogger> } {
  const clock = new ManualClock(0);
  const logger = quietLogger();
  return { parts: new Lifecycle(logger, clock), clock, logger };
}

const never = (): Promise<void> => new Promise(() => {});

describe('a stop', () => {
  it('ends what was started last first, and each before the next', async () => {
    const { parts, clock } = lifecycle();
    const done: string[] = [];
    const link = Promise.withResolvers<void>();
    parts.onStop('store', () => void done.push('store'));
    parts.onStop('link', async () => {
      done.push('link begins');
      await link.promise;
      done.push('link ends');
    });
    parts.onStop('tasks', () => void done.push('tasks'));
    const stopped = parts.stop('test');
    await settle();
    expect(done).toEqual(['tasks', 'link begins']);
    link.resolve();
    expect(await stopped).toBe(true);
    expect(done).toEqual(['tasks', 'link begins', 'link ends', 'store']);
    expect(clock.waiting).toEqual([]);
  });

  it('goes on without a step that hangs, at its deadline, and is not clean', async () => {
    const { parts, clock, logger } = lifecycle();
    const done: string[] = [];
    parts.onStop('store', () => void done.push('store'));
    parts.onStop('link', never, 800);
    const stopped = parts.stop('test');
    await clock.advance(799);
    expect(done).toEqual([]);
    await clock.advance(1);
    expect(done).toEqual(['store']);
    expect(await stopped).toBe(false);
    expect(logger.lines).toContainEqual({
      level: 'error',
      message: 'a step did not stop in time',
      fields: { step: 'link', deadlineMs: 800 },
    });
  });

  it('gives a step one and a half seconds unless told otherwise', async () => {
    const { parts, clock } = lifecycle();
    parts.onStop('link', never);
    let clean: boolean | undefined;
    void parts.stop('test').then((result) => {
      clean = result;
    });
    await clock.advance(1499);
    expect(clean).toBeUndefined();
    await clock.advance(1);
    expect(clean).toBe(false);
  });

  it('goes on after steps that throw or reject, and is not clean', async () => {
    const { parts, clock, logger } = lifecycle();
    const done: string[] = [];
    const [thrown, rejected] = [new Error('thrown'), new Error('rejected')];
    parts.onStop('store', () => void done.push('store'));
    parts.onStop('rejects', () => Promise.reject(rejected));
    parts.onStop('throws', () => {
      throw thrown;
    });
    expect(await parts.stop('test')).toBe(false);
    expect(done).toEqual(['store']);
    expect(logger.lines.filter(({ level }) => level === 'error').map(({ fields }) => fields)).toEqual([
      { step: 'throws', err: thrown },
      { step: 'rejects', err: rejected },
    ]);
    expect(clock.waiting).toEqual([]);
  });

  it('does not suffer from a step that fails after its deadline', async () => {
    const { parts, clock } = lifecycle();
    const link = Promise.withResolvers<void>();
    parts.onStop('link', () => link.promise, 100);
    const stopped = parts.stop('test');
    await clock.advance(100);
    link.reject(new Error('too late'));
    await settle();
    expect(await stopped).toBe(false);
  });

  it('asked for twice is done once, and both wait for it', async () => {
    const { parts, logger } = lifecycle();
    let stops = 0;
    parts.onStop('store', () => void stops++);
    expect(await Promise.all([parts.stop('SIGTERM'), parts.stop('SIGINT')])).toEqual([true, true]);
    expect(stops).toBe(1);
    expect(logger.lines).toEqual([{ level: 'info', message: 'stopping', fields: { why: 'SIGTERM' } }]);
  });

  it('includes what was still being started when it began', async () => {
    const { parts } = lifecycle();
    const done: string[] = [];
    parts.onStop('store', async () => {
      await settle();
      done.push('store');
    });
    const stopped = parts.stop('test');
    parts.onStop('late', () => void done.push('late'));
    expect(await stopped).toBe(true);
    expect(done).toEqual(['store', 'late']);
  });
});
