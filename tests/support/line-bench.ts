import { meterModel } from '#contract/models.ts';
import type { PlanLine, PlanMeter } from '#contract/plan.ts';
import type { Task } from '#contract/tasks.ts';
import { isoLocal } from '#contract/zone.ts';
import { MeterwayError } from '#platform/errors.ts';
import { Breakers } from '../../collector/lines/breakers.ts';
import { LineHealth } from '../../collector/lines/health.ts';
import type { Link } from '../../collector/lines/link.ts';
import { LineRunner } from '../../collector/lines/runner.ts';
import { Agenda } from '../../collector/schedule/agenda.ts';
import { JobQueue } from '../../collector/schedule/job-queue.ts';
import { Progress } from '../../collector/schedule/progress.ts';
import { type ResultSink, Results } from '../../collector/schedule/results.ts';
import type { SpoolRecord } from '../../collector/spool/record.ts';
import { ManualClock } from './manual-clock.ts';
import { ZONE } from './plan.ts';
import { quietLogger } from './quiet-logger.ts';
import { ToyMeters } from './toy-meters.ts';

export function planLine(overrides: Partial<PlanLine> = {}): PlanLine {
  return {
    id: 'L1',
    protocol: 'dlt645',
    link: { tcp: { host: '127.0.0.1', port: 1 } },
    concentrator: null,
    timing: { replyTimeoutMs: 1000, byteGapMs: 50, pauseMs: 0, quietMs: 0 },
    ...overrides,
  };
}

/** A link in the hands of the test: it can refuse to open and be lost. No bytes go over it. */
export class HandLink implements Link {
  readonly name = 'hand';
  readonly bitRate = null;
  isOpen = false;
  opened = 0;
  /** Why it cannot be opened, or null when it can. */
  refuses: string | null = null;
  readonly #listeners: ((why: string) => void)[] = [];

  async open(): Promise<void> {
    this.opened++;
    if (this.refuses !== null) throw new MeterwayError(`cannot open hand: ${this.refuses}`, { code: 'link_refused' });
    this.isOpen = true;
  }

  async close(): Promise<void> {
    this.lose('link_closed: closed here');
  }

  write(): void {
    throw new Error('BUG: nobody writes to this link');
  }

  onData(): void {}

  onDown(listener: (why: string) => void): void {
    this.#listeners.push(listener);
  }

  lose(why: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    for (const listener of this.#listeners) listener(why);
  }
}

/** A spool without a disk. */
export class RecordSink implements ResultSink {
  readonly records: SpoolRecord[] = [];

  async append(records: readonly SpoolRecord[]): Promise<void> {
    this.records.push(...records);
  }

  async room(): Promise<void> {}
}

export interface LineBench {
  readonly clock: ManualClock;
  readonly link: HandLink;
  readonly meters: ToyMeters;
  readonly sink: RecordSink;
  readonly results: Results;
  readonly runner: LineRunner;
  readonly jobs: JobQueue;
  readonly logger: ReturnType<typeof quietLogger>;
  /** What was written of the slots so far: `m1 profile 10:15 read`, `m1 profile 10:15 no_answer final`. */
  readonly told: string[];
  /** Starts the line; the promise settles when it ends. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** One line at work on toy meters, with a clock that moves only when told to. */
export function lineBench(options: {
  now: number;
  meters: readonly PlanMeter[];
  tasks: readonly Task[];
  line?: Partial<PlanLine>;
  severalAtOnce?: boolean;
}): LineBench {
  const clock = new ManualClock(options.now);
  const link = new HandLink();
  const meters = new ToyMeters(clock, { severalAtOnce: options.severalAtOnce ?? false });
  const sink = new RecordSink();
  const logger = quietLogger();
  const progress = new Progress(ZONE, []);
  const fail = (error: unknown): void => {
    throw error;
  };
  const results = new Results(sink, progress, fail);
  const entries = options.meters.map((meter) => {
    const model = meterModel(meter.model);
    if (!model) throw new Error(`no model ${meter.model}`);
    return { meter, model };
  });
  const line = planLine(options.line);
  const agenda = new Agenda(ZONE, options.tasks, entries, progress);
  const counts = { requests: 0, replies: 0, timeouts: 0, damaged: 0, strays: 0 };
  const health = new LineHealth(line.id, () => counts, clock);
  const jobs = new JobQueue({ sink, clock, logger, onLost: fail });
  jobs.usePlan({ meters: [...options.meters] });
  const demands = jobs.line(line.id);
  const runner = new LineRunner({
    line,
    link,
    reader: meters,
    agenda,
    demands,
    results,
    breakers: new Breakers(),
    collectingSince: () => Math.min(options.now, clock.now() - clock.mono()),
    health,
    clock,
    logger,
  });
  const abort = new AbortController();
  let ended: Promise<void> = Promise.resolve();
  return {
    clock,
    link,
    meters,
    sink,
    results,
    runner,
    jobs,
    logger,
    get told() {
      return toldBy(sink);
    },
    start: () => {
      ended = runner.run(abort.signal);
      return ended;
    },
    stop: async () => {
      abort.abort();
      jobs.stop();
      const stopped = { yet: false };
      const settled = ended.finally(() => {
        stopped.yet = true;
      });
      // A request that is on its way ends by the clock.
      for (let i = 0; i < 100 && !stopped.yet; i++) await clock.advance(100);
      await settled;
    },
  };
}

/** Everything a sink was given, one line a row, in order. */
export function toldBy(sink: RecordSink): string[] {
  return sink.records.map(({ stream, task, columns, row }) => {
    const cell = (name: string): unknown => row[columns.indexOf(name)];
    const slot = isoLocal(ZONE, Number(cell('slot'))).slice(11, 16);
    const ending = stream === 'reading' ? 'read' : `${cell('reason')}${cell('final') === true ? ' final' : ''}`;
    return `${cell('meter')} ${task} ${slot} ${ending}`;
  });
}
