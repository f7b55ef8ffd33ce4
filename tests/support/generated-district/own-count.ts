import { CUSTOMERS_AN_AREA, type Defect, type Ending, type GeneratedPlan, isExchange } from './plan.ts';

/** Ingest sets these values aside as suspect on the day of the defect. */
const SUSPECT: ReadonlySet<Defect> = new Set(['zero_register', 'shifted_decimal', 'rates_apart', 'time_stamp']);

/**
 * How the meters of a day ended, by name: `answered first`, `suspect`, `failed crc_error`, `excluded excluded_new`,
 * `not_installed`. Counted from what was done to them, with nothing of the product in between.
 */
export type Ended = ReadonlyMap<string, number>;

export type KeyOf = (meter: { area: number; presentArea: number; nth: number }) => string;

/** Counts of a day by a key of the meter. */
export function ownCount(plan: GeneratedPlan, day: number, keyOf: KeyOf): Map<string, Map<string, number>> {
  const groups = new Map<string, Map<string, number>>();
  const add = (key: string, name: string): void => {
    const group = groups.get(key) ?? new Map<string, number>();
    groups.set(key, group.set(name, (group.get(name) ?? 0) + 1));
  };
  for (let area = 0; area < plan.areas; area++) {
    for (let nth = 0; nth <= CUSTOMERS_AN_AREA; nth++) {
      const { defect, day: from } = plan.defectOf(area, nth);
      const presentArea = defect === 'moved' ? plan.areaAfterMove(area) : area;
      const key = keyOf({ area, presentArea, nth });
      add(key, nameOf(plan.endingOf(area, nth, day), day === from && SUSPECT.has(defect)));
      if (isExchange(defect)) add(key, nameOf(plan.replacementEndingOf(area, nth, day), false));
    }
  }
  return groups;
}

function nameOf(ending: Ending, isSuspect: boolean): string {
  if (ending.how === 'failed' || ending.how === 'excluded') return `${ending.how} ${ending.reason}`;
  if (ending.how === 'not_installed') return ending.how;
  return isSuspect ? 'suspect' : `answered ${ending.how}`;
}
