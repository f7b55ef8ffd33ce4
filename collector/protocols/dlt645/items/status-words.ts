import type { QuantityName } from '#contract/quantities.ts';
import { isAbsent, type Notation, WORD, wordBits, wordOf } from '../data-format.ts';
import type { DataPart } from './description.ts';

/** Bits of a word with one meaning: from which bit, how many, and what each value says. */
type Bits = readonly [from: number, mask: number, says: Readonly<Record<number, string>>];

const flag = (bit: number, says: string): Bits => [bit, 1, { 1: says }];

const PHASE_BITS: readonly Bits[] = [
  flag(0, '失压 voltage loss'),
  flag(1, '欠压 undervoltage'),
  flag(2, '过压 overvoltage'),
  flag(3, '失流 current loss'),
  flag(4, '过流 over-current'),
  flag(5, '过载 overload'),
  flag(6, '潮流反向 reversed power flow'),
  flag(7, '断相 phase loss'),
  flag(8, '断流 current break'),
];

/**
 * DL/T 645-2007 table A.5. Of word 3 the bits from 6 upward are a later extension; bits that are named nowhere are
 * shown with the word itself.
 */
const WORDS: readonly (readonly Bits[])[] = [
  [
    [1, 1, { 0: '滑差 sliding demand', 1: '区间 interval demand' }],
    flag(2, '时钟电池欠压 clock battery low'),
    flag(3, '停电抄表电池欠压 outage battery low'),
    flag(4, '有功反向 active export'),
    flag(5, '无功反向 reactive export'),
  ],
  [
    flag(0, 'A 相有功反向 active export A'),
    flag(1, 'B 相有功反向 active export B'),
    flag(2, 'C 相有功反向 active export C'),
    flag(4, 'A 相无功反向 reactive export A'),
    flag(5, 'B 相无功反向 reactive export B'),
    flag(6, 'C 相无功反向 reactive export C'),
  ],
  [
    flag(0, '第二套时段 second day table'),
    [1, 3, { 0: '主电源供电 main supply', 1: '辅助电源供电 auxiliary supply', 2: '电池供电 battery supply' }],
    flag(3, '编程允许 programming allowed'),
    [4, 1, { 0: '继电器通 relay closed', 1: '继电器断 relay open' }],
    flag(5, '第二套时区 second time zone table'),
    flag(6, '继电器命令断 relay told to open'),
    flag(7, '预跳闸报警 about to trip'),
    [8, 3, { 1: '电量型预付费 prepaid by energy', 2: '电费型预付费 prepaid by money' }],
    flag(10, '第二套费率 second tariff'),
    flag(11, '第二套阶梯 second ladder'),
  ],
  PHASE_BITS,
  PHASE_BITS,
  PHASE_BITS,
  [
    flag(0, '电压逆相序 voltage phase sequence reversed'),
    flag(1, '电流逆相序 current phase sequence reversed'),
    flag(2, '电压不平衡 voltage unbalance'),
    flag(3, '电流不平衡 current unbalance'),
    flag(4, '辅助电源失电 auxiliary supply lost'),
    flag(5, '掉电 power down'),
    flag(6, '需量超限 demand over limit'),
    flag(7, '总功率因数超下限 power factor low'),
    flag(8, '电流严重不平衡 severe current unbalance'),
  ],
];

const WORD_QUANTITIES = [
  'status_word_1',
  'status_word_2',
  'status_word_3',
  'status_word_4',
  'status_word_5',
  'status_word_6',
  'status_word_7',
] as const satisfies readonly QuantityName[];

/** Of word 3: the relay, and the supply of the meter in bits 1 and 2. */
const RELAY_OPEN = { quantity: 'relay_open', format: wordBits(4, 0b1, 1) } as const;
const ON_BATTERY = { quantity: 'on_battery', format: wordBits(1, 0b11, 0b10) } as const;

export const STATUS_WORDS = WORDS.length;

/** Status word `n`, 1 to 7: the word itself as a quantity, and what its bits say as text. */
export function statusWordPart(n: number): DataPart {
  const quantity = WORD_QUANTITIES[n - 1];
  return {
    zh: `电表运行状态字 ${n}`,
    en: `status word ${n}`,
    format: wordNotation(WORDS[n - 1] ?? []),
    quantities: [
      ...(n === 3 ? [RELAY_OPEN, ON_BATTERY] : []),
      ...(quantity === undefined ? [] : [{ quantity, format: WORD }]),
    ],
  };
}

function wordNotation(bits: readonly Bits[]): Notation {
  return {
    ...WORD,
    text(wire) {
      if (isAbsent(wire)) return null;
      const word = wordOf(wire);
      const says = bits.flatMap(([from, mask, values]) => values[(word >> from) & mask] ?? []);
      return [WORD.text(wire), says.join(', ')].filter(Boolean).join(': ');
    },
  };
}
