import {
  type Batch,
  type EventRow,
  type OutcomeRow,
  type ReadingBatch,
  type ReadingRow,
  TERMINAL_POWER_DOWN,
} from '#contract/envelope.ts';
import { ON_DEMAND } from '#contract/job.ts';
import type { MeterModel } from '#contract/models.ts';
import type { TaskKind } from '#contract/tasks.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { isTimely, timeFault } from '#domain/validation/row-times.ts';
import { messageOf } from '#platform/errors.ts';
import type { JobResult } from '#stores/job-store.ts';
import type { NewReading, NewReadings } from '#stores/reading-store.ts';
import type { LedgerCommit } from '#stores/state-store.ts';
import { type Arrival, textOf } from './arrival.ts';
import { jobResults } from './job-rows.ts';
import { type KnownMeter, KnownMeters } from './known-meters.ts';
import { Looks } from './looks.ts';
import { TakenReading } from './taken-reading.ts';
import { Work } from './work.ts';

/** Everything one group commit will write, and what the detectors have to see of it. */
export interface Judged {
  readonly readings: readonly NewReadings[];
  readonly ledger: Omit<LedgerCommit, 'marks'>;
  readonly taken: readonly TakenReading[];
  readonly outcomes: readonly OutcomeRow[];
  readonly events: readonly EventRow[];
  /** What was asked for out of turn: it stands in none of the above, but for the events. */
  readonly jobResults: readonly JobResult[];
  /** For each collector with rows too far ahead of the clock of the centre: the furthest, ms. */
  readonly aheadMs: ReadonlyMap<string, number>;
  /** Envelopes that could not be judged; they are in quarantine whole. */
  readonly failures: readonly { readonly collector: string; readonly err: unknown }[];
}

/** Refused events that are remembered; meters repeat theirs with every read. */
const MAX_REFUSED_EVENTS = 100_000;

/**
 * Judges what collectors sent against the registry: a row counts only for a meter that the sending collector reads (a
 * terminal's word on its supply only for a concentrator behind one of its lines), and only within the time that the meter can have been read. What cannot be taken goes to quarantine with its reason; what
 * can is validated. Keeps the newest plausible register of every meter, which a lower reading never moves.
 */
export class Judge {
  readonly #registry: RegistryIndex;
  readonly #meters: KnownMeters;
  readonly #refusedEvents = new Set<string>();

  constructor(registry: RegistryIndex, baselines: readonly { meter: string; slot: number; importWh: number }[]) {
    this.#registry = registry;
    this.#meters = new KnownMeters(registry, baselines);
  }

  kindOf(task: string): TaskKind | undefined {
    return this.#registry.task(task)?.kind;
  }

  /** `now` is the clock of the centre, UTC ms. Throws nothing: an envelope that breaks the judge is set aside whole. */
  judge(arrivals: readonly Arrival[], now: number): Judged {
    const works: Work[] = [];
    const failures: { collector: string; err: unknown }[] = [];
    for (const arrival of arrivals) {
      let work = new Work(arrival, now);
      try {
        this.#take(work);
      } catch (err) {
        failures.push({ collector: arrival.collector, err });
        work.undo();
        work = new Work(arrival, now);
        work.refuse('unjudged', `cannot judge the envelope: ${messageOf(err)}`, textOf(arrival.bytes));
      }
      works.push(work);
    }
    return { ...together(works), failures };
  }

