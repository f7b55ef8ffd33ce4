import type { Area } from '#contract/registry.ts';
import { successRate } from '#domain/collection/figures.ts';
import type { LossState } from '#domain/line-loss/loss.ts';
import type { LossSum } from '#domain/line-loss/loss-sum.ts';
import { type PeriodLoss, sumOf } from './line-loss.ts';

export interface AreaCounts extends Record<LossState, number> {
  readonly total: number;
  readonly running: number;
  readonly stopped: number;
  readonly removed: number;
  readonly notCovered: number;
  readonly withGeneration: number;
  readonly exchanged: number;
  readonly zeroEnergy: number;
}

export interface LossSummary {
  readonly areas: AreaCounts;
  /** 合格率: qualified ÷ running areas. */
  readonly qualifiedRate: number | null;
  /** 在线监测率: days on which the supply meters were read at both ends ÷ days, of the running areas. */
  readonly monitoringRate: number | null;
  readonly loss: LossSum;
}

/** Numbers of areas by what became of them, and their losses added up. Rates are rounded down. */
export function lossSummary(areas: readonly Area[], losses: ReadonlyMap<string, PeriodLoss>): LossSummary {
  const all = areas.flatMap((area) => {
    const loss = losses.get(area.id);
    return loss ? [{ area, loss }] : [];
  });
  const running = all.filter(({ area }) => (area.status ?? 'running') === 'running');
  const count = (holds: (each: { area: Area; loss: PeriodLoss }) => boolean): number => all.filter(holds).length;
  const inState = (state: LossState): number => count(({ loss }) => loss.state === state);
  const days = running.reduce((sum, { loss }) => sum + loss.sum.days, 0);
  const supplied = running.reduce((sum, { loss }) => sum + loss.suppliedDays, 0);
  const qualified = running.filter(({ loss }) => loss.state === 'qualified').length;
  return {
    areas: {
      total: all.length,
      running: running.length,
      stopped: count(({ area }) => area.status === 'stopped'),
      removed: count(({ area }) => area.status === 'removed'),
      notCovered: count(isNotCovered),
      withGeneration: count(({ loss }) => (loss.last?.generators ?? 0) > 0),
      exchanged: count(({ loss }) => loss.sum.exchanged > 0),
      zeroEnergy: count(({ loss }) => loss.isIdle),
      qualified: inState('qualified'),
      high: inState('high'),
      negative: inState('negative'),
      uncomputable: inState('uncomputable'),
    },
    qualifiedRate: successRate(qualified, running.length),
    monitoringRate: successRate(supplied, days),
    loss: sumOf(areas, losses),
  };
}

/** 未覆盖: no supply meter, or no customer that is planned for collection. An area of which nothing is kept is neither. */
function isNotCovered({ loss: { last } }: { loss: PeriodLoss }): boolean {
  return last !== null && (last.supplyMeters === 0 || last.collected === 0);
}
