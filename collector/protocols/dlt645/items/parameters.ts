import { count, ENERGY, PRICE, timeText } from '../data-format.ts';
import { ALL, type DataDescription, type DiNumbers, entries, part, single, upTo, whole } from './description.ts';
import { PARAMETER_ROWS } from './parameter-rows.ts';
import { STATUS_WORDS, statusWordPart } from './status-words.ts';

const ROWS = new Map(PARAMETER_ROWS.map(([di, format, zh, en]) => [di, single(di, { zh, en }, format)]));

const STATUS_SERIES = '040005';
/** Time zones of a year and periods of a day: at most 14 of either. */
const MOST_PERIODS = 14;
const MOST_DAY_TABLES = 8;
const MOST_HOLIDAYS = 0xfe;
const SETS = ['第一套', '第二套'] as const;
const SETS_EN = ['set 1', 'set 2'] as const;

/** Parameters `04 DI2 DI1 DI0` (DL/T 645-2007 table A.5). */
export function describeParameter(di: string, numbers: DiNumbers): DataDescription | null {
  const row = ROWS.get(di);
  if (row) return row;
  const [, di2, di1, di0] = numbers;
  if (di.startsWith(STATUS_SERIES)) return describeStatus(di, di0);
  if ((di2 === 1 || di2 === 2) && di1 === 0) return describeTimeTable(di, di2 - 1, di0);
  if (di2 === 3 && di1 === 0) return describeHoliday(di, di0);
  if (di2 === 5 && (di1 === 1 || di1 === 2)) return describePrice(di, di1 - 1, di0);
  return di2 === 6 && di1 <= 3 ? describeLadder(di, di1, di0) : null;
}

function describeStatus(di: string, di0: number): DataDescription | null {
  if (di0 === ALL) {
    const name = { zh: '电表运行状态字数据块', en: 'status words' };
    return whole(di, name, upTo(1, STATUS_WORDS).map(statusWordPart));
  }
  if (di0 < 1 || di0 > STATUS_WORDS) return null;
  const word = statusWordPart(di0);
  return whole(di, word, [word]);
}

function describeTimeTable(di: string, set: number, di0: number): DataDescription | null {
  const zhSet = SETS[set] ?? '';
  const enSet = SETS_EN[set] ?? '';
  if (di0 > MOST_DAY_TABLES) return null;
  const isZones = di0 === 0;
  const parts = upTo(1, MOST_PERIODS).flatMap((n) => [
    isZones
      ? part({ zh: `第 ${n} 时区日时段表号`, en: `zone ${n}: day table` }, count(2))
      : part({ zh: `第 ${n} 时段费率号`, en: `period ${n}: rate` }, count(2)),
    isZones
      ? part({ zh: `第 ${n} 时区起始日期`, en: `zone ${n}: first day` }, timeText('MMDD'))
      : part({ zh: `第 ${n} 时段起始时间`, en: `period ${n}: start` }, timeText('hhmm')),
  ]);
  const name = isZones
    ? { zh: `${zhSet}时区表`, en: `time zones of the year, ${enSet}` }
    : { zh: `${zhSet}第 ${di0} 日时段表`, en: `day table ${di0}, ${enSet}` };
  return entries(di, name, parts, 2);
}

function describeHoliday(di: string, di0: number): DataDescription | null {
  if (di0 < 1 || di0 > MOST_HOLIDAYS) return null;
  return whole(di, { zh: `第 ${di0} 公共假日`, en: `public holiday ${di0}` }, [
    part({ zh: '日时段表号', en: 'day table' }, count(2)),
    part({ zh: '日期', en: 'date' }, timeText('YYMMDD')),
  ]);
}

function describePrice(di: string, set: number, di0: number): DataDescription | null {
  if (di0 < 1 || di0 > 0x3f) return null;
  return single(di, { zh: `${SETS[set]}费率 ${di0} 电价`, en: `price of rate ${di0}, ${SETS_EN[set]}` }, PRICE);
}

function describeLadder(di: string, di1: number, di0: number): DataDescription | null {
  if (di0 < 1 || di0 > 0x3f) return null;
  const set = di1 >> 1;
  const isPrice = (di1 & 1) === 1;
  const name = isPrice
    ? { zh: `${SETS[set]}阶梯 ${di0} 电价`, en: `price of ladder step ${di0}, ${SETS_EN[set]}` }
    : { zh: `${SETS[set]}阶梯值 ${di0}`, en: `ladder step ${di0}, ${SETS_EN[set]}` };
  return single(di, name, isPrice ? PRICE : ENERGY);
}
