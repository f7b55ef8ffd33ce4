import type { Anomaly } from '#contract/anomaly.ts';
import type { NewCentreEvent } from '#contract/centre-event.ts';
import type { Meter } from '#contract/registry.ts';
import type { TheftScore } from '#domain/anomalies/theft/theft-score.ts';
import { nextTheftState, type TheftState } from '#domain/anomalies/theft/theft-state.ts';
import { theftReasons } from '#domain/anomalies/theft/theft-words.ts';
import { incidentId } from '#domain/incident-id.ts';
import type { AnomalyCommit } from '#stores/anomaly-store.ts';

/** A score moves this much before it is written again. */
const SCORE_STEP = 5;

export interface JudgedMeter {
  readonly meter: Meter;
  readonly district: string | null;
  readonly score: TheftScore;
}

/** The days of a window: business dates, and the slots at which they begin, with the one at which the last ends. */
export interface JudgedDays {
  readonly dates: readonly string[];
  readonly slots: readonly number[];
}

/** The suspicions that last, and how long scores have been high or low; one for each customer's meter at most. */
export class Suspicions {
  readonly #states = new Map<string, TheftState>();
  readonly #open = new Map<string, Anomaly>();
  /** By meter: when the field found that it was no theft, UTC ms. */
  readonly #cleared = new Map<string, number>();

  /** Takes up what lasts, and when meters were cleared. */
  load(open: readonly Anomaly[], cleared: ReadonlyMap<string, number>): void {
    this.#open.clear();
    for (const anomaly of open) {
      this.#open.set(anomaly.meter, anomaly);
      const known = this.#states.get(anomaly.meter);
      this.#states.set(anomaly.meter, { isOpen: true, days: known?.days ?? 0, date: known?.date ?? '' });
    }
    this.#cleared.clear();
    for (const [meter, at] of cleared) this.#cleared.set(meter, at);
  }

  /** What the scores of one more day change. Taking a day again changes nothing. */
  judge(judged: readonly JudgedMeter[], { dates, slots }: JudgedDays, now: number): AnomalyCommit {
    const anomalies: Anomaly[] = [];
    const events: NewCentreEvent[] = [];
    const date = dates.at(-1) ?? '';
    for (const each of judged) {
      const { id } = each.meter;
      const known = this.#states.get(id) ?? null;
      const points = this.#isCleared(id, each.score, slots) ? 0 : each.score.score;
      const next = nextTheftState(known, date, points);
      if (next === known) continue;
      // Of most meters there is nothing to remember.
      if (next.isOpen || next.days > 0) this.#states.set(id, next);
      else this.#states.delete(id);
      const changed = this.#changed(each, next, { dates, slots }, now);
      if (changed === null) continue;
      anomalies.push(changed.anomaly);
      if (changed.event) events.push(changed.event);
    }
    return { anomalies, withdrawn: [], events, at: now };
  }

  /** A fall from before the field was there is explained. */
  #isCleared(meter: string, { fall }: TheftScore, slots: readonly number[]): boolean {
    const at = this.#cleared.get(meter);
    return at !== undefined && (slots[fall?.day ?? 0] ?? 0) <= at;
  }

  #changed(
    { meter, district, score }: JudgedMeter,
    { isOpen }: TheftState,
    { dates, slots }: JudgedDays,
    now: number,
  ): { readonly anomaly: Anomaly; readonly event: NewCentreEvent | null } | null {
    const known = this.#open.get(meter.id);
    const to = slots.at(-1) ?? now;
    if (!known) {
      if (!isOpen) return null;
      const from = slots[score.fall?.day ?? 0] ?? now;
      const anomaly: Anomaly = {
        id: incidentId('theft_suspected', meter.id, from),
        rule: 'theft_suspected',
        meter: meter.id,
        area: meter.area,
        district,
        level: 1,
        openedAt: now,
        closedAt: null,
        from,
        to,
        facts: factsOf(score, dates),
        score: score.score,
      };
      this.#open.set(meter.id, anomaly);
      return { anomaly, event: eventOf('anomaly.opened.v1', anomaly, now) };
    }
    if (!isOpen) {
      this.#open.delete(meter.id);
      const anomaly = { ...known, closedAt: now, to };
      return { anomaly, event: eventOf('anomaly.closed.v1', anomaly, now) };
    }
    if (Math.abs(score.score - (known.score ?? 0)) < SCORE_STEP) return null;
    const anomaly = { ...known, to, facts: factsOf(score, dates), score: score.score };
    this.#open.set(meter.id, anomaly);
    return { anomaly, event: null };
  }
}

function factsOf(score: TheftScore, dates: readonly string[]): Anomaly['facts'] {
  const { reasons, fall, lossRiseWh, againstNeighbours } = score;
  const words = theftReasons(score, dates);
  return {
    reasonsZh: words.map(({ zh }) => zh).join('；'),
    reasonsEn: words.map(({ en }) => en).join('; '),
    shareLoss: round2(reasons.loss),
    shareNeutral: reasons.neutral,
    shareEvents: reasons.events,
    shareNeighbours: round2(reasons.neighbours),
    ...(fall && {
      fallDate: dates[fall.day] ?? '',
      beforeWhADay: Math.round(fall.beforeWh),
      afterWhADay: Math.round(fall.afterWh),
      againstNeighbours: round2(againstNeighbours),
    }),
    ...(!Number.isNaN(lossRiseWh) && { lossRiseWhADay: Math.round(lossRiseWh) }),
  };
}

function round2(share: number): number {
  return Math.round(share * 100) / 100;
}

function eventOf(type: NewCentreEvent['type'], anomaly: Anomaly, at: number): NewCentreEvent {
  const { id, rule, meter, area, level, score, district } = anomaly;
  return { type, at, district, subject: id, evidenceAt: null, data: { rule, meter, area, level, score } };
}
