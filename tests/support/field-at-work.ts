import type { Plan } from '#contract/plan.ts';
import type { Clock } from '#platform/clock.ts';
import { Field } from '../../collector/field.ts';
import { DialIns } from '../../collector/lines/dial-in-listeners.ts';
import { MissingMemory } from '../../collector/protocols/missing.ts';
import { JobQueue } from '../../collector/schedule/job-queue.ts';
import { Progress } from '../../collector/schedule/progress.ts';
import { type ResultSink, Results } from '../../collector/schedule/results.ts';
import { SteadyClock } from '../../collector/schedule/steady-clock.ts';
import { quietLogger } from './quiet-logger.ts';

/** The field of a plan at work, without a collector round it; what it finds out goes to the sink. */
export async function fieldAtWork(plan: Plan, sink: ResultSink, clock: Clock): Promise<Field> {
  const logger = quietLogger();
  const onBroken = (error: unknown): void => {
    throw error;
  };
  const field = new Field({
    jobs: new JobQueue({ sink, clock, logger, onLost: onBroken }),
    missing: Object.assign(new MissingMemory(), { adopt: () => {}, of: () => [] }),
    dialIns: new DialIns({ clock, logger, zone: () => plan.timeZone }),
    steady: new SteadyClock(clock),
    clock,
    logger,
    onBroken,
  });
  const progress = new Progress(plan.timeZone, []);
  await field.use(plan, { progress, results: new Results(sink, progress, onBroken) });
  return field;
}
