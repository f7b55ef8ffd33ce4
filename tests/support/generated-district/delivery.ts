import { Buffer } from 'node:buffer';
import { MAX_ENVELOPE_ROWS, type OutcomeRow, type ReadingRow } from '#contract/envelope.ts';
import { encodeEnvelope } from '#contract/envelope-codec.ts';
import type { Reason } from '#contract/reasons.ts';
import { CUSTOMERS_AN_AREA, type Ending, type GeneratedPlan, isExchange } from './plan.ts';
import type { AreaRegisters } from './registers.ts';
import { FREEZE_TASK, freezeRow, QUANTITIES, replacementRow } from './rows.ts';
import { collectorId, districtId, meterId, replacementId } from './site.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
const FIRST_PASS_MINUTES = 120;

/** A message on `up/rows`. */
export interface Sent {
  readonly district: string;
  readonly collector: string;
  /** Number of its last row. */
  readonly upTo: number;
  readonly bytes: Uint8Array;
}

interface Read {
  readonly area: number;
  readonly nth: number;
  readonly day: number;
  readonly minutes: number;
  readonly isReplacement: boolean;
}

/** Sends what the meters of the district give, in the order in which collectors would come by it. */
export class GeneratedDelivery {
  readonly #plan: GeneratedPlan;
  readonly #registersOf: (area: number) => AreaRegisters;
  /** Reads that end after the first pass, by the day on which they end. */
  readonly #later = new Map<number, Read[]>();
  readonly #seq = new Map<string, number>();
  rows = 0;

  constructor(plan: GeneratedPlan, registersOf: (area: number) => AreaRegisters) {
    this.#plan = plan;
    this.#registersOf = registersOf;
  }

  /** Envelopes of the first pass of a day: values, and why others have none yet. */
  *firstPass(day: number): Generator<Sent> {
    const at = (this.#plan.slots[day] ?? 0) + FIRST_PASS_MINUTES * MINUTE_MS;
    for (let area = 0; area < this.#plan.areas; area++) {
      const readings: ReadingRow[] = [];
      const outcomes: OutcomeRow[] = [];
      for (const { nth, isReplacement, ending } of this.#endings(area, day)) {
        const failed = this.#failure({ area, nth, isReplacement }, ending, day, at);
        if (failed) outcomes.push(failed);
        if (!('minutes' in ending)) continue;
        const read = { area, nth, day, minutes: ending.minutes, isReplacement };
        if (ending.minutes < FIRST_PASS_MINUTES) readings.push(this.#row(read));
        else this.#postpone(read);
      }
      yield* this.#envelopes(area, at, readings, outcomes);
    }
  }

  #failure(
    { area, nth, isReplacement }: { area: number; nth: number; isReplacement: boolean },
    ending: Ending,
    day: number,
    at: number,
  ): OutcomeRow | null {
    const meter = isReplacement ? replacementId(area, nth) : meterId(area, nth);
    const slot = this.#plan.slots[day] ?? 0;
    if (ending.how === 'failed') return outcome(meter, slot, at, ending.reason, true);
    const reason = 'failedFirst' in ending ? ending.failedFirst : null;
    return reason === null ? null : outcome(meter, slot, at, reason, false);
  }

  /** Envelopes of what was read on a day after its first pass, also of earlier days. */
  *afterFirstPass(day: number): Generator<Sent> {
    const at = (this.#plan.slots[day] ?? 0) + (DAY_MINUTES - 60) * MINUTE_MS;
    const reads = this.#later.get(day) ?? [];
    this.#later.delete(day);
    for (const [area, of] of Map.groupBy(reads, (read) => read.area)) {
      yield* this.#envelopes(
        area,
        at,
        of.map((read) => this.#row(read)),
        [],
      );
    }
  }

  *#endings(area: number, day: number): Generator<{ nth: number; isReplacement: boolean; ending: Ending }> {
    for (let nth = 0; nth <= CUSTOMERS_AN_AREA; nth++) {
      yield { nth, isReplacement: false, ending: this.#plan.endingOf(area, nth, day) };
      if (isExchange(this.#plan.defectOf(area, nth).defect)) {
        yield { nth, isReplacement: true, ending: this.#plan.replacementEndingOf(area, nth, day) };
      }
    }
  }

  #postpone(read: Read): void {
    const on = read.day + Math.floor(read.minutes / DAY_MINUTES);
    const reads = this.#later.get(on) ?? [];
    reads.push(read);
    this.#later.set(on, reads);
  }

  #row(read: Read): ReadingRow {
    const registers = this.#registersOf(read.area);
    return read.isReplacement ? replacementRow(this.#plan, registers, read) : freezeRow(this.#plan, registers, read);
  }

  *#envelopes(area: number, sentAt: number, readings: ReadingRow[], outcomes: OutcomeRow[]): Generator<Sent> {
    const feeder = this.#plan.feederOf(area);
    const collector = collectorId(feeder);
    const district = districtId(this.#plan.districtOf(area));
    const total = readings.length + outcomes.length;
    if (total === 0) return;
    if (total > MAX_ENVELOPE_ROWS) throw new Error(`BUG: ${total} rows do not fit one envelope`);
    const seq = (this.#seq.get(collector) ?? 0) + 1;
    this.#seq.set(collector, seq + total - 1);
    this.rows += total;
    const batches = [
      { stream: 'reading', task: FREEZE_TASK, quantities: QUANTITIES, rows: readings } as const,
      { stream: 'outcome', task: FREEZE_TASK, rows: outcomes } as const,
    ].filter(({ rows }) => rows.length > 0);
    const header = { epoch: 'e1', seq, count: total, oldest: 1, sentAt };
    yield { district, collector, upTo: seq + total - 1, bytes: Buffer.from(encodeEnvelope({ ...header, batches })) };
  }
}

function outcome(meter: string, slot: number, at: number, reason: Reason, final: boolean): OutcomeRow {
  return { meter, slot, at, reason, detail: '', attempts: 3, lastBytes: '', final };
}
