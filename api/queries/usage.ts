import type { Reason } from '#contract/reasons.ts';
import type { Account } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays, dateOf, instantOf, monthStart, nextMonth } from '#contract/zone.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { type UsagePeriod, type UsageSpan, usagePeriod, usageSpan } from '#domain/usage/account-usage.ts';
import { type Energies, NO_ENERGIES, sumOf } from '#domain/usage/counters.ts';
import type { StayRegisters } from '#domain/usage/stay-registers.ts';
import type { Stay } from '#domain/usage/stay-usage.ts';
import type { Clock } from '#platform/clock.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { LedgerStore } from '#stores/state-store.ts';
import type { ValidatedReading, ValidatedReadings } from '#stores/validated-readings.ts';
import { type PresentPart, PresentUsage } from './present-usage.ts';

export interface UsageMonth extends UsagePeriod {
  readonly month: string;
  readonly isWhole: boolean;
}

/** Everything about the usage of an account; instants in UTC ms, energies in Wh with ratio. */
export interface AccountUsage {
  /** Those that lay at least partly in the range, oldest first. */
  readonly stays: readonly Stay[];
  readonly days: readonly UsageSpan[];
  readonly months: readonly UsageMonth[];
  readonly monthToDate: UsagePeriod;
  readonly yesterday: UsageSpan;
  readonly today: { readonly at: number | null; readonly energies: Energies; readonly parts: readonly PresentPart[] };
  readonly reasonOf: (meter: string, at: number) => Reason | null;
}

/** What an account used: from the freezes that count, and since midnight from present registers. */
export class UsageQuery {
  readonly #validated: Pick<ValidatedReadings, 'ofMeter'>;
  readonly #ledger: Pick<LedgerStore, 'outcomesOfMeter'>;
  readonly #present: PresentUsage;
  readonly #clock: Clock;

  constructor(
    validated: Pick<ValidatedReadings, 'ofMeter'>,
    readings: Pick<ReadingStore, 'ofMeter'>,
    ledger: Pick<LedgerStore, 'outcomesOfMeter'>,
    clock: Clock,
  ) {
    this.#validated = validated;
    this.#ledger = ledger;
    this.#present = new PresentUsage(readings);
    this.#clock = clock;
  }

  /** Of the dates [start, end), from the freezes of `task`. */
  async of(index: RegistryIndex, task: Task, { no }: Account, start: string, end: string): Promise<AccountUsage> {
    const zone = index.registry.timeZone;
    const now = this.#clock.now();
    const today = dateOf(zone, now);
    const edgesOf = (from: string, to: string): number[] => datesTo(from, to).map((date) => instantOf(zone, date));
    const range = edgesOf(start, end);
    const thisMonth = edgesOf(monthStart(today), today);
    const lastDay = edgesOf(addDays(today, -1), today);
    const edges = [...new Set([...range, ...thisMonth, ...lastDay])].filter((at) => at <= now).sort((a, b) => a - b);
    const stays = index.staysOfAccount(no);
    const { registers, reasonOf } = await this.#registers(index, task, stays, edges);
    const parts = await Promise.all(
      registers
        .filter(({ stay }) => stay.from <= now && now < stay.to)
        .map((each) => this.#present.since(index, each, instantOf(zone, today), now)),
    );
    const [from, to] = [range[0] ?? 0, range.at(-1) ?? 0];
    return {
      stays: stays.filter((stay) => stay.from < to && stay.to > from),
      days: usagePeriod(registers, range, now).days,
      months: monthsOf(start, end).map((span) => ({
        month: span.start.slice(0, 7),
        isWhole:
          span.start === monthStart(span.start) &&
          span.end === nextMonth(span.start) &&
          instantOf(zone, span.end) <= now,
        ...usagePeriod(registers, edgesOf(span.start, span.end), now),
      })),
      monthToDate: toNewest(registers, thisMonth, now),
      yesterday: usageSpan(registers, lastDay, now),
      today: {
        at: parts.reduce<number | null>(
          (oldest, { at }) => (at !== null && at < (oldest ?? at + 1) ? at : oldest),
          null,
        ),
        energies: parts.length === 0 ? NO_ENERGIES : sumOf(parts.map(({ energies }) => energies)),
        parts,
      },
      reasonOf,
    };
  }

  /** The freezes at the edges of each stay, and why there is none. */
  async #registers(
    index: RegistryIndex,
    task: Task,
    stays: readonly Stay[],
    edges: readonly number[],
  ): Promise<{ registers: StayRegisters[]; reasonOf: AccountUsage['reasonOf'] }> {
    const freezes = new Map<string, Map<number, ValidatedReading>>();
    const reasons = new Map<string, Map<number, Reason>>();
    const used = stays.filter(({ from, to }) => edges.some((at) => at >= from && at <= to));
    await Promise.all(
      [...new Set(used.map(({ meter }) => meter))].map(async (meter) => {
        const spans = used.filter((stay) => stay.meter === meter);
        const slots = edges.filter((at) => spans.some(({ from, to }) => at >= from && at <= to));
        const [found, outcomes] = await Promise.all([
          this.#validated.ofMeter(task.id, meter, slots),
          this.#ledger.outcomesOfMeter(task.id, meter, slots),
        ]);
        freezes.set(meter, new Map(found.map((each) => [each.slot, each])));
        reasons.set(meter, new Map(outcomes.map(({ slot, reason }) => [slot, reason])));
      }),
    );
    const registers = stays.map((stay) => {
      const meter = index.meter(stay.meter);
      const rolloverWh = (meter && index.modelOf(meter))?.rolloverWh ?? Number.POSITIVE_INFINITY;
      return { stay, rolloverWh, freezeAt: (at: number) => freezes.get(stay.meter)?.get(at) };
    });
    return { registers, reasonOf: (meter, at) => reasons.get(meter)?.get(at) ?? null };
  }
}

/** From the first edge to the newest one whose registers are known; to the last one when none is. */
function toNewest(registers: readonly StayRegisters[], edges: readonly number[], now: number): UsagePeriod {
  for (let length = edges.length; length > 1; length--) {
    const until = edges.slice(0, length);
    if (usageSpan(registers, until, now).energies.import !== null) return usagePeriod(registers, until, now);
  }
  return usagePeriod(registers, edges, now);
}

/** All dates from the first to the last, both included. */
function datesTo(from: string, to: string): string[] {
  const dates: string[] = [];
  for (let date = from; date <= to; date = addDays(date, 1)) dates.push(date);
  return dates;
}

/** The months of [start, end), the first and last cut to it. */
function monthsOf(start: string, end: string): { readonly start: string; readonly end: string }[] {
  const months: { start: string; end: string }[] = [];
  for (let from = start; from < end; ) {
    const next = nextMonth(from);
    const to = next < end ? next : end;
    months.push({ start: from, end: to });
    from = to;
  }
  return months;
}
