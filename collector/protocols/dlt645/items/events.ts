import { type DataDescription, type DataPart, type DiNumbers, open, whole } from './description.ts';
import {
  CLEARING,
  COUNT,
  CURRENT_AT,
  coverRecord,
  DEMAND_OVER,
  END,
  EVENT_CLEARING,
  increments,
  MINUTES,
  PROGRAMMING,
  phaseRecord,
  QUALIFICATION,
  START,
  TIME_SETTING,
} from './event-records.ts';

interface Named {
  readonly zh: string;
  readonly en: string;
}

/** Records that a meter keeps of each kind of event. */
const RECORDS_KEPT = 10;
const PHASES = ['A', 'B', 'C'] as const;

/** DI2 of events that come by phase: a summary of all three, and records of each. */
const OF_PHASES: ReadonlyMap<number, Named> = new Map([
  [0x01, { zh: '失压', en: 'voltage loss' }],
  [0x02, { zh: '欠压', en: 'undervoltage' }],
  [0x03, { zh: '过压', en: 'overvoltage' }],
  [0x04, { zh: '断相', en: 'phase loss' }],
  [0x0b, { zh: '失流', en: 'current loss' }],
  [0x0c, { zh: '过流', en: 'over-current' }],
  [0x0d, { zh: '断流', en: 'current break' }],
  [0x0e, { zh: '潮流反向', en: 'reversed power flow' }],
  [0x0f, { zh: '过载', en: 'overload' }],
]);

interface Series extends Named {
  /** Behind DI0 = 00. */
  readonly summary: readonly DataPart[];
  /** Behind DI0 = 01 to 0A, and how many of these parts every meter sends. */
  readonly record: readonly DataPart[];
  readonly certain: number;
}

function series(zh: string, en: string, record: readonly DataPart[], certain = 2, summary = [COUNT]): Series {
  return { zh, en, summary, record, certain };
}

const TIMED = [COUNT, MINUTES];
const SPAN = [START, END];
const WITH_GAINS = [...SPAN, ...increments('总', ', total')];

/** By DI3 DI2 DI1. */
const SERIES: ReadonlyMap<string, Series> = new Map([
  ['030500', series('全失压', 'loss of all voltages', [START, CURRENT_AT, END], 3, TIMED)],
  ['030600', series('辅助电源失电', 'loss of auxiliary supply', SPAN, 2, TIMED)],
  ['030700', series('电压逆相序', 'voltage phase sequence', WITH_GAINS, 2, TIMED)],
  ['030800', series('电流逆相序', 'current phase sequence', WITH_GAINS, 2, TIMED)],
  ['030900', series('电压不平衡', 'voltage unbalance', SPAN, 2, TIMED)],
  ['030A00', series('电流不平衡', 'current unbalance', SPAN, 2, TIMED)],
  ['031100', series('掉电', 'power down', SPAN)],
  ['033000', series('编程', 'programming', PROGRAMMING)],
  ['033001', series('电表清零', 'meter cleared', CLEARING)],
  ['033002', series('需量清零', 'demand cleared', CLEARING)],
  ['033003', series('事件清零', 'events cleared', EVENT_CLEARING)],
  ['033004', series('校时', 'clock set', TIME_SETTING, 3)],
  ['033005', series('时段表编程', 'day tables programmed', CLEARING)],
  ['033006', series('时区表编程', 'time zones programmed', CLEARING)],
  ['033007', series('周休日编程', 'days off programmed', CLEARING)],
  ['033008', series('节假日编程', 'holidays programmed', CLEARING)],
  ['033009', series('有功组合方式编程', 'active combination programmed', CLEARING)],
  ['03300A', series('无功组合方式1编程', 'reactive combination 1 programmed', CLEARING)],
  ['03300B', series('无功组合方式2编程', 'reactive combination 2 programmed', CLEARING)],
  ['03300C', series('结算日编程', 'settlement days programmed', CLEARING)],
  ['03300D', series('开表盖', 'cover opened', coverRecord())],
  ['03300E', series('开端钮盒', 'terminal cover opened', coverRecord())],
  ['033500', series('恒定磁场干扰', 'magnetic field', SPAN)],
  ['1D0001', series('跳闸', 'relay opened', CLEARING)],
  ['1E0001', series('合闸', 'relay closed', CLEARING)],
]);

