import type { Anomaly } from '#contract/anomaly.ts';
import { addDays, dateOf, instantOf } from '#contract/zone.ts';
import { judgedMeter } from '#domain/anomalies/judged-meter.ts';
import type { StoredReading } from '#stores/reading-store.ts';
import type { CurveScratch } from './curve-scratch.ts';
import type { CurveStates } from './curve-states.ts';
import { judgedSlots } from './curve-tasks.ts';
import type { CurveWatchParts } from './curve-watch.ts';
import { FoundAnomalies } from './found-anomalies.ts';
import type { Verdicts } from './judges.ts';
import { outdated } from './outdated.ts';

/** Judges the curve of one meter again, from the beginning of the day on of which a point came late. */
export class CurveAgain {
  readonly #parts: CurveWatchParts;
  readonly #states: CurveStates;
  readonly #scratch: CurveScratch;

  constructor(parts: CurveWatchParts, states: CurveStates, scratch: CurveScratch) {
    this.#parts = parts;
    this.#states = states;
    this.#scratch = scratch;
  }

  /** `slot` is the oldest that came late, UTC ms. */
  async judge(row: number, slot: number): Promise<void> {
    const { site } = this.#parts;
    const zone = site.index.registry.timeZone;
    const day = instantOf(zone, dateOf(zone, slot));
    const meter = site.meters[row] ?? '';
    if (this.#states.days.includes(day)) await this.#fromKept(row, meter, day);
    else await this.#alone(meter, day);
  }

  async #fromKept(row: number, meter: string, from: number): Promise<void> {
    const { book } = this.#parts;
    const last = this.#states.lastOf(row);
    const found = this.#nothingFound();
    let state = await this.#states.at(from, meter);
    const days = this.#states.days.filter((day) => day >= from);
    for (const [i, day] of days.entries()) {
      if (day > from && state) await this.#states.correct(day, meter, state);
      // Of the day before, what came when its states were written down already; the rest is passed over.
      const begin = day === from ? this.#dayAfter(from, -1) : day;
      const verdicts = await this.#judgeStretch(meter, begin, days[i + 1] ?? last + 1, state);
      if (!verdicts) continue;
      state = verdicts.state;
      await found.add(this.#parts.site.index, meter, verdicts.transitions);
    }
    const stored = book.all({ meter, during: { from, to: last } });
    await book.keep(await outdated(stored, { basis: 'curve', from, until: last, isFresh: false, found }));
    if (state) this.#states.put(row, last, state);
  }

  /**
   * An older day, of whose beginning nothing is remembered: only what begins and ends in it is certain, and only where
   * nothing of the kind is known.
   */
  async #alone(meter: string, day: number): Promise<void> {
    const { book, site } = this.#parts;
    const to = this.#dayAfter(day, 1);
    const verdicts = await this.#judgeStretch(meter, day, to, null);
    if (!verdicts) return;
    const found = this.#nothingFound();
    await found.add(site.index, meter, verdicts.transitions);
    const stored = await Array.fromAsync(book.all({ meter, during: { from: day, to } }));
    const isNew = ({ rule, closedAt }: Anomaly): boolean =>
      closedAt !== null && stored.every((known) => known.rule !== rule);
    await book.keep({ anomalies: found.anomalies.filter(isNew) });
  }

  /** Null when the stores have no point there. */
  async #judgeStretch(id: string, from: number, to: number, state: Float64Array | null): Promise<Verdicts | null> {
    const { site, readings, rules, clock } = this.#parts;
    const { index } = site;
    const meter = index.meter(id);
    const judged = meter && judgedMeter(index, meter, from);
    if (!judged) return null;
    const stored: StoredReading[] = [];
    for (const { task, slots } of judgedSlots(index, id, from, to)) {
      stored.push(...(await readings.ofMeter(task.id, id, slots)));
    }
    if (stored.length === 0) return null;
    stored.sort((a, b) => a.slot - b.slot);
    const given = this.#states.giving(site.rowOf(id) ?? 0, this.#scratch.given(stored));
    return rules.judge(judged, this.#scratch.points(stored, given), state, clock.now());
  }

  #dayAfter(day: number, days: number): number {
    const zone = this.#parts.site.index.registry.timeZone;
    return instantOf(zone, addDays(dateOf(zone, day), days));
  }

  #nothingFound(): FoundAnomalies {
    const { book, rules } = this.#parts;
    return new FoundAnomalies(
      (meter, id) => book.get(meter, id),
      (rule) => rules.levelOf(rule),
    );
  }
}
