import type { PlanMeter } from '#contract/plan.ts';
import type { Reason } from '#contract/reasons.ts';
import type { Task } from '#contract/tasks.ts';
import { isoLocal } from '#contract/zone.ts';
import { ReadError } from '../../collector/lines/read-error.ts';
import type { Answer, MeterReader } from '../../collector/protocols/meter-reader.ts';
import type { ManualClock } from './manual-clock.ts';
import { ZONE } from './plan.ts';

/** What a request costs the line when it is answered, and when nobody answers. */
export const ANSWER_MS = 100;
export const SILENCE_MS = 1000;

/** What a meter shows for a slot: a value that nothing but this function could have made up. */
export function registerOf(meter: string, slot: number): number {
  return Math.floor(slot / 1000) * 100 + (Number(meter.replace(/\D/g, '')) % 100);
}

/** Meters in memory behind the port that a line reads through. They take their time by the clock of the test. */
export class ToyMeters implements MeterReader {
  /** `read m1 profile 10:15` and `probe m1`, in the order in which they were asked. */
  readonly log: string[] = [];
  /** Meters that fail, and why. */
  readonly failing = new Map<string, Reason>();
  readonly readMany?: NonNullable<MeterReader['readMany']>;
  /** Called before each request is answered. */
  onAsk: (asked: string) => void | Promise<void> = () => {};
  /** Slots that no meter has a record of. */
  readonly missing = new Set<number>();
  /** Values that meters give and that cannot be. */
  readonly dropped = new Map<string, string>();
  /** Slots that are left out when several are asked for. */
  readonly unasked = new Set<number>();
  readonly #clock: ManualClock;

  constructor(clock: ManualClock, options: { severalAtOnce?: boolean } = {}) {
    this.#clock = clock;
    if (options.severalAtOnce) this.readMany = (meter, task, slots) => this.#several(meter, task, slots);
  }

  /** Log entries that begin so. */
  asked(beginning: string): string[] {
    return this.log.filter((entry) => entry.startsWith(beginning));
  }

  async probe(meter: PlanMeter): Promise<void> {
    await this.#ask(meter, `probe ${meter.id}`);
  }

  async read(meter: PlanMeter, task: Task, slot: number): Promise<Answer> {
    await this.#ask(meter, `read ${meter.id} ${task.id} ${timeOf(slot)}`);
    if (this.missing.has(slot)) throw noRecord();
    return this.#answer(meter, slot);
  }

  async #several(
    meter: PlanMeter,
    task: Task,
    slots: readonly number[],
  ): Promise<ReadonlyMap<number, Answer | ReadError>> {
    await this.#ask(meter, `read ${meter.id} ${task.id} ${slots.map(timeOf).join(' ')}`);
    const asked = slots.filter((slot) => !this.unasked.has(slot));
    return new Map(asked.map((slot) => [slot, this.missing.has(slot) ? noRecord() : this.#answer(meter, slot)]));
  }

  async #ask(meter: PlanMeter, what: string): Promise<void> {
    this.log.push(what);
    await this.onAsk(what);
    const reason = this.failing.get(meter.id);
    const isSilent = reason === 'no_answer' || reason === 'wrong_address';
    await this.#clock.sleep('toy meter', isSilent ? SILENCE_MS : ANSWER_MS);
    if (reason === undefined) return;
    const isRefusal = reason === 'not_supported' || reason === 'device_error';
    throw new ReadError(reason, `toy ${reason}`, { next: isRefusal ? 'skip' : 'retry' });
  }

  #answer(meter: PlanMeter, slot: number): Answer {
    const values = new Map([['energy_import_wh' as const, registerOf(meter.id, slot)]]);
    const dropped = this.dropped.get(meter.id);
    const answer = { meterTime: null, readAt: this.#clock.now(), values, events: [] };
    return dropped === undefined ? answer : { ...answer, dropped: [dropped] };
  }
}

function noRecord(): ReadError {
  return new ReadError('stale_freeze', 'toy has no record', { next: 'skip' });
}

function timeOf(slot: number): string {
  return isoLocal(ZONE, slot).slice(11, 16);
}
