import { scheduler } from 'node:timers/promises';
import type { Static } from 'typebox';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Span } from '#domain/reliability/interruptions.ts';
import { type Interruptions, type Reliability, ReliabilityTally } from '#domain/reliability/reliability.ts';
import { servedMs } from '#domain/reliability/served.ts';
import type { Clock } from '#platform/clock.ts';
import type { OutageStore } from '#stores/outage-store.ts';
import type { ReliabilityFigures } from '../schemas/reliability.ts';

export type ReliabilityGrouping = 'district' | 'feeder' | 'area';

/** Incidents that are read at once: each comes with its members. */
const AT_ONCE = 50;

export interface ReliabilityAnswer {
  readonly total: Reliability;
  readonly groups: ReadonlyMap<string, Reliability>;
}

interface Wanted {
  readonly period: Span;
  /** Only its areas count. */
  readonly district: string | null;
  readonly groupBy: ReliabilityGrouping;
}

/** Figures of reliability, counted from the incidents at each call: late evidence corrects what is past. */
export class ReliabilityQuery {
  readonly #outages: Pick<OutageStore, 'list'>;
  readonly #clock: Clock;
  readonly #sustainedMs: number;

  constructor(outages: Pick<OutageStore, 'list'>, clock: Clock, sustainedMin: number) {
    this.#outages = outages;
    this.#clock = clock;
    this.#sustainedMs = sustainedMin * 60_000;
  }

  async of(index: RegistryIndex, { period, district, groupBy }: Wanted): Promise<ReliabilityAnswer> {
    const now = this.#clock.now();
    const places = {
      areaOf: (meter: string, at: number) => (isCustomer(index, meter, at) ? index.areaAt(meter, at) : null),
      groupOf: (area: string) => groupOf(index, area, { district, groupBy }),
      phasesOf: (meter: string) => phasesOf(index, meter),
    };
    const tally = new ReliabilityTally(places, { period, sustainedMs: this.#sustainedMs, now });
    const during = { from: period.from, to: Math.min(period.to, now) };
    const filter = { kinds: ['outage', 'phase-lost', 'planned'], states: ['open', 'restored'], during } as const;
    let after: { startedAt: number; id: string } | undefined;
    for (;;) {
      const page = await this.#outages.list({ ...filter, limit: AT_ONCE, ...(after && { after }) });
      for (const outage of page) tally.add(outage);
      after = page.at(-1);
      if (page.length < AT_ONCE) break;
    }
    return tally.figures(await servedIn(index, during));
  }
}

async function servedIn(index: RegistryIndex, period: Span): Promise<Map<string, bigint>> {
  const work = servedMs(index, period);
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    await scheduler.yield();
  }
}

function isCustomer(index: RegistryIndex, meter: string, at: number): boolean {
  return index.meter(meter)?.role === 'customer' && index.installationAt(meter, at) !== null;
}

function phasesOf(index: RegistryIndex, id: string): number {
  const meter = index.meter(id);
  return (meter && index.modelOf(meter)?.phases) ?? 1;
}

function groupOf(index: RegistryIndex, area: string, { district, groupBy }: Omit<Wanted, 'period'>): string | null {
  const feeder = index.area(area)?.feeder ?? null;
  const own = feeder === null ? null : (index.feeder(feeder)?.district ?? null);
  if (district !== null && own !== district) return null;
  if (groupBy === 'area') return area;
  return groupBy === 'feeder' ? feeder : own;
}

export function reliabilityShape(figures: Reliability): Static<typeof ReliabilityFigures> {
  const { customersServed, unplanned, planned, outages, resolved, toIncidentMs: delay } = figures;
  return {
    customersServed: rounded(customersServed, 2),
    unplanned: interruptionsShape(unplanned),
    planned: interruptionsShape(planned),
    outages,
    resolved,
    resolvedShare: outages === 0 ? null : Math.floor((resolved * 10_000) / outages) / 100,
    toIncident: delay && { p50S: delay.p50 / 1000, p95S: delay.p95 / 1000, maxS: delay.max / 1000 },
  };
}

function interruptionsShape({ customerInterruptions, customerMs, saidiMin, saifi, caidiMin }: Interruptions) {
  return {
    customerInterruptions,
    customerMinutes: rounded(Number(customerMs) / 60_000, 2),
    saidiMin: saidiMin === null ? null : rounded(saidiMin, 4),
    saifi: saifi === null ? null : rounded(saifi, 6),
    caidiMin: caidiMin === null ? null : rounded(caidiMin, 2),
  };
}

function rounded(value: number, decimals: number): number {
  const unit = 10 ** decimals;
  return Math.round(value * unit) / unit;
}
