import { hexText, STAMP } from '../data-format.ts';
import { ALL, type DataDescription, type DiNumbers, entries, open, part, upTo, whole } from './description.ts';
import { demandParts, energyParts } from './energy.ts';
import { MOST_RATES, registerOf } from './registers.ts';
import { powerParts } from './variables.ts';

interface FreezeKind {
  readonly zh: string;
  readonly en: string;
  /** How many the standard lets a meter keep. */
  readonly kept: number;
}

/** By DI2. */
const KINDS: readonly FreezeKind[] = [
  { zh: '定时冻结', en: 'timed freeze', kept: 12 },
  { zh: '瞬时冻结', en: 'freeze on command', kept: 3 },
  { zh: '两套时区表切换冻结', en: 'freeze at change of time zone table', kept: 2 },
  { zh: '两套日时段表切换冻结', en: 'freeze at change of day table', kept: 2 },
  { zh: '整点冻结', en: 'hourly freeze', kept: 254 },
  { zh: '两套费率电价切换冻结', en: 'freeze at change of prices', kept: 2 },
  { zh: '日冻结', en: 'daily freeze', kept: 62 },
  { zh: '两套阶梯切换冻结', en: 'freeze at change of ladder', kept: 2 },
];

const LAST_ENERGY = 0x08;
const IMPORT_DEMAND = 0x09;
const EXPORT_DEMAND = 0x0a;
const VARIABLES = 0x10;

/** Freezes `05 DI2 DI1 DI0`: kind, content, n-th last (DL/T 645-2007 table A.6). */
export function describeFreeze(di: string, [, di2, di1, di0]: DiNumbers): DataDescription | null {
  const kind = KINDS[di2];
  if (!kind || di0 < 1 || di0 > kind.kept) return null;
  const back = { zh: `上 ${di0} 次${kind.zh}`, en: `${kind.en}, ${di0} back` };
  const named = (zh: string, en: string) => ({ zh: back.zh + zh, en: `${back.en}: ${en}` });
  if (di1 === 0) return whole(di, named('时间', 'time'), [part({ zh: '冻结时间', en: 'time of the freeze' }, STAMP)]);
  const register = registerOf(di1);
  if (di1 <= LAST_ENERGY && register) {
    return entries(di, named(`${register.zh}电能`, register.en), energyParts(register, di1));
  }
  if (di1 === IMPORT_DEMAND || di1 === EXPORT_DEMAND) return describeDemandFreeze(di, di1 - IMPORT_DEMAND + 1, named);
  if (di1 === VARIABLES) return whole(di, named('变量', 'present values'), powerParts());
  if (di1 !== ALL) return null;
  // Items in their order with AA between them in most firmware, without it in some: not taken apart.
  return open(di, named('数据块', 'all items'), [part({ zh: '原始数据', en: 'raw' }, hexText(1))], 0);
}

function describeDemandFreeze(
  di: string,
  di2: number,
  named: (zh: string, en: string) => { zh: string; en: string },
): DataDescription | null {
  const register = registerOf(di2);
  if (!register) return null;
  const parts = upTo(0, MOST_RATES).flatMap((rate) => demandParts(register, di2, rate));
  return entries(di, named(`${register.zh}最大需量`, `maximum demand, ${register.en}`), parts, 2);
}
