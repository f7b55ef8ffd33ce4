import { meterModel } from '#contract/models.ts';
import type { Plan, PlanLine } from '#contract/plan.ts';
import type { Clock } from '#platform/clock.ts';
import { Breakers } from '../../../collector/lines/breakers.ts';
import { Bus } from '../../../collector/lines/bus.ts';
import type { BusCounters } from '../../../collector/lines/bus-counters.ts';
import { LineHealth } from '../../../collector/lines/health.ts';
import type { Link } from '../../../collector/lines/link.ts';
import { LineRunner } from '../../../collector/lines/runner.ts';
import { Dlt645Reader } from '../../../collector/protocols/dlt645/reader.ts';
import { Agenda } from '../../../collector/schedule/agenda.ts';
import { JobQueue } from '../../../collector/schedule/job-queue.ts';
import { Progress } from '../../../collector/schedule/progress.ts';
import { type ResultSink, Results } from '../../../collector/schedule/results.ts';
import { dlt645Reader } from '../../../simulators/lines/dlt645-reader.ts';
import { FieldLine, type StreamReader } from '../../../simulators/lines/field-line.ts';
import type { World } from '../../../simulators/world/world.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import type { VirtualTime } from '../start/virtual-time.ts';

/** A serial port with a simulated line behind it, in virtual time. */
class VirtualPort implements Link {
  readonly name = 'virtual';
  readonly bitRate: number | null;
  isOpen = false;
  readonly #reader: StreamReader;
  #onData: (bytes: Uint8Array) => void = () => {};
  readonly #onDown: ((why: string) => void)[] = [];

  constructor(world: World, line: string, time: VirtualTime) {
    const field = new FieldLine({ world, line, clock: time });
    this.bitRate = field.spec.timing.baudRate;
    this.#reader = dlt645Reader(field, (bytes) => this.#onData(bytes));
  }

  async open(): Promise<void> {
    this.isOpen = true;
  }

  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    for (const listener of this.#onDown) listener('link_closed: closed here');
  }

  write(bytes: Uint8Array): void {
    this.#reader.receive(bytes);
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#onData = listener;
  }

  onDown(listener: (why: string) => void): void {
    this.#onDown.push(listener);
  }
}

/** One line of a plan at work in virtual time: the collector's own runner, bus and reader. */
export interface VirtualField {
  readonly counters: Readonly<BusCounters>;
  /** Readings so far, and the longest time from a slot to its reading, ms. */
  readonly told: { readings: number; slowestMs: number };
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
  stop(): Promise<void>;
}

export function startVirtual(world: World, plan: Plan, line: PlanLine, time: VirtualTime): VirtualField {
  const clock = clockOf(time);
  const logger = quietLogger();
  const fail = (error: unknown): void => {
    throw error;
  };
  const told = { readings: 0, slowestMs: 0 };
  const sink: ResultSink = {
    append: async (records) => {
      for (const { stream, columns, row } of records) {
        if (stream !== 'reading') continue;
        told.readings++;
        const age = Number(row[columns.indexOf('readAt')]) - Number(row[columns.indexOf('slot')]);
        told.slowestMs = Math.max(told.slowestMs, age);
      }
    },
    room: async () => {},
  };
  const meters = plan.meters.filter((meter) => meter.line === line.id);
  const entries = meters.flatMap((meter) => {
    const model = meterModel(meter.model);
    return model ? [{ meter, model }] : [];
  });
  const progress = new Progress(plan.timeZone, []);
  const agenda = new Agenda(plan.timeZone, plan.tasks, entries, progress);
  const results = new Results(sink, progress, fail);
  const link = new VirtualPort(world, line.id, time);
  const bus = new Bus({ link, timing: line.timing, clock, downReason: 'line_down' });
  let runner: LineRunner | null = null;
  const tries = (reason: Parameters<LineRunner['triesFor']>[0]): number => runner?.triesFor(reason) ?? 1;
  const reader = new Dlt645Reader({ exchanger: bus, clock, zone: plan.timeZone, tries });
  const health = new LineHealth(line.id, () => bus.counters, clock);
  const jobs = new JobQueue({ sink, clock, logger, onLost: fail });
  jobs.usePlan(plan);
  const breakers = new Breakers();
  const demands = jobs.line(line.id);
  const since = time.now();
  runner = new LineRunner({
    line,
    link,
    reader,
    agenda,
    demands,
    results,
    breakers,
    collectingSince: () => since,
    health,
    clock,
    logger,
  });
  const abort = new AbortController();
  const ended = runner.run(abort.signal);
  ended.catch(fail);
  return {
    get counters() {
      return bus.counters;
    },
    told,
    pass: async (ms) => {
      const end = time.now() + ms;
      do await turn();
      while (time.step(end));
      await turn();
    },
    stop: async () => {
      abort.abort();
      jobs.stop();
      await ended;
    },
  };
}

/** Lets everything run that waits for nothing but its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function clockOf(time: VirtualTime): Clock {
  const start = time.now();
  return {
    now: () => Math.floor(time.now()),
    mono: () => time.now() - start,
    after: (_name, ms, run) => time.after(ms, run),
    sleep: (_name, ms) => new Promise((resolve) => void time.after(ms, resolve)),
  };
}
