import { type Clock, systemClock } from './clock.ts';
import { ConfigError, MeterwayError } from './errors.ts';
import type { Logger } from './logger.ts';

interface Step {
  readonly name: string;
  readonly deadlineMs: number;
  readonly stop: () => void | Promise<void>;
}

/** Exit codes of every program: 0 asked to stop, 1 failure, 2 wrong settings or a state that a restart cannot mend. */
export const EXIT = { ok: 0, failure: 1, usage: 2 } as const;

/**
 * Ordered stop: what was started last stops first, each step within its deadline; a step that hangs or fails is
 * reported and the next one runs.
 */
export class Lifecycle {
  readonly #steps: Step[] = [];
  readonly #clock: Clock;
  readonly #logger: Logger;
  #stopping: Promise<boolean> | undefined;

  constructor(logger: Logger, clock: Clock = systemClock()) {
    this.#logger = logger;
    this.#clock = clock;
  }

  onStop(name: string, stop: () => void | Promise<void>, deadlineMs = 1500): void {
    this.#steps.push({ name, deadlineMs, stop });
  }

  /** True when every step ended in time and without an error. */
  stop(why: string): Promise<boolean> {
    this.#stopping ??= this.#run(why);
    return this.#stopping;
  }

  async #run(why: string): Promise<boolean> {
    this.#logger.info({ why }, 'stopping');
    let clean = true;
    for (const step of this.#steps.reverse()) {
      const late = Symbol('late');
      let cancel = (): void => {};
      const deadline = new Promise<typeof late>((resolve) => {
        cancel = this.#clock.after(`stop ${step.name}`, step.deadlineMs, () => resolve(late));
      });
      try {
        const ended = await Promise.race([Promise.resolve(step.stop()), deadline]);
        if (ended === late) {
          clean = false;
          this.#logger.error({ step: step.name, deadlineMs: step.deadlineMs }, 'a step did not stop in time');
        }
      } catch (err) {
        clean = false;
        this.#logger.error({ step: step.name, err }, 'a step failed to stop');
      } finally {
        cancel();
      }
    }
    return clean;
  }
}

/**
 * Runs a program: `start` wires it, then signals, the end of the supervisor or a fatal error stop it. Anything
 * unforeseen ends the process with code 1: every start is a recovery, so going on with a broken state is worse.
 */
export async function runProcess(logger: Logger, start: (lifecycle: Lifecycle) => Promise<void>): Promise<void> {
  // What the programs write names customers and holds passwords: for the eyes of their owner only.
  process.umask(0o077);
  const lifecycle = new Lifecycle(logger);
  const end = async (why: string, code: number): Promise<void> => {
    const clean = await lifecycle.stop(why);
    process.exit(code === EXIT.ok && !clean ? EXIT.failure : code);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void end(signal, EXIT.ok));
  if (process.send) {
    const orphaned = (): void => void end('the supervisor is gone', EXIT.ok);
    // It may have gone while this program was being loaded.
    if (process.connected) process.on('disconnect', orphaned);
    else orphaned();
  }
  process.on('uncaughtException', (err) => {
    logger.fatal({ err }, 'unexpected error');
    process.exit(EXIT.failure);
  });
  process.on('unhandledRejection', (err) => {
    logger.fatal({ err }, 'unexpected rejection');
    process.exit(EXIT.failure);
  });
  try {
    await start(lifecycle);
  } catch (err) {
    if (err instanceof ConfigError) logger.fatal({ problems: err.problems.length }, err.message);
    else logger.fatal({ err }, err instanceof MeterwayError ? err.message : 'cannot start');
    await end('start failed', err instanceof MeterwayError && err.next === 'stop' ? EXIT.usage : EXIT.failure);
  }
}
