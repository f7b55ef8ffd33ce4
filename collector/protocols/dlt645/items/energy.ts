import { ENERGY, MONEY, STAMP } from '../data-format.ts';
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
import { MOST_RATES, type Register, rateName, registerOf, SETTLEMENTS_KEPT, settlementName } from './registers.ts';

/** Remaining energy and money, table A.1; by DI1 DI0. */
const COST_CONTROL = new Map([
  ['0100', [{ zh: '剩余电量', en: 'remaining energy' }, ENERGY]],
  ['0101', [{ zh: '透支电量', en: 'overdrawn energy' }, ENERGY]],
  ['0200', [{ zh: '剩余金额', en: 'remaining credit' }, MONEY]],
  ['0201', [{ zh: '透支金额', en: 'overdrawn amount' }, MONEY]],
] as const);

const COST_DI2 = 0x90;

/** Energies `00 DI2 DI1 DI0`: register, rate, settlement day (DL/T 645-2007 table A.1). */
export function describeEnergy(di: string, [, di2, di1, di0]: DiNumbers): DataDescription | null {
  if (di2 === COST_DI2) {
    const [name, format] = COST_CONTROL.get(di.slice(4) as '0100') ?? [];
    return name && format ? whole(di, name, [part(name, format, quantityOf(di))]) : null;
  }
  const register = registerOf(di2);
  if (!register) return null;
  return describeRegister(di, register, di1, di0, (rate, when) => {
    const name = { zh: `${register.zh}${rateName(rate).zh}电能`, en: `${register.en}, ${rateName(rate).en}` };
    return [part(at(name, when), register.energy, when === 0 ? quantityOf(`00${hex2(di2)}${hex2(rate)}00`) : null)];
  });
}

/** Maximum demands `01 DI2 DI1 DI0` with the time each occurred (table A.2). */
export function describeDemand(di: string, [, di2, di1, di0]: DiNumbers): DataDescription | null {
  const register = registerOf(di2);
  if (!register?.demand) return null;
  return describeRegister(di, register, di1, di0, (rate, when) =>
    demandParts(register, di2, rate, when).map((each) => ({ ...each, ...at(each, when) })),
  );
}

/** Demand and the time it occurred. */
export function demandParts({ zh, en, demand }: Register, di2: number, rate: number, when = 0): DataPart[] {
  const of = `01${hex2(di2)}${hex2(rate)}00`;
  const { zh: rateZh, en: rateEn } = rateName(rate);
  const value = { zh: `${zh}${rateZh}最大需量`, en: `maximum demand, ${en}, ${rateEn}` };
  const time = { zh: `${value.zh}发生时间`, en: `time of ${value.en}` };
  if (demand === null) return [];
  return [
    part(value, demand, when === 0 ? quantityOf(of) : null),
    part(time, STAMP, when === 0 ? quantityOf(of, 'time') : null),
  ];
}

/** Total and rates of one energy in a row, as freezes hold them. */
export function energyParts({ zh, en, energy }: Register, di2: number): DataPart[] {
  return upTo(0, MOST_RATES).map((rate) => {
    const { zh: rateZh, en: rateEn } = rateName(rate);
    const name = { zh: `${zh}${rateZh}电能`, en: `${en}, ${rateEn}` };
    return part(name, energy, quantityOf(`00${hex2(di2)}${hex2(rate)}00`));
  });
}

/** One value, the block of all rates (DI1 = FF), or the block of all settlement days (DI0 = FF). */
function describeRegister(
  di: string,
  { zh, en, hasRates }: Register,
  di1: number,
  di0: number,
  partsOf: (rate: number, when: number) => DataPart[],
): DataDescription | null {
  const isRateBlock = di1 === ALL && hasRates && di0 <= SETTLEMENTS_KEPT;
  const isDayBlock = di0 === ALL && di1 <= (hasRates ? MOST_RATES : 0);
  if (isRateBlock) {
    const parts = upTo(0, MOST_RATES).flatMap((rate) => partsOf(rate, di0));
    return entries(di, at({ zh: `${zh}数据块`, en: `${en}, total and rates` }, di0), parts, partsOf(0, 0).length);
  }
  if (isDayBlock) {
    const parts = upTo(0, SETTLEMENTS_KEPT).flatMap((when) => partsOf(di1, when));
    const name = { zh: `${zh}${rateName(di1).zh}各结算日数据块`, en: `${en}, ${rateName(di1).en}, settlement days` };
    return entries(di, name, parts, partsOf(0, 0).length);
  }
  if (di1 > (hasRates ? MOST_RATES : 0) || di0 > SETTLEMENTS_KEPT) return null;
  const parts = partsOf(di1, di0);
  const [first] = parts;
  return first ? whole(di, first, parts) : null;
}

function at({ zh, en }: { zh: string; en: string }, when: number): { zh: string; en: string } {
  const { zh: whenZh, en: whenEn } = settlementName(when);
  return { zh: whenZh + zh, en: en + whenEn };
}
