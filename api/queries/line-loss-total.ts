import type { Area } from '#contract/registry.ts';
import type { LossBands } from '#domain/line-loss/loss.ts';
import { type PeriodLoss, sumOf } from './line-loss.ts';
import { sumShape } from './line-loss-shapes.ts';
import type { AreaLossRow } from './line-loss-sheet.ts';

/** The row under the areas: every energy and number is the sum of those above it, every rate one of the sums. */
export function totalRow(
  rows: readonly AreaLossRow[],
  areas: readonly Area[],
  losses: ReadonlyMap<string, PeriodLoss>,
  bands: LossBands,
): AreaLossRow {
  const sum = (of: (row: AreaLossRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
  return {
    area: `合计 total (${rows.length})`,
    name: '',
    feeder: '',
    district: null,
    kva: sum((row) => row.kva),
    status: 'running',
    ...sumShape(sumOf(areas, losses), bands),
    generators: sum((row) => row.generators),
    supplyMeters: sum((row) => row.supplyMeters),
    rises: sum((row) => row.rises),
    falls: sum((row) => row.falls),
    jump: null,
    checks: [],
    topologyVersion: null,
    trace: '',
  };
}
