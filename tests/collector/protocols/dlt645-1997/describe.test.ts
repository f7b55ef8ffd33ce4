import { describe, expect, it } from 'vitest';
import { decodeData1997, describeDi1997 } from '../../../../collector/protocols/dlt645-1997/describe.ts';
import { hex } from '../dlt645/vectors.ts';

describe('an identifier of 1997', () => {
  it.each([
    ['9010', '正向有功总电能', 'energy, active import, total'],
    ['9424', '上月反向有功谷电能', 'energy, active export, rate 4 (valley), last month'],
    ['9140', '第四象限无功总电能', 'energy, reactive, quadrant 4, total'],
    ['A010', '正向有功总最大需量', 'maximum demand, active import, total'],
    ['B010', '正向有功总最大需量发生时间', 'time of maximum demand, active import, total'],
    ['B63F', '有功功率数据块', 'active power, all'],
    ['C011', '时间', 'time of day'],
  ])('%s is known', (di, zh, en) => {
    expect(describeDi1997(di)).toMatchObject({ di, zh, en });
  });

  it.each(['9030', '9210', 'B610', 'B614', 'C0FF', '00010000', ''])('%s is none', (di) => {
    expect(describeDi1997(di)).toBeNull();
  });

  it.each([
    ['B611', '0001', ['100 V']],
    ['B61F', '200221022202AA', ['220 V', '221 V', '222 V']],
    ['B621', '3412', ['12.34 A']],
    ['B640', '3412', ['12.34 kvar']],
    ['B010', '45132005', ['05-20 13:45']],
    ['C010', '05201126', ['2026-11-20 weekday 5']],
    ['C020', '24', ['24']],
  ])('%s = %s is %j', (di, data, expected) => {
    const values = decodeData1997(di, hex(data))?.map(({ value, unit }) => `${Number(value) || value} ${unit}`.trim());
    expect(values).toEqual(expected);
  });

  it('that is not known has no values', () => {
    expect(decodeData1997('FFFF', hex('00'))).toBeNull();
  });
});
