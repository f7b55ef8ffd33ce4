import {
  bcd,
  CURRENT,
  count,
  digitsText,
  ENERGY,
  FACTOR,
  hexText,
  PERCENT,
  POWER,
  REACTIVE,
  REACTIVE_POWER,
  timeText,
  VOLTAGE,
} from '../data-format.ts';
import { type DataPart, part } from './description.ts';
import { energyParts } from './energy.ts';
import { registerOf } from './registers.ts';

/** YYMMDDhhmmss of an event. */
const EVENT_TIME = timeText('YYMMDDhhmmss');
/** Operator's code: 4 bytes. */
const OPERATOR = part({ zh: '操作者代码', en: 'operator' }, digitsText(4));
/** Ampere-hours of a voltage loss. */
const AMPERE_HOURS = bcd('XXXXXX.XX', 'Ah');

export const START = part({ zh: '发生时刻', en: 'start' }, EVENT_TIME);
export const END = part({ zh: '结束时刻', en: 'end' }, EVENT_TIME);
export const MOMENT = part({ zh: '发生时刻', en: 'time' }, EVENT_TIME);
export const COUNT = part({ zh: '总次数', en: 'count' }, count(6));
export const MINUTES = part({ zh: '总累计时间', en: 'total time' }, count(6, 'min'));
export const CURRENT_AT = part({ zh: '电流值', en: 'current' }, CURRENT);

export function increments(of: string, ofEn: string): DataPart[] {
  return [
    part({ zh: `${of}正向有功增量`, en: `active import gained${ofEn}` }, ENERGY),
    part({ zh: `${of}反向有功增量`, en: `active export gained${ofEn}` }, ENERGY),
    part({ zh: `${of}组合无功1增量`, en: `reactive 1 gained${ofEn}` }, REACTIVE),
    part({ zh: `${of}组合无功2增量`, en: `reactive 2 gained${ofEn}` }, REACTIVE),
  ];
}

/** State of one phase at the start, with what it gained during the event. */
function phaseState(letter: string): DataPart[] {
  return [
    ...increments(`${letter} 相`, `, phase ${letter}`),
    part({ zh: `${letter} 相电压`, en: `voltage, phase ${letter}` }, VOLTAGE),
    part({ zh: `${letter} 相电流`, en: `current, phase ${letter}` }, CURRENT),
    part({ zh: `${letter} 相有功功率`, en: `active power, phase ${letter}` }, POWER),
    part({ zh: `${letter} 相无功功率`, en: `reactive power, phase ${letter}` }, REACTIVE_POWER),
    part({ zh: `${letter} 相功率因数`, en: `power factor, phase ${letter}` }, FACTOR),
  ];
}

const LETTERS = ['A', 'B', 'C'] as const;

/** A record of one phase, 131 bytes with the ampere-hours: the phase itself and then the two others. */
export function phaseRecord(phase: number): DataPart[] {
  const own = LETTERS[phase - 1] ?? 'A';
  const others = LETTERS.filter((letter) => letter !== own);
  return [
    START,
    END,
    ...increments('总', ', total'),
    ...[own, ...others].flatMap(phaseState),
    ...['总', 'A 相', 'B 相', 'C 相'].map((of, i) =>
      part({ zh: `${of}安时数`, en: `ampere-hours, ${LETTERS[i - 1] ?? 'total'}` }, AMPERE_HOURS),
    ),
  ];
}

/** Registers before and after a cover was open: import, export, quadrants 1 to 4; 60 bytes with the times. */
export function coverRecord(): DataPart[] {
  const registers = [1, 2, 5, 6, 7, 8];
  const states = [
    ['前', 'before'],
    ['后', 'after'],
  ] as const;
  return [START, END, ...states.flatMap(([zh, en]) => registers.flatMap((di2) => totalAt(di2, zh, en)))];
}

function totalAt(di2: number, zh: string, en: string): DataPart[] {
  const register = registerOf(di2);
  const [total] = register ? energyParts(register, di2) : [];
  return total ? [part({ zh: `${zh}${total.zh}`, en: `${total.en}, ${en}` }, total.format)] : [];
}

/** Who changed which items: ten identifiers, unused ones all FF. */
export const PROGRAMMING = [
  MOMENT,
  OPERATOR,
  ...Array.from({ length: 10 }, (_, i) => part({ zh: `数据标识 ${i + 1}`, en: `identifier ${i + 1}` }, hexText(4))),
];
export const CLEARING = [MOMENT, OPERATOR];
export const EVENT_CLEARING = [
  MOMENT,
  OPERATOR,
  part({ zh: '被清事件数据标识', en: 'identifier of what was cleared' }, hexText(4)),
];
export const TIME_SETTING = [
  OPERATOR,
  part({ zh: '校时前时间', en: 'before' }, EVENT_TIME),
  part({ zh: '校时后时间', en: 'after' }, EVENT_TIME),
];
export const DEMAND_OVER = [
  START,
  END,
  part({ zh: '最大需量', en: 'maximum demand' }, POWER),
  part({ zh: '最大需量发生时间', en: 'time of maximum demand' }, timeText('YYMMDDhhmm')),
];

const LIMIT_TIME = timeText('MMDDhhmm');

/** Voltage qualification of one phase in one month. */
export const QUALIFICATION = [
  part({ zh: '电压监测时间', en: 'monitored time' }, count(6, 'min')),
  part({ zh: '电压合格率', en: 'voltage within limits' }, bcd('XXXX.XX', PERCENT.unit)),
  part({ zh: '电压超限率', en: 'voltage outside limits' }, bcd('XXXX.XX', PERCENT.unit)),
  part({ zh: '电压超上限时间', en: 'time above the upper limit' }, count(6, 'min')),
  part({ zh: '电压超下限时间', en: 'time below the lower limit' }, count(6, 'min')),
  part({ zh: '最高电压', en: 'highest voltage' }, VOLTAGE),
  part({ zh: '最高电压出现时间', en: 'time of the highest voltage' }, LIMIT_TIME),
  part({ zh: '最低电压', en: 'lowest voltage' }, VOLTAGE),
  part({ zh: '最低电压出现时间', en: 'time of the lowest voltage' }, LIMIT_TIME),
];
