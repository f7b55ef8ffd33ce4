import { meterModel } from '#contract/models.ts';
import type { Plan, PlanLine } from '#contract/plan.ts';
import type { LineStatus } from '#contract/status.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import { Bus } from './lines/bus.ts';
import { LineHealth } from './lines/health.ts';
import { linkOf } from './lines/plan-link.ts';
import type { Tries } from './lines/retrying.ts';
import { LineRunner } from './lines/runner.ts';
import { Dlt645Reader } from './protocols/dlt645/reader.ts';
import type { MeterReader } from './protocols/meter-reader.ts';
import { ModbusReader } from './protocols/modbus/reader.ts';
import { Agenda } from './schedule/agenda.ts';
import type { Progress } from './schedule/progress.ts';
import type { Results } from './schedule/results.ts';
import type { SteadyClock } from './schedule/steady-clock.ts';

interface FieldParts {
  readonly plan: Plan;
  readonly progress: Progress;
  readonly results: Results;
  readonly clock: Clock;
  readonly steady: SteadyClock;
  readonly logger: Logger;
  /** A line ended with an error that is no failed read: the process cannot be trusted any more. */
  readonly onBroken: (error: unknown) => void;
}

/** All lines of one plan at work, until stopped. */
export class Field {
  readonly plan: Plan;
  readonly #runners: readonly LineRunner[];
  readonly #agendas: readonly Agenda[];
  readonly #abort = new AbortController();
  readonly #ended: Promise<unknown>;

  constructor(parts: FieldParts) {
    this.plan = parts.plan;
    const lines = parts.plan.lines.map((line) => compile(line, parts));
    this.#runners = lines.map(({ runner }) => runner);
    this.#agendas = lines.map(({ agenda }) => agenda);
    this.#ended = Promise.all(
      this.#runners.map((runner) => runner.run(this.#abort.signal).catch((error: unknown) => parts.onBroken(error))),
    );
  }

  get lines(): LineStatus[] {
    return this.#runners.map((runner) => runner.status);
  }

  /** Due reads without a value or a final reason. */
  get open(): number {
    return this.#agendas.reduce((sum, agenda) => sum + agenda.open, 0);
  }

  /** Resolves when every line has ended its request and closed its link. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#ended;
  }
}

function compile(line: PlanLine, parts: FieldParts): { runner: LineRunner; agenda: Agenda } {
  const { plan, progress, results, clock, steady, logger } = parts;
  const entries = plan.meters.flatMap((meter) => {
    const model = meter.line === line.id ? meterModel(meter.model) : undefined;
    return model ? [{ meter, model }] : [];
  });
  const agenda = new Agenda(plan.timeZone, plan.tasks, entries, progress, steady);
  const link = linkOf(line, clock);
  const downReason = line.concentrator === null ? 'line_down' : 'concentrator_offline';
  const bus = new Bus({ link, timing: line.timing, clock, downReason });
  let runner: LineRunner | null = null;
  const tries: Tries = (reason) => runner?.triesFor(reason) ?? 1;
  const reader: MeterReader =
    line.protocol === 'dlt645' || line.protocol === 'dlt698'
      ? new Dlt645Reader({ exchanger: bus, clock, zone: plan.timeZone, tries })
      : new ModbusReader({ exchanger: bus, protocol: line.protocol, clock, tries });
  const health = new LineHealth(line.id, () => bus.counters);
  runner = new LineRunner({ line, link, reader, agenda, results, health, clock, logger });
  return { runner, agenda };
}
