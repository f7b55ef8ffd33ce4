import { givesTask, keepsTask } from '#contract/due.ts';
import { type Job, ON_DEMAND } from '#contract/job.ts';
import { type MeterModel, modelsWith } from '#contract/models.ts';
import type { Plan, PlanMeter } from '#contract/plan.ts';
import type { Reason } from '#contract/reasons.ts';
import type { Task } from '#contract/tasks.ts';
import type { Cancel, Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { SpoolRecord } from '../spool/record.ts';
import { type Asked, answerRecords, failureRecords } from './job-results.ts';
import { type Demand, type DemandEndings, type DemandFailure, LineDemands } from './line-demands.ts';
import { type TakenOver, takenOver } from './taken-over.ts';

/**
 * The clocks of centre and collector may differ by this much, ms; a job is too old only beyond it. It is also the limit
 * up to which the centre takes rows that are ahead of its clock.
 */
const MOST_SKEW_MS = 300_000;

/** What jobs need of the spool. */
interface JobSink {
  append(records: readonly SpoolRecord[], settled: readonly [], when: 'at once'): Promise<void>;
  room(): Promise<void>;
}

interface JobQueueParts {
  readonly sink: JobSink;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The disk has failed for good: a result is about to be lost. */
  readonly onLost: (error: unknown) => void;
}

/** A read of a job before it is known which line it belongs to. */
interface Wanted extends Asked {
  readonly task: Task;
  /** Monotonic ms. */
  readonly until: number;
}

/**
 * Reads on demand on their way to the lines. It outlives the plan: what waits when a new plan comes waits on, on the
 * line that its meter then has. Nothing is kept over a restart; the centre then notices that no result comes.
 */
export class JobQueue {
  readonly #parts: JobQueueParts;
  readonly #endings: DemandEndings;
  readonly #lines = new Map<string, LineDemands>();
  /** Ids that have been taken, and until when a repetition may come; monotonic ms. */
  readonly #known = new Map<string, number>();
  /** By id; null before the first plan. */
  #meters: ReadonlyMap<string, PlanMeter> | null = null;
  #isTakenOver: TakenOver = () => false;
  #modelOf: (id: string) => MeterModel | undefined = modelsWith();
  /** What came before the first plan. */
  #early: Wanted[] = [];
  #timer: Cancel | null = null;

  constructor(parts: JobQueueParts) {
    this.#parts = parts;
    this.#endings = {
      answered: (demand, answer) => this.#append(answerRecords(askedOf(demand), answer)),
      failed: (demand, failure) => this.#fail(askedOf(demand), failure),
    };
  }

  /** Demands of one line, the same object for as long as the process runs. */
  line(id: string): LineDemands {
    let line = this.#lines.get(id);
    if (!line) {
      line = new LineDemands(this.#endings);
      this.#lines.set(id, line);
    }
    return line;
  }

  /** From now on these are the meters and their lines. The lines of the old plan that are gone must have stopped. */
  usePlan({ meters, profiles }: Pick<Plan, 'meters' | 'profiles'>): void {
    this.#modelOf = modelsWith(profiles);
    this.#meters = new Map(meters.map((meter) => [meter.id, meter]));
    this.#isTakenOver = takenOver(meters);
    const waiting: Wanted[] = [...this.#lines.values()].flatMap((line) =>
      line.drain().map((demand) => ({ ...askedOf(demand), task: demand.task, until: demand.until })),
    );
    for (const wanted of [...this.#early, ...waiting]) this.#place(wanted);
    this.#early = [];
    this.#watch();
  }

  /** Takes a job; one whose id is known is a repetition. */
  take({ id, at, deadlineAt, timeoutS, kind, items, slot, meters, task: under }: Job): void {
    const { clock, logger } = this.#parts;
    const mono = clock.mono();
    for (const [known, until] of this.#known) if (until <= mono) this.#known.delete(known);
    if (this.#known.has(id)) return;
    const until = mono + timeoutS * 1000;
    this.#known.set(id, until + 2 * MOST_SKEW_MS);
    logger.info({ job: id, kind, meters: meters.length, timeoutS }, 'a job has come');
    const task = taskOf(kind, items, under);
    const isOld = clock.now() > deadlineAt + MOST_SKEW_MS;
    for (const meter of new Set(meters)) {
      const wanted: Wanted = { job: id, meter, slot: slot ?? at, under: task.id, task, until };
      if (isOld) this.#refuse(wanted, 'deadline_missed', 'the job came after its deadline');
      // Named by another moment it would be a value that the meter never gave.
      else if (kind === 'instant' && slot !== null)
        this.#refuse(wanted, 'not_supported', 'present values have no slot');
      else this.#place(wanted);
    }
    this.#watch();
  }

  /** Leaves no timer behind. */
  stop(): void {
    this.#timer?.();
    this.#timer = null;
  }

  /** Gives a read to the line of its meter, or the reason why no line can be asked. */
  #place(wanted: Wanted): void {
    if (!this.#meters) {
      this.#early.push(wanted);
      return;
    }
    const { job, slot, task, until } = wanted;
    const meter = this.#meters.get(wanted.meter);
    const model = meter && this.#modelOf(meter.model);
    if (!meter || !model) {
      this.#refuse(wanted, 'not_installed', 'the plan of this collector has no such meter');
    } else if (slot < meter.installedAt || (meter.removedAt !== null && slot >= meter.removedAt)) {
      this.#refuse(wanted, 'not_installed', 'the meter was not installed at that moment');
    } else if (this.#isTakenOver(meter, this.#parts.clock.now())) {
      this.#refuse(wanted, 'not_installed', 'its address belongs to another meter now');
    } else if (!(task.kind === 'instant' || (task.kind === 'event' ? givesTask : keepsTask)(model, task))) {
      // A present value under the name of a past slot would be a value that the meter never gave.
      this.#refuse(wanted, 'not_supported', `model ${model.id} keeps no ${task.kind}`);
    } else {
      this.line(meter.line).add({ job, meter, task, slot, until });
    }
  }

  #refuse(asked: Asked, reason: Reason, detail: string): void {
    void this.#fail(asked, { reason, detail, attempts: 0, lastBytes: '' });
  }

  #fail(asked: Asked, failure: DemandFailure): Promise<void> {
    return this.#append(failureRecords(asked, { ...failure, at: this.#parts.clock.now() }));
  }

  #append(records: readonly SpoolRecord[]): Promise<void> {
    const { sink, onLost } = this.#parts;
    sink.append(records, [], 'at once').catch(onLost);
    return sink.room();
  }

  /** A line may be held up for long, such as by a port that does not open: deadlines are kept all the same. */
  #watch(): void {
    this.stop();
    let expiresAt = Number.POSITIVE_INFINITY;
    for (const line of this.#lines.values()) expiresAt = Math.min(expiresAt, line.expiresAt);
    for (const { until } of this.#early) expiresAt = Math.min(expiresAt, until);
    if (expiresAt === Number.POSITIVE_INFINITY) return;
    const { clock } = this.#parts;
    this.#timer = clock.after('job deadline', expiresAt - clock.mono(), () => this.#expire());
  }

  #expire(): void {
    const mono = this.#parts.clock.mono();
    for (const line of this.#lines.values()) line.expire(mono);
    const late = this.#early.filter(({ until }) => until <= mono);
    this.#early = this.#early.filter(({ until }) => until > mono);
    for (const wanted of late) this.#refuse(wanted, 'deadline_missed', 'this collector has no plan yet');
    this.#watch();
  }
}

function askedOf({ job, meter, slot, task }: Demand): Asked {
  return { job, meter: meter.id, slot, under: task.id };
}

/** As the readers of meters want it; the calendar means nothing, for nothing is due by it. */
function taskOf(kind: Job['kind'], items: Job['items'], id = ON_DEMAND): Task {
  return {
    id,
    kind,
    calendar: { every: 'day' },
    items,
    delayS: 0,
    backfillDays: 0,
    repairDays: 0,
    toleranceS: 1,
    retryAt: [],
    firstPassUntil: '23:59',
  };
}
