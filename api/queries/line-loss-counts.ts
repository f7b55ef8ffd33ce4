import { successRate } from '#domain/collection/figures.ts';
import { percentOf, readRate } from '#domain/line-loss/loss.ts';
import { lossOfSum } from '#domain/line-loss/loss-sum.ts';
import type { XlsxCell, XlsxFormat } from '../formats/xlsx-xml.ts';
import type { AreaCounts, LossSummary } from './line-loss-summary.ts';

const COUNTS: readonly (readonly [string, keyof AreaCounts])[] = [
  ['台区总数\nareas', 'total'],
  ['运行\nrunning', 'running'],
  ['拆除\nremoved', 'removed'],
  ['停运\nstopped', 'stopped'],
  ['未覆盖\nnot covered', 'notCovered'],
  ['分布式电源台区\nwith generation', 'withGeneration'],
  ['换表台区\nwith exchanges', 'exchanged'],
  ['零电量台区\nzero energy', 'zeroEnergy'],
  ['合格\nqualified', 'qualified'],
  ['高损\nhigh', 'high'],
  ['负损\nnegative', 'negative'],
  ['不可算\nuncomputable', 'uncomputable'],
];

/** Headers, formats and cells of a summary as a row of a sheet. */
export function summaryCells({ areas, qualifiedRate, monitoringRate, loss }: LossSummary) {
  const { suppliedWh, soldWh, lostWh } = lossOfSum(loss);
  const cells: (readonly [string, XlsxFormat, XlsxCell])[] = [
    ...COUNTS.map(([header, name]) => [header, 'integer', areas[name]] as const),
    ['合格率 %\nqualified rate %', 'percent', qualifiedRate],
    ['供电量 kWh\nsupplied kWh', 'kwh', suppliedWh],
    ['售电量 kWh\nsold kWh', 'kwh', soldWh],
    ['损失电量 kWh\nlost kWh', 'kwh', lostWh],
    ['线损率 %\nloss rate %', 'percent', percentOf(lostWh, suppliedWh)],
    ['应算台区日\narea days', 'integer', loss.days],
    ['可算台区日\ncomputable area days', 'integer', loss.computable],
    ['在线监测率 %\nmonitoring rate %', 'percent', monitoringRate],
    ['覆盖率 %\ncoverage %', 'percent', successRate(loss.collected, loss.customers)],
    ['示值采集成功率 %\nsuccess rate %', 'percent', readRate(loss)],
    ['费控成功率\nremote disconnection', 'text', '不统计 not counted'],
  ];
  return cells;
}
