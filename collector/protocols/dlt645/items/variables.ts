import {
  ANGLE,
  APPARENT_POWER,
  BATTERY,
  CURRENT,
  count,
  FACTOR,
  type Format,
  FREQUENCY,
  PERCENT,
  POWER,
  PRICE,
  REACTIVE_POWER,
  TEMPERATURE,
  VOLTAGE,
} from '../data-format.ts';
import {
  ALL,
  type DataDescription,
  type DataPart,
  type DiNumbers,
  entries,
  hex2,
  part,
  quantityOf,
  upTo,
  whole,
} from './description.ts';

interface Variable {
  readonly zh: string;
  readonly en: string;
  readonly format: Format;
  /** DI1 of the first value: 0 where there is a total, 1 where phase A is the first. */
  readonly first: 0 | 1;
}

const VARIABLES: ReadonlyMap<number, Variable> = new Map<number, Variable>([
  [0x01, { zh: '电压', en: 'voltage', format: VOLTAGE, first: 1 }],
  [0x02, { zh: '电流', en: 'current', format: CURRENT, first: 1 }],
  [0x03, { zh: '有功功率', en: 'active power', format: POWER, first: 0 }],
  [0x04, { zh: '无功功率', en: 'reactive power', format: REACTIVE_POWER, first: 0 }],
  [0x05, { zh: '视在功率', en: 'apparent power', format: APPARENT_POWER, first: 0 }],
  [0x06, { zh: '功率因数', en: 'power factor', format: FACTOR, first: 0 }],
  [0x07, { zh: '相角', en: 'phase angle', format: ANGLE, first: 1 }],
  [0x08, { zh: '电压波形失真度', en: 'voltage distortion', format: PERCENT, first: 1 }],
  [0x09, { zh: '电流波形失真度', en: 'current distortion', format: PERCENT, first: 1 }],
]);

/** `02 80 00 DI0`. */
const OTHERS: ReadonlyMap<number, readonly [zh: string, en: string, format: Format]> = new Map([
  [0x01, ['零线电流', 'neutral current', CURRENT]],
  [0x02, ['电网频率', 'frequency', FREQUENCY]],
  [0x03, ['一分钟有功总平均功率', 'active power, mean of one minute', POWER]],
  [0x04, ['当前有功需量', 'present active demand', POWER]],
  [0x05, ['当前无功需量', 'present reactive demand', REACTIVE_POWER]],
  [0x06, ['当前视在需量', 'present apparent demand', APPARENT_POWER]],
  [0x07, ['表内温度', 'temperature in the meter', TEMPERATURE]],
  [0x08, ['时钟电池电压', 'clock battery voltage', BATTERY]],
  [0x09, ['停电抄表电池电压', 'outage battery voltage', BATTERY]],
  [0x0a, ['内部电池工作时间', 'battery working time', count(8, 'min')]],
  [0x0b, ['当前阶梯电价', 'present ladder price', PRICE]],
]);

const HARMONICS: ReadonlyMap<number, readonly [zh: string, en: string]> = new Map([
  [0x0a, ['电压', 'voltage']],
  [0x0b, ['电流', 'current']],
]);
const MOST_HARMONIC = 21;
const OTHER_DI2 = 0x80;

const PHASES = ['', 'A', 'B', 'C'] as const;

/** Present variables `02 DI2 DI1 DI0` (DL/T 645-2007 table A.3). */
export function describeVariable(di: string, [, di2, di1, di0]: DiNumbers): DataDescription | null {
  if (di2 === OTHER_DI2) return di1 === 0 ? describeOther(di, di0) : null;
  const variable = VARIABLES.get(di2);
  if (!variable) return describeHarmonic(di, di2, di1, di0);
  if (di0 !== 0) return null;
  const { zh, en, first } = variable;
  const partOf = (phase: number): DataPart => variablePart(di2, variable, phase);
  if (di1 === ALL) return entries(di, { zh: `${zh}数据块`, en: `${en}, all` }, upTo(first, 3).map(partOf));
  if (di1 < first || di1 > 3) return null;
  const one = partOf(di1);
  return whole(di, one, [one]);
}

/** Total and phases of active and reactive power in a row, as freezes hold them. */
export function powerParts(): DataPart[] {
  return [0x03, 0x04].flatMap((di2) => {
    const variable = VARIABLES.get(di2);
    return variable ? upTo(0, 3).map((phase) => variablePart(di2, variable, phase)) : [];
  });
}

function variablePart(di2: number, { zh, en, format }: Variable, phase: number): DataPart {
  const name = PHASES[phase] ?? '';
  const named =
    phase === 0 ? { zh: `总${zh}`, en: `${en}, total` } : { zh: `${name} 相${zh}`, en: `${en}, phase ${name}` };
  return part(named, format, quantityOf(`02${hex2(di2)}${hex2(phase)}00`));
}

function describeOther(di: string, di0: number): DataDescription | null {
  const row = OTHERS.get(di0);
  if (!row) return null;
  const [zh, en, format] = row;
  return whole(di, { zh, en }, [part({ zh, en }, format, quantityOf(di))]);
}

function describeHarmonic(di: string, di2: number, di1: number, di0: number): DataDescription | null {
  const row = HARMONICS.get(di2);
  const phase = PHASES[di1];
  if (!row || !phase) return null;
  const [zh, en] = row;
  const partOf = (n: number): DataPart =>
    part({ zh: `${phase} 相${zh} ${n} 次谐波含量`, en: `${en}, phase ${phase}, harmonic ${n}` }, PERCENT);
  if (di0 === ALL) {
    const name = { zh: `${phase} 相${zh}谐波含量数据块`, en: `${en}, phase ${phase}, harmonics` };
    return entries(di, name, upTo(1, MOST_HARMONIC).map(partOf));
  }
  if (di0 < 1 || di0 > MOST_HARMONIC) return null;
  const one = partOf(di0);
  return whole(di, one, [one]);
}
