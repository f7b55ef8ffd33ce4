import { createHash } from 'node:crypto';
import type { MeterModel } from '#contract/models.ts';
import type { Plan, PlanLine } from '#contract/plan.ts';
import type { AddressStatus, LineStatus } from '#contract/status.ts';
import { hasTask } from '#contract/task-selection.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import { Breakers } from './lines/breakers.ts';
import { Bus } from './lines/bus.ts';
import type { DialIns } from './lines/dial-in-listeners.ts';
import { LineHealth } from './lines/health.ts';
import { linkOf } from './lines/plan-link.ts';
import type { Tries } from './lines/retrying.ts';
import { LineRunner } from './lines/runner.ts';
import { SupplyTeller } from './lines/supply-teller.ts';
import { watched } from './lines/watched-reader.ts';
import type { MissingFile } from './missing-file.ts';
import { lineReader } from './protocols/line-reader.ts';
import type { Catalogue } from './schedule/admission.ts';
import { Agenda } from './schedule/agenda.ts';
import type { JobQueue } from './schedule/job-queue.ts';
import type { Progress } from './schedule/progress.ts';
import type { Results } from './schedule/results.ts';
import { type SteadyClock, stampClock } from './schedule/steady-clock.ts';

/** What every line of a collector shares. */
export interface LineParts {
  readonly progress: Progress;
  readonly results: Results;
  readonly jobs: Pick<JobQueue, 'line'>;
  readonly missing: Pick<MissingFile, 'has' | 'add' | 'adopt' | 'of'>;
  readonly dialIns: DialIns;
  readonly clock: Clock;
  readonly steady: SteadyClock;
  readonly logger: Logger;
  /** When the process began to collect, UTC ms by the present clock. */
  readonly collectingSince: () => number;
  /** The line ended with an error that is no failed read: the process cannot be trusted any more. */
  readonly onBroken: (error: unknown) => void;
}

/** One line of a plan with its meters. */
export interface LineWork {
  readonly line: PlanLine;
  readonly meters: Plan['meters'];
  /** Digest of all that the line's work follows from: while it is the same, a new plan does not touch the line. */
  readonly signature: string;
  /** Digest of the same but for the meters. */
  readonly terms: string;
}

/** The lines of a plan, each with what belongs to it. */
export function linesOf(plan: Plan): LineWork[] {
  const byLine = new Map<string, Plan['meters']>(plan.lines.map(({ id }) => [id, []]));
  for (const meter of plan.meters) byLine.get(meter.line)?.push(meter);
  return plan.lines.map((line) => {
    const meters = byLine.get(line.id) ?? [];
    const models = new Set(meters.map(({ model }) => model));
    const profiles = plan.profiles?.filter(({ id }) => models.has(id)) ?? [];
    // A task that no meter of the line has is none of its business.
    const tasks = plan.tasks.filter((task) => task.for === undefined || meters.some((meter) => hasTask(meter, task)));
    const terms = digestOf([plan.timeZone, tasks, line, profiles]);
    return { line, meters, terms, signature: digestOf([terms, meters]) };
  });
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64');
}

/** A thousand lines that began in the same millisecond would keep the process, and mobile networks, busy for seconds. */
const APART_MS = 10;
const MOST_APART_MS = 10_000;

/** When a line begins after each slot, ms: anywhere in a window that grows with the number of lines, always the same. */
function offsetMs(line: string, lines: number): number {
  const window = Math.min(MOST_APART_MS, APART_MS * lines);
  return createHash('sha256').update(line).digest().readUInt32BE(0) % Math.max(1, window);
}

/** One line of a plan at work, until stopped. */
export class LineAtWork {
  readonly work: LineWork;
  readonly #agenda: Agenda;
  readonly #health: LineHealth;
  readonly #breakers: Breakers;
  readonly #runner: LineRunner;
  readonly #abort = new AbortController();
  readonly #ended: Promise<void>;

  /** `before`: the same line of the last plan, which has stopped; what it knew of the meters that stay is kept. */
  constructor(plan: Plan, work: LineWork, catalogue: Catalogue, parts: LineParts, before?: LineAtWork) {
    const { line, meters } = work;
    const { progress, results, jobs, missing, dialIns, clock, steady, logger, collectingSince, onBroken } = parts;
    this.work = work;
    const entries = meters.flatMap((meter) => entryOf(meter, catalogue.modelOf(meter.model)));
    this.#agenda = new Agenda(
      plan.timeZone,
      plan.tasks,
      entries,
      progress,
      steady,
      offsetMs(line.id, plan.lines.length),
    );
    this.#breakers = new Breakers();
    if (before) this.#inherit(before);

    const stamps = stampClock(clock, steady);
    const listener = new SupplyTeller({
      line,
      meters,
      zone: plan.timeZone,
      clock: stamps,
      logger,
      keep: (rows) => results.told(rows),
    });
    const link = linkOf(line, clock, dialIns, logger, listener);
    const downReason = line.concentrator === null ? 'line_down' : 'concentrator_offline';
    const bus: Bus = new Bus({
      link,
      timing: line.timing,
      clock,
      downReason,
      onEnd: (end, from, to) => this.#health.exchanged(end, from, to),
    });
    const refused = (meter: string): string[] => missing.of(meter).map(({ item, why }) => `${item}: ${why}`);
    this.#health = new LineHealth(line.id, () => bus.counters, clock, refused);
    const tries: Tries = (reason) => this.#runner.triesFor(reason);
    const { protocol } = line;
    const reader = lineReader({
      protocol,
      exchanger: bus,
      clock: stamps,
      zone: plan.timeZone,
      tries,
      missing,
      ...catalogue,
    });
    this.#runner = new LineRunner({
      line,
      link,
      reader: watched(reader, this.#health.book, clock),
      agenda: this.#agenda,
      breakers: this.#breakers,
      collectingSince,
      demands: jobs.line(line.id),
      results,
      health: this.#health,
      clock,
      stamps,
      logger,
    });
    this.#ended = this.#runner.run(this.#abort.signal).catch(onBroken);
  }

  get status(): LineStatus {
    return this.#runner.status;
  }

  /** Due reads without a value or a final reason. */
  get open(): number {
    return this.#agenda.open;
  }

  /** Every address that was read. */
  get addresses(): (AddressStatus & { readonly line: string })[] {
    return this.#health
      .addresses((address) => this.#breakers.isOpen(address))
      .map((each) => ({
        ...each,
        line: this.work.line.id,
      }));
  }

  /** Resolves when the line has ended its request and closed its link. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#ended;
  }

  #inherit(before: LineAtWork): void {
    const known = new Map(before.work.meters.map((meter) => [meter.id, meter]));
    const kept = this.work.meters.filter(({ id, address, model }) => {
      const old = known.get(id);
      return old?.address === address && old.model === model;
    });
    const meters = new Set(kept.map(({ id }) => id));
    const isSame = before.work.terms === this.work.terms && before.status.state === 'up';
    this.#agenda.inherit(before.#agenda, meters, isSame ? 'as before' : 'at once');
    // Behind another endpoint a silent address may be a meter that answers.
    if (JSON.stringify(before.work.line.link) === JSON.stringify(this.work.line.link)) {
      this.#breakers.inherit(before.#breakers, kept);
    }
  }
}

type Entry = ConstructorParameters<typeof Agenda>[2][number];

function entryOf(meter: Entry['meter'], model: MeterModel | undefined): Entry[] {
  return model ? [{ meter, model }] : [];
}
