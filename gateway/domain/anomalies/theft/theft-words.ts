import type { TheftScore, TheftSign } from './theft-score.ts';

interface BothTexts {
  readonly zh: string;
  readonly en: string;
}

const SIGNS: Readonly<Record<TheftSign['kind'], BothTexts>> = {
  cover_opened: { zh: '开表盖', en: 'the cover was opened' },
  magnetic_field: { zh: '恒定磁场干扰', en: 'a magnetic field was there' },
  voltage_lost: { zh: '失压', en: 'a voltage was lost' },
  current_lost: { zh: '失流', en: 'a current was lost' },
  neutral_current: { zh: '零线电流与相线电流不等', en: 'the current of the neutral differs from that of the phase' },
};

/** The reasons for a suspicion in words, the weightiest first; `dates` are the business dates of the window. */
export function theftReasons(score: TheftScore, dates: readonly string[]): BothTexts[] {
  const { fall, lossRiseWh, againstNeighbours, reasons, signs } = score;
  const found: BothTexts[] = [];
  if (fall) {
    const [date, before, after] = [dates[fall.day] ?? '', kwh(fall.beforeWh), kwh(fall.afterWh)];
    found.push({
      zh: `日用电量自 ${date} 起由 ${before} 降至 ${after} kWh`,
      en: `daily use fell from ${before} to ${after} kWh on ${date}`,
    });
  }
  if (reasons.loss > 0) {
    const [rise, share] = [kwh(lossRiseWh), Math.round(reasons.loss * 100)];
    found.push({
      zh: `同时台区日损失电量增加 ${rise} kWh，相当于所降电量的 ${share} %`,
      en: `the area lost ${rise} kWh more a day from then on, ${share} % of what the use fell by`,
    });
  }
  if (reasons.neighbours > 0) {
    const percent = Math.round((1 - againstNeighbours) * 100);
    found.push({
      zh: `与同台区用户相比用电下降 ${percent} %`,
      en: `use fell by ${percent} % against the neighbours of the area`,
    });
  }
  const named = new Set<TheftSign['kind']>();
  for (const { kind, day } of signs) {
    if (named.has(kind)) continue;
    named.add(kind);
    found.push({ zh: `${dates[day] ?? ''} ${SIGNS[kind].zh}`, en: `${SIGNS[kind].en} on ${dates[day] ?? ''}` });
  }
  return found;
}

function kwh(wh: number): string {
  return (wh / 1000).toFixed(1);
}
