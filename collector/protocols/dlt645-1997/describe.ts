import type { QuantityName } from '#contract/quantities.ts';
import {
  bcd,
  count,
  digitsText,
  ENERGY,
  FACTOR,
  type Format,
  hexText,
  type Notation,
  REACTIVE,
  timeText,
} from '../dlt645/data-format.ts';
import { type NamedValue, namedValues } from '../dlt645/describe.ts';
import {
  type DataDescription,
  type DataPart,
  entries,
  part,
  single,
  upTo,
  whole,
} from '../dlt645/items/description.ts';
import { rateName } from '../dlt645/items/registers.ts';

/**
 * Data identifiers of DL/T 645-1997 appendix A, four hexadecimal digits. A last digit F is the block of the digits below
 * it; on the wire a block ends with AA.
 */
const SEPARATOR = 0xaa;
const BLOCK = 0xf;
const MOST_RATES = 0xe;

const VOLTS = bcd('XXXX', 'V');
const AMPERES = bcd('XX.XX', 'A', { per: 100 });
const POWER = bcd('XX.XXXX', 'kW', { per: 10 });
const VARS = bcd('XX.XX', 'kvar', { times: 10 });
const REACTIVE_DEMAND = bcd('XX.XXXX', 'kvar', { per: 10 });
const MOMENT = timeText('MMDDhhmm');

type Named = { readonly zh: string; readonly en: string };

/** Second digit of energies and demands: the month, and whether active or reactive. */
const MONTHS: ReadonlyMap<number, Named> = new Map([
  [0, { zh: '', en: '' }],
  [4, { zh: '上月', en: ', last month' }],
  [8, { zh: '上上月', en: ', month before last' }],
]);
const ACTIVE: ReadonlyMap<number, Named> = new Map([
  [1, { zh: '正向有功', en: 'active import' }],
  [2, { zh: '反向有功', en: 'active export' }],
]);
const REACTIVES: ReadonlyMap<number, Named> = new Map([
  [1, { zh: '正向无功', en: 'reactive import' }],
  [2, { zh: '反向无功', en: 'reactive export' }],
  [3, { zh: '第一象限无功', en: 'reactive, quadrant 1' }],
  [4, { zh: '第四象限无功', en: 'reactive, quadrant 4' }],
  [5, { zh: '第二象限无功', en: 'reactive, quadrant 2' }],
  [6, { zh: '第三象限无功', en: 'reactive, quadrant 3' }],
]);

/** Our quantities by the identifier of one value. */
const QUANTITIES: ReadonlyMap<string, QuantityName> = new Map<string, QuantityName>([
  ['9010', 'energy_import_wh'],
  ['9011', 'energy_import_t1_wh'],
  ['9012', 'energy_import_t2_wh'],
  ['9013', 'energy_import_t3_wh'],
  ['9014', 'energy_import_t4_wh'],
  ['9020', 'energy_export_wh'],
  ['9021', 'energy_export_t1_wh'],
  ['9022', 'energy_export_t2_wh'],
  ['9023', 'energy_export_t3_wh'],
  ['9024', 'energy_export_t4_wh'],
  ['B611', 'voltage_a_v'],
  ['B612', 'voltage_b_v'],
  ['B613', 'voltage_c_v'],
  ['B621', 'current_a_a'],
  ['B622', 'current_b_a'],
  ['B623', 'current_c_a'],
  ['B630', 'power_active_total_w'],
  ['B631', 'power_active_a_w'],
  ['B632', 'power_active_b_w'],
  ['B633', 'power_active_c_w'],
  ['B650', 'power_factor_total'],
]);

/** `B6 x y`: name, format, and whether there is a total in front of the phases. */
const VARIABLES: ReadonlyMap<number, readonly [zh: string, en: string, format: Format, first: 0 | 1]> = new Map([
  [1, ['电压', 'voltage', VOLTS, 1]],
  [2, ['电流', 'current', AMPERES, 1]],
  [3, ['有功功率', 'active power', POWER, 0]],
  [4, ['无功功率', 'reactive power', VARS, 0]],
  [5, ['功率因数', 'power factor', FACTOR, 0]],
]);
const PHASES = ['', 'A', 'B', 'C'] as const;

type Row = readonly [di: string, format: Notation, zh: string, en: string];

