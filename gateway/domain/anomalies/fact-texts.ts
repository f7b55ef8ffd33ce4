import type { Facts } from './transition.ts';

/** A number or word that a rule saw, with its unit and what it is. */
export interface ToldFact {
  readonly name: string;
  readonly value: number | string;
  /** '' for words and plain numbers. */
  readonly unit: string;
  readonly zh: string;
  readonly en: string;
}

type Row = readonly [unit: string, zh: string, en: string];

const TEXTS: Readonly<Record<string, Row>> = {
  limitA: ['A', '限值', 'limit'],
  limitDays: ['d', '限值', 'limit'],
  limitDeviations: ['', '限值（倍标准差）', 'limit, in standard deviations'],
  limitMin: ['min', '限值', 'limit'],
  limitKva: ['kVA', '限值', 'limit'],
  limitKw: ['kW', '限值', 'limit'],
  limitPercent: ['%', '限值', 'limit'],
  limitPercentOfRated: ['%', '限值（占额定）', 'limit, share of the rating'],
  limitPowerFactor: ['', '限值', 'limit'],
  limitS: ['s', '限值', 'limit'],
  limitTimes: ['', '限值（倍）', 'limit, times'],
  limitV: ['V', '限值', 'limit'],
  limitW: ['W', '限值', 'limit'],
  limitWh: ['Wh', '限值', 'limit'],
  deviations: ['', '偏离同类日（倍标准差）', 'standard deviations from like days'],
  differencePercentOfRated: [
    '%',
    '电量与功率积分之差（占额定）',
    'energy against integrated power, share of the rating',
  ],
  flowedWh: ['Wh', '示值不变期间的功率积分', 'energy that flowed while the register stood still'],
  highestVoltageV: ['V', '最高电压', 'highest voltage'],
  lowestVoltageV: ['V', '最低电压', 'lowest voltage'],
  largestCurrentA: ['A', '最大电流', 'largest current'],
  largestDemandKw: ['kW', '最大需量', 'maximum demand'],
  largestLoadKva: ['kVA', '最大负荷', 'largest load'],
  largestLoadKw: ['kW', '最大负荷', 'largest load'],
  largestOffsetS: ['s', '最大时钟偏差', 'largest clock offset'],
  largestPowerW: ['W', '最大功率', 'largest power'],
  lowestPowerW: ['W', '最小功率', 'lowest power'],
  lowestPowerFactor: ['', '最低功率因数', 'lowest power factor'],
  mostExportedWh: ['Wh', '最大日反向电量', 'most energy exported in a day'],
  mostOfDayWh: ['Wh', '最大日电量', 'most energy in a day'],
  reversedWh: ['Wh', '示值倒走电量', 'energy by which the register went back'],
  timesAllowed: ['', '与允许偏差之比', 'times the allowed difference'],
  timesCapacity: ['', '与最大可计电量之比', 'times the most that the meter can carry'],
  timesOfPower: ['', '电量与功率积分之比', 'energy over integrated power'],
  unbalancePercent: ['%', '最大不平衡率', 'largest unbalance'],
  unexplainedPercent: ['%', '零线与相线电流之差', 'neutral current beyond that of the phase'],
  withoutCurrentMin: ['min', '无电流时间（其他相有负荷）', 'without current while another phase was loaded'],
  zeroDays: ['d', '零电量天数', 'days without use'],
  phase: ['', '相别', 'phase'],
  largestPhase: ['', '最大相', 'phase with the largest value'],
  lowestPhase: ['', '最低相', 'phase with the lowest value'],
  power: ['', '功率方向', 'direction of the power'],
  clock: ['', '快慢', 'fast or slow'],
  cover: ['', '盖板', 'cover'],
  relay: ['', '继电器状态', 'state of the relay'],
  times: ['', '次数', 'times'],
  lastedMin: ['min', '持续时间', 'lasted'],
  registerWh: ['Wh', '示值', 'register'],
  ratesWh: ['Wh', '各费率示值之和', 'sum of the rates'],
  dayWh: ['Wh', '当日电量', 'energy of the day'],
  likeDayWh: ['Wh', '同类日平均电量', 'mean of like days'],
  changePercent: ['%', '变化幅度', 'change'],
  account: ['', '用户状态', 'status of the account'],
  overloadedHoursOfDay: ['h', '当日过载时长', 'overloaded on the day'],
  overloadedDaysInRow: ['d', '连续过载天数', 'overloaded days in a row'],
  suggestion: ['', '建议', 'suggestion'],
  reasonsZh: ['', '理由', 'reasons, in Chinese'],
  reasonsEn: ['', '理由（英文）', 'reasons'],
  shareLoss: ['', '理由占比：台区损失', 'share of the reasons: loss of the area'],
  shareNeutral: ['', '理由占比：零线电流', 'share of the reasons: neutral current'],
  shareEvents: ['', '理由占比：事件', 'share of the reasons: events'],
  shareNeighbours: ['', '理由占比：邻户比较', 'share of the reasons: neighbours'],
  fallDate: ['', '用电下降日期', 'day on which the use fell'],
  beforeWhADay: ['Wh', '下降前日均电量', 'energy a day before'],
  afterWhADay: ['Wh', '下降后日均电量', 'energy a day afterwards'],
  againstNeighbours: ['', '与邻户变化之比', 'change against the neighbours'],
  lossRiseWhADay: ['Wh', '台区日损失电量增加', 'rise of the loss of the area a day'],
};

/** Facts with what they are; one without a text keeps its name. */
export function toldFacts(facts: Facts): ToldFact[] {
  return Object.entries(facts).map(([name, value]) => {
    const [unit, zh, en] = TEXTS[name] ?? ['', name, name];
    return { name, value, unit, zh, en };
  });
}

/** Names that have a text. */
export const FACT_NAMES: readonly string[] = Object.keys(TEXTS);
