import type { Static } from 'typebox';
import type { LossBands } from '#domain/line-loss/loss.ts';
import { LARGE_SUPPLY_WH, SMALL_SUPPLY_DAY_WH, STOPPED_SUPPLY_WH } from '#domain/line-loss/loss-checks.ts';
import { BOM, csvLines } from '../formats/csv.ts';
import type { XlsxSheet } from '../formats/xlsx.ts';
import type { XlsxCell, XlsxColumn, XlsxFormat } from '../formats/xlsx-xml.ts';
import type { AreaLossShape } from '../schemas/line-loss.ts';
import { DEFINITIONS, textOfState, textOfStatus, textOfWhy } from './line-loss-texts.ts';

export type AreaLossRow = Static<typeof AreaLossShape>;

interface Column {
  readonly zh: string;
  readonly en: string;
  /** Name in CSV; energies there are kWh. */
  readonly name: string;
  readonly format: XlsxFormat;
  readonly of: (row: AreaLossRow) => XlsxCell;
}

function column(name: string, zh: string, en: string, format: XlsxFormat, of: Column['of']): Column {
  return { name, zh, en, format, of };
}

/** The monthly sheet of line loss as in use (台区同期线损月报), a row for each area. */
const COLUMNS: readonly Column[] = [
  column('area', '台区编号', 'area', 'text', (row) => row.area),
  column('name', '台区名称', 'name', 'text', (row) => row.name),
  column('feeder', '所属线路', 'feeder', 'text', (row) => row.feeder),
  column('district', '供电所', 'district', 'text', (row) => row.district),
  column('kva', '容量 kVA', 'rating kVA', 'number', (row) => row.kva),
  column('status', '运行状态', 'status', 'text', (row) => (row.trace === '' ? null : textOfStatus(row.status))),
  column('supplied_kwh', '供电量 kWh', 'supplied kWh', 'kwh', (row) => row.suppliedWh),
  column('generation_kwh', '其中：分布式上网电量 kWh', 'of it generation kWh', 'kwh', (row) => row.generationWh),
  column('sold_kwh', '售电量 kWh', 'sold kWh', 'kwh', (row) => row.soldWh),
  column('lost_kwh', '损失电量 kWh', 'lost kWh', 'kwh', (row) => row.lostWh),
  column('rate', '线损率 %', 'loss rate %', 'percent', (row) => row.rate),
  column('state', '线损状态', 'state', 'text', (row) => textOfState(row.state)),
  column('why', '不可算原因', 'why not computable', 'text', (row) => row.why && textOfWhy(row.why)),
  column('days', '应算天数', 'days', 'integer', (row) => row.days),
  column('computable_days', '可算天数', 'computable days', 'integer', (row) => row.computableDays),
  column('lower_bound_sold', '售电量为下限', 'sold is a lower bound', 'text', (row) =>
    row.lowerBoundSold ? '是 yes' : '',
  ),
  column('estimated_kwh', '售电量中估算 kWh', 'estimated part of sold kWh', 'kwh', (row) => row.estimatedWh),
  column('estimated_share', '估算占比 %', 'estimated share %', 'percent', (row) => row.estimatedShare),
  column('customers', '应采户·日', 'customer days', 'integer', (row) => row.customers),
  column('read', '实采户·日', 'customer days read', 'integer', (row) => row.read),
  column('estimated', '估算户·日', 'customer days estimated', 'integer', (row) => row.estimated),
  column('missing', '缺失户·日', 'customer days missing', 'integer', (row) => row.missing),
  column('success_rate', '示值采集成功率 %', 'success rate %', 'percent', (row) => row.successRate),
  column('coverage', '采集覆盖率 %', 'coverage %', 'percent', (row) => row.coverage),
  column('supply_meters', '总表数', 'supply meters', 'integer', (row) => row.supplyMeters),
  column('generators', '分布式电源户数', 'generators', 'integer', (row) => row.generators),
  column('exchanged', '换表数', 'meters exchanged', 'integer', (row) => row.exchanged),
  column('zero_use', '零电量户·日', 'customer days without use', 'integer', (row) => row.zeroUse),
  column('rises', '突增天数', 'days of sudden rise', 'integer', (row) => row.rises),
  column('falls', '突减天数', 'days of sudden fall', 'integer', (row) => row.falls),
  column('checks', '核查项', 'to check', 'text', (row) => row.checks.join(' ')),
  column('topology_version', '拓扑版本', 'topology version', 'text', (row) => row.topologyVersion),
  column('trace', '追溯路径', 'trace', 'text', (row) => row.trace),
];

