import { addDays, dateOf, instantOf } from '#contract/zone.ts';
import { THEFT_PARAMETERS as P } from '#domain/anomalies/theft/theft-parameters.ts';
import { type TheftMember, theftScores } from '#domain/anomalies/theft/theft-score.ts';
import type { AreaDay } from '#domain/line-loss/area-day.ts';
import { type LossBands, lossOf } from '#domain/line-loss/loss.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { AnomalyStore } from '#stores/anomaly-store.ts';
import type { FiguresStore } from '#stores/figures-store.ts';
import type { MeterRowStore } from '#stores/meter-row-store.ts';
import { VeeRegisters } from '../../figures/vee-registers.ts';
import { type JudgedMeter, Suspicions } from './suspicions.ts';
import { allAnomalies, theftSigns } from './theft-signs.ts';
import { dailyUsage, freezeSlots, type WindowRegisters } from './theft-usage.ts';

/** A day is judged when its closing freezes have had this long to come in, ms. */
const SETTLED_MS = 7 * 3_600_000;
/** Days judged again after a start, so that it is known for how long scores have been high or low. */
const REMEMBERED_DAYS = P.closeDays;

export interface TheftRoundParts {
  readonly figures: Pick<FiguresStore, 'days' | 'chunks' | 'areaDays'>;
  readonly anomalies: AnomalyStore;
  readonly meterRows: Pick<MeterRowStore, 'all'>;
  /** Task of the day freezes. */
  readonly task: string;
  readonly bands: Pick<LossBands, 'lossMinSuccessPercent'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Judges once a day, area by area, who may be stealing: from the registers and area days that the figures keep, and the
 * anomalies that go with tampering. A day whose loss cannot be computed says nothing.
 */
export class TheftRound {
  readonly #parts: TheftRoundParts;
  readonly #registers: VeeRegisters;
  readonly #suspicions = new Suspicions();
  /** The last business date that was judged by this process; '' before the first. */
  #judged = '';

  constructor(parts: TheftRoundParts) {
    this.#parts = parts;
    this.#registers = new VeeRegisters(parts.figures, P.windowDays + REMEMBERED_DAYS + 1);
  }

  /** Judges one day that is due, if there is one. True when there was. */
  async tick(index: RegistryIndex): Promise<boolean> {
    const { clock, figures, task } = this.#parts;
    const zone = index.registry.timeZone;
    const newest = addDays(dateOf(zone, clock.now()), -1);
    const isDue = clock.now() >= instantOf(zone, addDays(newest, 1)) + SETTLED_MS;
    const last = isDue ? newest : addDays(newest, -1);
    const next = this.#judged === '' ? addDays(last, 1 - REMEMBERED_DAYS) : addDays(this.#judged, 1);
    if (next > last) return false;
    const kept = new Set((await figures.days(task)).map(({ date }) => date));
    if (kept.has(addDays(next, 1))) await this.#judgeDay(index, next);
    this.#judged = next;
    return true;
  }

  async #judgeDay(index: RegistryIndex, date: string): Promise<void> {
    const { anomalies, meterRows, clock, logger } = this.#parts;
    const zone = index.registry.timeZone;
    const dates = Array.from({ length: P.windowDays }, (_, i) => addDays(date, i + 1 - P.windowDays));
    const slots = freezeSlots(zone, dates);
    const window = { dates, slots, registers: await this.#window([...dates, addDays(date, 1)]) };
    const losses = await this.#losses(dates);
    await this.#load();
    const rows = new Map((await meterRows.all()).map((meter, row) => [meter, row] as const));
    const signs = await theftSigns(anomalies, slots);
    let opened = 0;
    for (const { id: area } of index.registry.areas) {
      const lostWh = losses.get(area);
      if (!lostWh) continue;
      const members = membersOf(index, area, window, (meter) => rows.get(meter), signs);
      const scores = theftScores({ lostWh, members });
      const judged = scores.flatMap((score): JudgedMeter[] => {
        const meter = index.meter(score.meter);
        return meter ? [{ meter, district: index.placeOf(meter).district, score }] : [];
      });
      const changes = this.#suspicions.judge(judged, { dates, slots }, clock.now());
      if (changes.anomalies.length > 0) await anomalies.commit(changes);
      opened += changes.events.filter(({ type }) => type === 'anomaly.opened.v1').length;
      // Others of this process want their turn between two areas.
      await new Promise((resolve) => setImmediate(resolve));
    }
    logger.info({ date, areas: losses.size, suspicions: opened }, 'the areas were looked over for theft');
  }

  async #window(freezes: readonly string[]): Promise<WindowRegisters['registers']> {
    const registers = [];
    for (const date of freezes) registers.push(await this.#registers.of(this.#parts.task, date, null));
    return registers;
  }

  /** Lost energy by area and day, Wh; NaN where it cannot be computed. */
  async #losses(dates: readonly string[]): Promise<Map<string, Float64Array>> {
    const losses = new Map<string, Float64Array>();
    for (const [i, date] of dates.entries()) {
      for (const { area, content } of await this.#parts.figures.areaDays(date, date)) {
        const { lostWh } = lossOf(content as unknown as AreaDay, this.#parts.bands);
        if (lostWh === null) continue;
        const days = losses.get(area) ?? new Float64Array(dates.length).fill(Number.NaN);
        days[i] = lostWh;
        losses.set(area, days);
      }
    }
    return losses;
  }

  /** What lasts, and what the field has cleared, as it stands now: verdicts come at any time. */
  async #load(): Promise<void> {
    const { anomalies } = this.#parts;
    const known = await allAnomalies(anomalies, { rules: ['theft_suspected'] });
    const verdicts = await anomalies.verdicts(known.map(({ id }) => id));
    const meters = new Map(known.map(({ id, meter }) => [id, meter]));
    const cleared = new Map<string, number>();
    for (const { anomaly, verdict, at } of verdicts) {
      const meter = meters.get(anomaly);
      if (meter === undefined || verdict === 'theft' || verdict === 'confirmed') continue;
      cleared.set(meter, Math.max(at, cleared.get(meter) ?? 0));
    }
    this.#suspicions.load(
      known.filter(({ closedAt }) => closedAt === null),
      cleared,
    );
  }
}

/** Customers of an area with their use; meters without a row were never read. */
function membersOf(
  index: RegistryIndex,
  area: string,
  window: WindowRegisters,
  rowOf: (meter: string) => number | undefined,
  signs: ReadonlyMap<string, TheftMember['signs']>,
): TheftMember[] {
  const at = window.slots.at(-1) ?? 0;
  return index.metersOfArea(area).flatMap((meter): TheftMember[] => {
    const row = rowOf(meter.id);
    if (row === undefined || meter.role !== 'customer' || index.areaAt(meter.id, at) !== area) return [];
    return [
      {
        meter: meter.id,
        generator: index.accountAt(meter.id, at)?.category === 'generator',
        usageWh: dailyUsage(index, meter, row, window),
        signs: signs.get(meter.id) ?? [],
      },
    ];
  });
}
