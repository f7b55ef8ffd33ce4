import type { AccountHealth, MeterHealth } from './account-health.ts';

interface BothTexts {
  readonly zh: string;
  readonly en: string;
}

const GOOD_COMPLETENESS = 0.95;
const GOOD_FACTOR = 0.9;
const GOOD_VOLTAGE = 0.98;
const MOST_UNBALANCE = 0.3;

/** The report in one sentence for each thing that is not as it should be; else that all is well. */
export function healthSummary({ meters, anomalies, outages }: AccountHealth): BothTexts {
  const said: BothTexts[] = meters.flatMap(meterWords);
  const open = anomalies.filter(({ closedAt }) => closedAt === null).length;
  if (anomalies.length > 0) {
    said.push({
      zh: `用电异常 ${anomalies.length} 项，其中 ${open} 项未结束`,
      en: `anomalies: ${anomalies.length}, of them open: ${open}`,
    });
  }
  if (outages.length > 0)
    said.push({ zh: `停电 ${outages.length} 次`, en: `interruptions of supply: ${outages.length}` });
  if (meters.every(({ points }) => points === 0)) {
    said.unshift({
      zh: '当日无负荷曲线，负荷与电压无法评价',
      en: 'no curve of the day: nothing can be said of load and voltage',
    });
  }
  if (said.length === 0) return { zh: '当日用电正常。', en: 'The day was as it should be.' };
  return { zh: `${said.map(({ zh }) => zh).join('；')}。`, en: `${said.map(({ en }) => en).join('; ')}.` };
}

function meterWords(health: MeterHealth): BothTexts[] {
  const { meter, points, expected, hoursOver80, hoursOver100, powerFactor, voltageGood, maxUnbalance } = health;
  if (points === 0) return [];
  const said: BothTexts[] = [];
  const say = (isSaid: boolean, zh: string, en: string): void => {
    if (isSaid) said.push({ zh: `${meter} ${zh}`, en: `${meter}: ${en}` });
  };
  const percent = (share: number | null): string => `${Math.round((share ?? 0) * 1000) / 10} %`;
  const whole = expected === 0 ? 1 : points / expected;
  say(whole < GOOD_COMPLETENESS, `曲线完整率 ${percent(whole)}`, `${percent(whole)} of the curve is there`);
  if ((hoursOver100 ?? 0) > 0) say(true, `超容量运行 ${hoursOver100} 小时`, `${hoursOver100} h over the capacity`);
  else say((hoursOver80 ?? 0) > 0, `重载（>80 %）${hoursOver80} 小时`, `${hoursOver80} h over 80 % of the capacity`);
  const factor = Math.round((powerFactor ?? 1) * 100) / 100;
  say(powerFactor !== null && powerFactor < GOOD_FACTOR, `功率因数 ${factor}`, `power factor ${factor}`);
  say(
    voltageGood !== null && voltageGood < GOOD_VOLTAGE,
    `电压合格率 ${percent(voltageGood)}`,
    `${percent(voltageGood)} of the voltages within 93 to 107 %`,
  );
  say(
    maxUnbalance !== null && maxUnbalance > MOST_UNBALANCE,
    `三相电流最大不平衡率 ${percent(maxUnbalance)}`,
    `currents unbalanced by up to ${percent(maxUnbalance)}`,
  );
  return said;
}
