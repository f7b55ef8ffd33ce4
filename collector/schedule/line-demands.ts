import type { PlanMeter } from '#contract/plan.ts';
import type { Task } from '#contract/tasks.ts';
import type { Answer } from '../protocols/meter-reader.ts';
import type { Attempted } from './due-read.ts';

/** A read that somebody waits for: it goes before everything that the schedule asks for. */
export interface Demand {
  readonly job: string;
  readonly meter: PlanMeter;
  readonly task: Task;
  /** UTC ms. */
  readonly slot: number;
  /** Monotonic ms: when it has not begun by then, nobody waits for it any more. */
  readonly until: number;
}

/** Why a demand has no answer. */
export type DemandFailure = Omit<Attempted, 'at' | 'next'>;

/** Where the endings of demands go. Both resolve when there is room for more. */
export interface DemandEndings {
  answered(demand: Demand, answer: Answer): Promise<void>;
  failed(demand: Demand, failure: DemandFailure): Promise<void>;
}

const MISSED: DemandFailure = {
  reason: 'deadline_missed',
  detail: 'its turn on the line did not come in time',
  attempts: 0,
  lastBytes: '',
};

function keyOf({ job, meter }: Demand): string {
  return `${job} ${meter.id}`;
}

/**
 * The demands of one line, first come, first served. One that is at work stays first until it has its ending, so that
 * an aborted read begins again; each has one ending, whoever tells it first.
 */
export class LineDemands {
  readonly #endings: DemandEndings;
  readonly #waiting = new Map<string, Demand>();
  #atWork: string | null = null;
  #wake: () => void = () => {};

  constructor(endings: DemandEndings) {
    this.#endings = endings;
  }

  /** Called when there is a demand: a line that has nothing to do begins at once. */
  onArrival(listener: () => void): void {
    this.#wake = listener;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  add(demand: Demand): void {
    this.#waiting.set(keyOf(demand), demand);
    this.#wake();
  }

  /** The demand to work on now, or null. `mono`: monotonic ms. */
  next(mono: number): Demand | null {
    this.#atWork = null;
    this.expire(mono);
    const [first] = this.#waiting.values();
    this.#atWork = first ? keyOf(first) : null;
    return first ?? null;
  }

  answered(demand: Demand, answer: Answer): Promise<void> {
    return this.#waiting.delete(keyOf(demand)) ? this.#endings.answered(demand, answer) : Promise.resolve();
  }

  failed(demand: Demand, failure: DemandFailure): Promise<void> {
    return this.#waiting.delete(keyOf(demand)) ? this.#endings.failed(demand, failure) : Promise.resolve();
  }

  /** Ends what has not begun in time. */
  expire(mono: number): void {
    for (const [key, demand] of this.#waiting) {
      if (demand.until <= mono && key !== this.#atWork) void this.failed(demand, MISSED);
    }
  }

  /** When `expire` will find something, monotonic ms; Infinity when nothing waits. */
  get expiresAt(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const [key, { until }] of this.#waiting) if (key !== this.#atWork) first = Math.min(first, until);
    return first;
  }

  /** Nobody is at work on it any more: the line has ended. */
  release(): void {
    this.#atWork = null;
  }

  /** Takes out everything, at work or not. */
  drain(): Demand[] {
    const demands = [...this.#waiting.values()];
    this.#waiting.clear();
    return demands;
  }
}