/** Counts of relay events stand beside their records, not in front of them. */
const RELAY_COUNTS: ReadonlyMap<string, Named> = new Map([
  ['1D000001', { zh: '跳闸次数', en: 'relay opened, count' }],
  ['1E000001', { zh: '合闸次数', en: 'relay closed, count' }],
]);

const QUALIFIED = 0x10;
const DEMAND_OVER_DI2 = 0x12;
const DEMANDS = ['正向有功', '反向有功', '第一象限无功', '第二象限无功', '第三象限无功', '第四象限无功'] as const;

/** Event records `03 DI2 DI1 DI0`, and of the relay `1D`, `1E` (DL/T 645-2007 table A.4). */
export function describeEvent(di: string, [di3, di2, di1, di0]: DiNumbers): DataDescription | null {
  const relay = RELAY_COUNTS.get(di);
  if (relay) return whole(di, relay, [COUNT]);
  const known = SERIES.get(di.slice(0, 6));
  if (known) return describeSeries(di, known, di0);
  if (di3 !== 0x03) return null;
  const ofPhase = OF_PHASES.get(di2);
  if (ofPhase) return describePhase(di, ofPhase, di1, di0);
  if (di2 === QUALIFIED) return describeQualification(di, di1, di0);
  return di2 === DEMAND_OVER_DI2 ? describeDemandOver(di, di1, di0) : null;
}

function describeSeries(di: string, { zh, en, summary, record, certain }: Series, di0: number): DataDescription | null {
  const isRelay = di.startsWith('1');
  if (di0 === 0) return isRelay ? null : open(di, { zh: `${zh}总次数`, en: `${en}, count` }, summary, 1);
  return di0 <= RECORDS_KEPT ? open(di, back(di0, { zh, en }), record, certain) : null;
}

function describePhase(di: string, { zh, en }: Named, di1: number, di0: number): DataDescription | null {
  if (di1 === 0 && di0 === 0) {
    const parts = PHASES.flatMap((phase) =>
      TIMED.map((each) => ({ ...each, zh: `${phase} 相${each.zh}`, en: `${each.en}, phase ${phase}` })),
    );
    return whole(di, { zh: `${zh}总次数和总累计时间`, en: `${en}, counts and times` }, parts);
  }
  const phase = PHASES[di1 - 1];
  if (phase === undefined || di0 < 1 || di0 > RECORDS_KEPT) return null;
  return open(di, back(di0, { zh: `${phase} 相${zh}`, en: `${en}, phase ${phase}` }), phaseRecord(di1), 2);
}

function describeQualification(di: string, di1: number, di0: number): DataDescription | null {
  if (di1 > PHASES.length || di0 > 12) return null;
  const phase = PHASES[di1 - 1];
  const month = di0 === 0 ? { zh: '本月', en: 'this month' } : { zh: `上 ${di0} 月`, en: `${di0} months back` };
  const of = phase === undefined ? { zh: '', en: '' } : { zh: `${phase} 相`, en: `, phase ${phase}` };
  const name = { zh: `${month.zh}${of.zh}电压合格率统计`, en: `voltage quality${of.en}, ${month.en}` };
  return open(di, name, QUALIFICATION, 5);
}

function describeDemandOver(di: string, di1: number, di0: number): DataDescription | null {
  if (di1 === 0 && di0 === 0) {
    const parts = DEMANDS.map((zh, i) => ({ ...COUNT, zh: `${zh}${COUNT.zh}`, en: `count, demand ${i + 1}` }));
    return whole(di, { zh: '需量超限总次数', en: 'demand over limit, counts' }, parts);
  }
  const zh = DEMANDS[di1 - 1];
  if (zh === undefined || di0 < 1 || di0 > RECORDS_KEPT) return null;
  return open(di, back(di0, { zh: `${zh}需量超限`, en: `demand ${di1} over limit` }), DEMAND_OVER, 2);
}

function back(di0: number, { zh, en }: Named): Named {
  return { zh: `上 ${di0} 次${zh}记录`, en: `${en}, record ${di0} back` };
}
