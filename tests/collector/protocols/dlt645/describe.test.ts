import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QUANTITIES } from '#contract/quantities.ts';
import { decodeData, describeDi } from '../../../../collector/protocols/dlt645/describe.ts';
import { EVENT_SOURCES } from '../../../../collector/protocols/dlt645/event-sources.ts';
import { hex, REPLIES } from './vectors.ts';

function values(di: string, data: string): (string | null)[] | undefined {
  return decodeData(di, hex(data))?.map(({ value, unit }) => (value === null ? null : `${value} ${unit}`.trim()));
}

describe('the description of an identifier', () => {
  it.each([
    ['00000000', '组合有功总电能', 'active energy, combined, total'],
    ['00010400', '正向有功谷电能', 'active energy import, rate 4 (valley)'],
    ['00013F00', '正向有功费率 63 电能', 'active energy import, rate 63'],
    ['0001000C', '上 12 结算日正向有功总电能', 'active energy import, total, settlement 12 back'],
    ['000100FF', '正向有功总各结算日数据块', 'active energy import, total, settlement days'],
    ['00090000', '正向视在总电能', 'apparent energy import, total'],
    ['00290000', 'B 相正向有功总电能', 'active energy import, phase B, total'],
    ['00820000', '反向有功基波总电能', 'fundamental active energy export, total'],
    ['00950000', 'A 相正向有功基波总电能', 'fundamental active energy import, phase A, total'],
    ['00900200', '剩余金额', 'remaining credit'],
    ['01020001', '上 1 结算日反向有功总最大需量', 'maximum demand, active energy export, total, settlement 1 back'],
    ['02070300', 'C 相相角', 'phase angle, phase C'],
    ['020A0105', 'A 相电压 5 次谐波含量', 'voltage, phase A, harmonic 5'],
    ['0280000A', '内部电池工作时间', 'battery working time'],
    ['03300D0A', '上 10 次开表盖记录', 'cover opened, record 10 back'],
    ['03040000', '断相总次数和总累计时间', 'phase loss, counts and times'],
    ['030B0301', '上 1 次C 相失流记录', 'current loss, phase C, record 1 back'],
    ['03100100', '本月A 相电压合格率统计', 'voltage quality, phase A, this month'],
    ['04000503', '电表运行状态字 3', 'status word 3'],
    ['04090102', '失压事件电压恢复下限', 'voltage loss: ends above this voltage'],
    ['04010001', '第一套第 1 日时段表', 'day table 1, set 1'],
    ['0506013E', '上 62 次日冻结正向有功电能', 'daily freeze, 62 back: active energy import'],
    ['050400FE', '上 254 次整点冻结时间', 'hourly freeze, 254 back: time'],
    [
      '06010001',
      '第1类（电压、电流、频率）给定时间负荷记录块',
      'load profile, class 1 (voltage, current, frequency): records from a given time',
    ],
    ['1D000001', '跳闸次数', 'relay opened, count'],
  ])('%s names it', (di, zh, en) => {
    expect(describeDi(di)).toMatchObject({ di, zh, en });
  });

  it.each([
    '00014000',
    '0001000D',
    '000B0000',
    '00140000',
    '00290100',
    '00800100',
    '01000000',
    '02010000',
    '02010001',
    '02100000',
    '03110010',
    '04FF0101',
    '04000508',
    '0506013F',
    '05060001FF',
    '06070000',
    'FFFFFFFF',
    '0001000',
    'g',
  ])('%s is none', (di) => {
    expect(describeDi(di)).toBeNull();
  });

  it('has both languages and at least one value for every identifier it knows', () => {
    const bytes = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 0x0a, 0x0b, 0x10, 0x30, 0x80, 0x90, 0xff);
    const dis = fc.tuple(
      fc.constantFrom('00', '01', '02', '03', '04', '05', '06', '1D', '1E'),
      bytes,
      bytes,
      fc.nat(255),
    );
    fc.assert(
      fc.property(dis, ([di3, ...rest]) => {
        const di = di3 + Buffer.from(rest).toString('hex').toUpperCase();
        const known = describeDi(di);
        if (known === null) return;
        expect(known.di).toBe(di);
        expect(known.zh).not.toBe('');
        expect(known.en).not.toMatch(/undefined|null/);
        expect(known.zh).not.toMatch(/undefined|null/);
        expect(known.parts.length).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });

  it('covers what quantities and events are read from', () => {
    for (const { di, name } of QUANTITIES) if (di !== null) expect(describeDi(di), name).not.toBeNull();
    for (const { countDi, series } of Object.values(EVENT_SOURCES)) {
      expect(describeDi(countDi), countDi).not.toBeNull();
      for (const each of series) expect(describeDi(`${each.series}01`), each.series).not.toBeNull();
    }
  });

  it('covers every recorded reply', () => {
    const dis = REPLIES.flatMap(({ parsed }) => (parsed.control === '91' && parsed.di ? [parsed.di] : []));
    expect(dis.filter((di) => describeDi(di) === null)).toEqual([]);
  });
});

describe('the data behind an identifier', () => {
  it.each([
    ['00000000', '34120080', ['-12.34 kWh']],
    ['01010000', '4523014513200524', ['1.2345 kW', '2024-05-20 13:45']],
    ['0201FF00', '5622FFFFFFFF', ['225.6 V', null, null]],
    ['02800007', '0582', ['-20.5 °C']],
    ['04000102', '594523', ['23:45:59']],
    ['04000404', '563032320000', ['220V']],
    ['04000B01', '0001', ['01 00']],
    ['04000C02', '12345678', ['(not shown)']],
    [
      '04000501',
      '0C00',
      ['000C: 滑差 sliding demand, 时钟电池欠压 clock battery low, 停电抄表电池欠压 outage battery low'],
    ],
    ['04010001', '010000022330', ['1', '00:00', '2', '30:23']],
    ['03300400', '270000', ['27']],
    ['03110001', '052314170625000000000000', ['2025-06-17 14:23:05', 'not recorded']],
  ])('of %s = %s is %j', (di, data, expected) => {
    expect(values(di, data)?.slice(0, expected.length)).toEqual(expected);
  });

  it('of an unknown identifier is nothing', () => {
    expect(decodeData('FFFFFFFF', hex('00'))).toBeNull();
  });

  it.each([
    ['00010000', '0A000000', 'not BCD: 0000000A'],
    ['00010000', '000000', 'the data ends too early'],
    ['00010000', '0000000000', 'more data than the identifier has'],
    ['0001FF00', '000000000000', 'the data ends too early'],
    ['03110001', '0523141706', 'the data ends too early'],
    ['02010100', '', 'the data ends too early'],
  ])('of %s = %s is named with its fault: %s', (di, data, fault) => {
    expect(decodeData(di, hex(data))?.at(-1)?.fault).toBe(fault);
  });

  it('leaves what firmware adds behind an event record without a fault', () => {
    const rest = decodeData('03110001', hex('052314170625000016170625' + 'ABCD'))?.at(-1);
    expect(rest).toMatchObject({ value: 'ABCD', length: 2 });
    expect(rest).not.toHaveProperty('fault');
  });

  it('belongs to one value byte by byte, whatever a meter sends', () => {
    const dis = fc.constantFrom(
      '00010000',
      '0001FF00',
      '01010000',
      '0203FF00',
      '03010101',
      '03300001',
      '040005FF',
      '05060101',
      '050610FF',
      '04010001',
    );
    fc.assert(
      fc.property(dis, fc.uint8Array({ maxLength: 200 }), (di, data) => {
        let at = 0;
        for (const value of decodeData(di, data) ?? [{ at: 0, length: data.length }]) {
          expect(value.at).toBe(at);
          at += value.length;
        }
        expect(at).toBe(data.length);
      }),
    );
  });
});