  #take(work: Work): void {
    const { envelope, refused } = work.arrival;
    if (refused) work.refuse('envelope', refused.why, refused.content);
    for (const batch of envelope?.batches ?? []) this.#takeBatch(batch, work);
    for (const { row, why, stream, task } of envelope?.rejects ?? []) {
      work.refuseRow('row', why, { stream, task, row });
    }
  }

  #takeBatch(batch: Batch, work: Work): void {
    if (batch.stream === 'event') this.#events(batch.rows, work);
    else if (batch.job !== undefined) this.#results(batch, batch.job, work);
    else if (batch.stream === 'outcome') this.#outcomes(batch.task, batch.rows, work);
    // What is read again for a task is its reading, whoever asked for it.
    if (batch.stream === 'reading' && batch.task !== ON_DEMAND) this.#readings(batch, work);
  }

  #meter({ arrival }: Work, id: string): KnownMeter | null {
    const known = this.#meters.get(id);
    return known?.collector === arrival.collector ? known : null;
  }

  #readings({ task: id, quantities, rows }: ReadingBatch, work: Work): void {
    const task = this.#registry.task(id);
    const taken: NewReading[] = [];
    const looks = task && new Looks(task, this.#registry.registry.timeZone, quantities);
    for (const row of rows) {
      const known = this.#meter(work, row.meter);
      const model = known?.model;
      if (!known || !model || !looks) {
        const content = { stream: 'reading', task: id, quantities, row };
        if (looks) work.stranger(row.meter, content);
        else work.refuseRow('unknown_task', `no task is called ${id}`, content);
      } else if (isTimely(row, work.now, known.installedAt)) {
        taken.push(reading({ known, model, looks }, row, work));
      } else {
        const fault = timeFault(work.now, [row.slot, row.readAt], row.slot, known.installedAt);
        if (fault) work.untimely(fault, { stream: 'reading', task: id, quantities, row });
      }
    }
    if (taken.length > 0) work.readings.push({ task: id, quantities, rows: taken });
  }

  #outcomes(task: string, rows: readonly OutcomeRow[], work: Work): void {
    for (const row of rows) {
      if (!this.#meter(work, row.meter)) {
        work.stranger(row.meter, { stream: 'outcome', task, row });
        continue;
      }
      const fault = timeFault(work.now, [row.slot, row.at], null, null);
      if (fault) work.untimely(fault, { stream: 'outcome', task, row });
      else work.outcomes.push({ task, ...row });
    }
  }

  /** Results of a job concern no slot of a task and no baseline, but their meters and times are held to the same. */
  #results(batch: Exclude<Batch, { stream: 'event' }>, job: string, work: Work): void {
    for (const { row, at, result } of jobResults(batch, job)) {
      const { meter, slot } = result;
      const content = { stream: batch.stream, task: batch.task, job, row };
      if (!this.#meter(work, meter)) {
        work.stranger(meter, content);
        continue;
      }
      const fault = timeFault(work.now, [slot, at], null, null);
      if (fault) work.untimely(fault, content);
      else work.jobResults.push(result);
    }
  }

  #events(rows: readonly EventRow[], work: Work): void {
    for (const row of rows) {
      if (row.kind === TERMINAL_POWER_DOWN) this.#terminalEvent(row, work);
      else this.#meterEvent(row, work);
    }
  }

  #meterEvent(row: EventRow, work: Work): void {
    const known = this.#meter(work, row.meter);
    if (known) this.#event(row, known.installedAt, work);
    else work.stranger(row.meter, { stream: 'event', row });
  }

  /** The registry does not say when a concentrator was put in. */
  #terminalEvent(row: EventRow, work: Work): void {
    const { collector } = work.arrival;
    if (this.#meters.hasConcentrator(collector, row.meter)) this.#event(row, null, work);
    else
      work.refuseRow('unknown_concentrator', `${collector} reaches no concentrator ${row.meter}`, {
        stream: 'event',
        row,
      });
  }

  #event(row: EventRow, installedAt: number | null, work: Work): void {
    const { start, end, readAt } = row;
    const fault = timeFault(work.now, [start, end, readAt], start, installedAt);
    if (!fault) work.events.push(row);
    else if (this.#isNewlyRefused(row)) work.untimely(fault, { stream: 'event', row });
  }

  /** A meter tells its last events with every read; one that is set aside is set aside once. */
  #isNewlyRefused({ meter, kind, start, end }: EventRow): boolean {
    if (this.#refusedEvents.size >= MAX_REFUSED_EVENTS) this.#refusedEvents.clear();
    const before = this.#refusedEvents.size;
    return this.#refusedEvents.add(`${meter} ${kind} ${start} ${end}`).size > before;
  }
}

/** A reading of a meter that the sender reads and of a moment that can be. */
function reading(
  { known, model, looks }: { known: KnownMeter; model: MeterModel; looks: Looks },
  row: ReadingRow,
  work: Work,
): NewReading {
  const { slot, meterTime, readAt, values } = row;
  const { quality, rules, baseline } = looks.validate(model, row, known.baselineFor(slot, work.now));
  if (baseline) work.move(known, baseline);
  work.taken.push(new TakenReading({ meter: known.meter, model }, looks, row, quality === 'suspect'));
  return { meter: row.meter, slot, meterTime, readAt, quality, rules, values };
}

function together(works: readonly Work[]): Omit<Judged, 'failures'> {
  const outcomes = works.flatMap((work) => work.outcomes);
  const events = works.flatMap((work) => work.events);
  const moved = new Set<KnownMeter>();
  const quarantine = works.flatMap((work) => work.quarantine);
  const aheadMs = new Map<string, number>();
  for (const { arrival, aheadMs: ms, moves } of works) {
    for (const { known } of moves) moved.add(known);
    if (ms > 0) aheadMs.set(arrival.collector, Math.max(ms, aheadMs.get(arrival.collector) ?? 0));
  }
  return {
    readings: works.flatMap((work) => work.readings),
    ledger: { outcomes, events, quarantine, baselines: [...moved].flatMap((known) => known.stored()) },
    taken: works.flatMap((work) => work.taken),
    outcomes,
    events,
    jobResults: works.flatMap((work) => work.jobResults),
    aheadMs,
  };
}
