import { CUSTOMERS_AN_AREA, type GeneratedPlan, isExchange, SUPPLY_RATIO } from './plan.ts';
import { type AreaRegisters, REPLACEMENT_START_WH } from './registers.ts';

export interface Energy {
  readonly suppliedWh: number;
  readonly soldWh: number;
}

/** Days on which the registers of a meter with this defect do not speak for its energy, or its place changes. */
const TOUCHED: ReadonlySet<string> = new Set([
  'zero_register',
  'shifted_decimal',
  'rates_apart',
  'time_stamp',
  'repeated_freeze',
  'ratio_change',
  'moved',
  'new',
  'removed',
  'exchange_without_start',
]);

/**
 * Energy of an area over a business date, added up from what its meters truly counted; `incomplete` when one of them
 * was not read at both ends; null for days on which meters come, go, or tell what is not so: those are not added up here.
 */
export function ownEnergy(
  plan: GeneratedPlan,
  registersOf: (area: number) => AreaRegisters,
  area: number,
  day: number,
): Energy | 'incomplete' | null {
  const registers = registersOf(area);
  if (plan.isStopped(area) || movedHere(plan, area)) return null;
  let soldWh = 0;
  let fedInWh = 0;
  for (let nth = 1; nth <= CUSTOMERS_AN_AREA; nth++) {
    const part = partOf(plan, area, nth, day);
    if (part === 'unclear') return null;
    if (part === 'none') continue;
    const useWh = energyOf(plan, registers, nth, day);
    if (useWh === null) return 'incomplete';
    soldWh += useWh;
    if (registers.isGenerator(nth)) fedInWh += registers.exportOf(nth, day + 1) - registers.exportOf(nth, day);
  }
  if (!wasRead(plan, area, 0, day) || !wasRead(plan, area, 0, day + 1)) return 'incomplete';
  const gridWh = (registers.registerOf(0, day + 1) - registers.registerOf(0, day)) * SUPPLY_RATIO;
  return { suppliedWh: gridWh + fedInWh, soldWh };
}

/** Whether a customer has a part in the energy of the area on a day that can be added up here. */
function partOf(plan: GeneratedPlan, area: number, nth: number, day: number): 'whole' | 'none' | 'unclear' {
  const { defect, day: from } = plan.defectOf(area, nth);
  if (defect === 'moved' || defect === 'ratio_change') return 'unclear';
  if (TOUCHED.has(defect) && Math.abs(day - from) <= 1) return 'unclear';
  const isAway = (defect === 'new' && day < from) || (defect === 'removed' && day > from);
  return isAway || defect === 'account_closed' ? 'none' : 'whole';
}

function movedHere(plan: GeneratedPlan, area: number): boolean {
  for (let other = 0; other < plan.areas; other++) {
    if (plan.areaAfterMove(other) !== area) continue;
    for (let nth = 1; nth <= CUSTOMERS_AN_AREA; nth++) if (plan.defectOf(other, nth).defect === 'moved') return true;
  }
  return false;
}

function wasRead(plan: GeneratedPlan, area: number, nth: number, day: number): boolean {
  return 'minutes' in plan.endingOf(area, nth, day);
}

/** Wh of one customer, over an exchange too; null when an end was not read. */
function energyOf(plan: GeneratedPlan, registers: AreaRegisters, nth: number, day: number): number | null {
  const { defect, day: from } = plan.defectOf(registers.area, nth);
  const { area } = registers;
  if (isExchange(defect) && day >= from) {
    const isReplaced = (d: number): boolean => 'minutes' in plan.replacementEndingOf(area, nth, d);
    if (!isReplaced(day + 1) || (day > from && !isReplaced(day))) return null;
    if (day > from) return registers.replacementOf(nth, day + 1) - registers.replacementOf(nth, day);
    if (!wasRead(plan, area, nth, day)) return null;
    const oldWh = registers.noonOf(nth, day) - registers.registerOf(nth, day);
    return oldWh + registers.replacementOf(nth, day + 1) - REPLACEMENT_START_WH;
  }
  if (!wasRead(plan, area, nth, day) || !wasRead(plan, area, nth, day + 1)) return null;
  return registers.useOf(nth, day);
}