const PAGE = 500;

export function lossCsv(rows: readonly AreaLossRow[]): string {
  const cells = rows.map((row) => COLUMNS.map((each) => csvCell(each, each.of(row))));
  return BOM + csvLines([COLUMNS.map(({ name }) => name), ...cells]);
}

function csvCell({ format }: Column, cell: XlsxCell): string | number | null {
  return format === 'kwh' && typeof cell === 'number' ? kwhNumber(cell) : cell;
}

/** Wh as kWh, a number to spreadsheets also below zero; its shortest decimals are exact below 10¹⁵ Wh. */
function kwhNumber(wh: number): number {
  return wh / 1000;
}

/** Rows of areas, and under them their sum. */
export function areaSheet(name: string, rows: readonly AreaLossRow[], total: AreaLossRow): XlsxSheet {
  const columns = COLUMNS.map((each) => ({
    header: `${each.zh}\n${each.en}`,
    format: each.format,
    width: each.format === 'text' ? 16 : 12,
  }));
  return { name, columns, pages: pagesOf([...rows, total].map((row) => COLUMNS.map((each) => each.of(row)))) };
}

export interface SheetNotes {
  readonly period: string;
  readonly asOf: string;
  readonly timeZone: string;
  readonly district: string | null;
  readonly bands: LossBands;
  readonly warnings: readonly string[];
  readonly simulated: boolean;
}

/** What the figures mean, and of what and when they are. */
export function notesSheet(notes: SheetNotes): XlsxSheet {
  const { period, asOf, timeZone, district, bands, warnings, simulated } = notes;
  const rows: XlsxCell[][] = [
    ['期间 period', period],
    ['数据截至 as of', `${asOf} (${timeZone})`],
    ['供电所 district', district ?? '全部 all'],
    ['模拟数据 simulated', simulated ? '是 yes' : '否 no'],
    ['高损 high above, %', String(bands.lossHighPercent)],
    ['负损 negative below, %', String(bands.lossNegativePercent)],
    ['可算所需采集成功率 success rate needed, %', String(bands.lossMinSuccessPercent)],
    ['突变 jump beyond ±%', String(bands.lossJumpPercent)],
    ['停运台区供电核查 stopped but supplied above, kWh', String(STOPPED_SUPPLY_WH / 1000)],
    ['高损且月供电量大 large supply above, kWh', String(LARGE_SUPPLY_WH / 1000)],
    ['小电量 small supply below, kWh a day', String(SMALL_SUPPLY_DAY_WH / 1000)],
    ...warnings.map((warning) => ['注意 warning', warning]),
    ...DEFINITIONS.map(({ name, zh, en }) => [name, `${zh} ${en}`]),
  ];
  return {
    name: '说明 Notes',
    columns: [textColumn('项目\nitem', 36), textColumn('内容\nmeaning', 100)],
    pages: pagesOf(rows),
  };
}

/** Named figures in columns of groups: 汇总. */
export function countsSheet(
  groups: readonly { readonly name: string; readonly figures: readonly (readonly [string, XlsxFormat, XlsxCell])[] }[],
): XlsxSheet {
  const [first] = groups;
  const columns = (first?.figures ?? []).map(([header, format]) => ({ header, format, width: 12 }));
  return {
    name: '汇总 Summary',
    columns: [textColumn('供电所\ndistrict', 20), ...columns],
    pages: pagesOf(groups.map(({ name, figures }) => [name, ...figures.map(([, , cell]) => cell)])),
  };
}

function textColumn(header: string, width: number): XlsxColumn {
  return { header, format: 'text', width };
}

function* pagesOf(rows: readonly (readonly XlsxCell[])[]): Generator<readonly (readonly XlsxCell[])[]> {
  for (let i = 0; i < rows.length; i += PAGE) yield rows.slice(i, i + PAGE);
}