const ROWS: ReadonlyMap<string, DataDescription> = new Map(
  (
    [
      ['B210', MOMENT, '最近一次编程时间', 'last programmed'],
      ['B211', MOMENT, '最近一次最大需量清零时间', 'demand last cleared'],
      ['B212', count(4), '编程次数', 'times programmed'],
      ['B213', count(4), '最大需量清零次数', 'times demand was cleared'],
      ['B214', count(6, 'min'), '电池工作时间', 'battery working time'],
      ['B310', count(4), '总断相次数', 'phase losses, total'],
      ['B311', count(4), 'A 相断相次数', 'phase losses, phase A'],
      ['B312', count(4), 'B 相断相次数', 'phase losses, phase B'],
      ['B313', count(4), 'C 相断相次数', 'phase losses, phase C'],
      ['C010', timeText('YYMMDDWW'), '日期及星期', 'date and weekday'],
      ['C011', timeText('hhmmss'), '时间', 'time of day'],
      ['C020', hexText(1), '电表运行状态字', 'status of the meter'],
      ['C021', hexText(1), '电网状态字', 'status of the grid'],
      ['C022', hexText(1), '周休日状态字', 'weekly days off'],
      ['C030', count(6, 'imp/kWh'), '电表常数（有功）', 'active constant'],
      ['C031', count(6, 'imp/kvarh'), '电表常数（无功）', 'reactive constant'],
      ['C032', digitsText(6), '表号', 'meter number'],
      ['C033', digitsText(6), '用户号', 'customer number'],
      ['C034', digitsText(6), '设备码', 'device number'],
    ] as const satisfies readonly Row[]
  ).map(([di, format, zh, en]) => [di, single(di, { zh, en }, format)]),
);

const DI = /^[0-9A-F]{4}$/;

/** What stands behind a data identifier of the edition of 1997, or null when it is not known here. */
export function describeDi1997(di: string): DataDescription | null {
  if (!DI.test(di)) return null;
  const row = ROWS.get(di);
  if (row) return row;
  const [family = '', month = 0, kind = 0, last = 0] = [
    di[0],
    ...[1, 2, 3].map((i) => Number.parseInt(di[i] ?? '', 16)),
  ];
  if (family === 'B' && month === 6) return describeVariable(di, kind, last);
  if (family === '9' || family === 'A' || family === 'B') return describeRegister(di, family, month, kind, last);
  return null;
}

/** The data behind an identifier without the AA that ends a block. */
export function withoutEnd(di: string, data: Uint8Array): Uint8Array {
  return di.endsWith('F') && data.at(-1) === SEPARATOR ? data.subarray(0, -1) : data;
}

/** As `decodeData` of the edition of 2007. */
export function decodeData1997(di: string, data: Uint8Array): readonly NamedValue[] | null {
  const description = describeDi1997(di);
  return description && namedValues(description, withoutEnd(di, data));
}

/** Energies 9…, maximum demands A… and the times they occurred B…. */
function describeRegister(
  di: string,
  family: string,
  digit: number,
  kind: number,
  last: number,
): DataDescription | null {
  const isReactive = (digit & 1) === 1;
  const month = MONTHS.get(digit & ~1);
  const register = (isReactive ? REACTIVES : ACTIVE).get(kind);
  const value = VALUES[family]?.(isReactive);
  if (!month || !register || !value) return null;
  const partOf = (rate: number): DataPart => {
    const { zh, en } = rateName(rate);
    const name = {
      zh: `${month.zh}${register.zh}${zh}${value.zh}`,
      en: `${value.en}, ${register.en}, ${en}${month.en}`,
    };
    return partNamed(name, value.format, di.slice(0, 3) + rate.toString(16).toUpperCase());
  };
  return oneOrBlock(di, { zh: register.zh + value.zh, en: `${value.en}, ${register.en}` }, last, 0, MOST_RATES, partOf);
}

const VALUES: Readonly<Record<string, (isReactive: boolean) => Named & { readonly format: Notation | Format }>> = {
  '9': (isReactive) => ({ zh: '电能', en: 'energy', format: isReactive ? REACTIVE : ENERGY }),
  A: (isReactive) => ({ zh: '最大需量', en: 'maximum demand', format: isReactive ? REACTIVE_DEMAND : POWER }),
  B: () => ({ zh: '最大需量发生时间', en: 'time of maximum demand', format: MOMENT }),
};

function describeVariable(di: string, kind: number, last: number): DataDescription | null {
  const row = VARIABLES.get(kind);
  if (!row) return null;
  const [zh, en, format, first] = row;
  const partOf = (phase: number): DataPart => {
    const name = PHASES[phase] ?? '';
    const named =
      phase === 0 ? { zh: `总${zh}`, en: `${en}, total` } : { zh: `${name} 相${zh}`, en: `${en}, phase ${name}` };
    return partNamed(named, format, di.slice(0, 3) + phase);
  };
  return oneOrBlock(di, { zh, en }, last, first, PHASES.length - 1, partOf);
}

function oneOrBlock(
  di: string,
  { zh, en }: Named,
  last: number,
  first: number,
  most: number,
  partOf: (n: number) => DataPart,
): DataDescription | null {
  if (last === BLOCK) return entries(di, { zh: `${zh}数据块`, en: `${en}, all` }, upTo(first, most).map(partOf));
  if (last < first || last > most) return null;
  const one = partOf(last);
  return whole(di, one, [one]);
}

function partNamed(name: Named, format: Notation | Format, di: string): DataPart {
  return 'decode' in format ? part(name, format, QUANTITIES.get(di) ?? null) : part(name, format);
}
