import { describe, expect, it } from 'vitest';
import { QUANTITIES, type QuantityName } from '#contract/quantities.ts';
import { bcdInteger, bcdText } from '../../../../collector/protocols/dlt645/data-format.ts';
import { type DataItem, dataItem, decodeItem } from '../../../../collector/protocols/dlt645/data-items.ts';
import { decodeEventRecord } from '../../../../collector/protocols/dlt645/event-record.ts';
import { EVENT_SOURCES } from '../../../../collector/protocols/dlt645/event-sources.ts';
import { parseLoadProfile } from '../../../../collector/protocols/dlt645/load-profile.ts';
import { dateText, stampInstant, stampText } from '../../../../collector/protocols/dlt645/meter-time.ts';
import { type Golden, hex, REPLIES, replyNamed } from './vectors.ts';

const ZONE = 'Asia/Shanghai';
const decodePowerDown = (data: Uint8Array) => decodeEventRecord(data, EVENT_SOURCES.power_down.times, ZONE);
const malformed = expect.objectContaining({ reason: 'malformed' });

/** Our unit in one of the vector's. */
const UNITS: Readonly<Record<string, number>> = {
  kWh: 1000,
  kvarh: 1000,
  kW: 1000,
  kvar: 1000,
  kVA: 1000,
  V: 1,
  A: 1,
  Hz: 1,
  yuan: 1,
  '': 1,
};

function payload({ parsed }: Golden): Uint8Array {
  return hex(parsed.data_minus_33).subarray(4);
}

function itemOf(di: string): DataItem | undefined {
  return dataItem(di) ?? (di.startsWith('05') ? dataItem(di.slice(0, 6)) : undefined);
}

function text(instant: number | null): string | null {
  return instant === null ? null : stampText(instant, ZONE);
}

/** Identifiers that hold none of our quantities, and how their vectors are decoded. */
const OTHERS: Readonly<Record<string, (data: Uint8Array) => Record<string, unknown>>> = {
  '03300D00': (data) => ({ value: bcdInteger(data) }),
  '1D000001': (data) => ({ value: bcdInteger(data) }),
  '03110000': (data) => ({ value: bcdInteger(data) }),
  '04000101': (data) => ({ date: dateText(data), weekday: bcdInteger(data.subarray(0, 1)) }),
  '04000402': (data) => ({ meter_no: bcdText(data) }),
  '05060001': (data) => ({ time: text(stampInstant(data, ZONE)) }),
};

const normal = REPLIES.filter(({ parsed }) => parsed.control === '91' && parsed.di !== undefined);
const ours = normal.filter(({ parsed }) => itemOf(parsed.di ?? ''));
const others = normal.filter(({ parsed }) => OTHERS[parsed.di ?? '']);
const special = ['03110001', '06000002', '04000503'];

describe('every recorded reply', () => {
  it('has its decoder here', () => {
    const left = normal.filter((golden) => !ours.includes(golden) && !others.includes(golden));
    expect(new Set(left.map(({ parsed }) => parsed.di))).toEqual(new Set(['03110001', '06000002']));
    expect([ours.length, others.length, left.length]).toEqual([23, 7, 3]);
  });

  it.each(ours.filter(({ parsed }) => !special.includes(parsed.di ?? '')))('$name gives its value', (golden) => {
    const item = itemOf(golden.parsed.di ?? '');
    const { value, unit, time } = golden.decoded;
    const factor = UNITS[String(unit)] ?? Number.NaN;
    const expected = [value].flat().map((one) => (one === null ? null : Number((Number(one) * factor).toFixed(6))));
    const got = item ? [...decodeItem(item, payload(golden), ZONE).values()] : [];
    const times = time === undefined ? [] : [got.pop() ?? null];
    expect(got).toEqual(expected);
    expect(times.map(text)).toEqual(time === undefined ? [] : [time]);
  });

  it.each(others)('$name gives its value though it is no quantity of ours', (golden) => {
    const { unit: _unit, ...expected } = golden.decoded;
    expect(OTHERS[golden.parsed.di ?? '']?.(payload(golden))).toEqual(expected);
  });

  it('of status word 3 tells an open relay on mains', () => {
    const golden = replyNamed('running status word 3');
    const item = itemOf('04000503');
    expect(item && decodeItem(item, payload(golden), ZONE)).toEqual(
      new Map([
        ['relay_open', 1],
        ['on_battery', 0],
        ['status_word_3', 0x50],
      ]),
    );
  });

  it('of a power-down record gives start and end, and no end while it lasts', () => {
    const start = Date.UTC(2025, 5, 17, 6, 23, 5);
    const ended = decodePowerDown(payload(replyNamed('last power-down record')));
    expect(ended).toEqual({ start, end: Date.UTC(2025, 5, 17, 8, 0, 1) });
    expect(decodePowerDown(payload(replyNamed('power-down record still open')))).toEqual({ start, end: null });
  });

  it('of a load profile gives time, voltages, currents and frequency', () => {
    const [record, ...more] = parseLoadProfile(payload(replyNamed('load profile latest record')), ZONE);
    expect(more).toEqual([]);
    expect(text(record?.time ?? null)).toBe('2017-01-01 00:05');
    expect([...(record?.values ?? [])]).toEqual([
      ['voltage_a_v', 239.9],
      ['voltage_b_v', 241],
      ['voltage_c_v', 240.7],
      ['current_a_a', 0],
      ['current_b_a', 0],
      ['current_c_a', 0],
      ['frequency_hz', 50],
    ]);
  });
});

describe('the table of data items', () => {
  it('has every identifier of the quantity list, and reads that quantity from it', () => {
    const missing = QUANTITIES.filter(
      ({ name, di }) => di !== null && !dataItem(di)?.fields.some((field) => field.quantity === name),
    );
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  it('reads the battery as supply only from bits 1 and 2 = 10', () => {
    const item = itemOf('04000503');
    const onBattery = (bytes: string) => item && decodeItem(item, hex(bytes), ZONE).get('on_battery');
    expect(['0000', '0200', '0400', '0600', 'FFFF'].map(onBattery)).toEqual([0, 0, 1, 0, null]);
  });

  it('takes a block as far as the meter sends it', () => {
    const item = itemOf('0001FF00');
    const names = (bytes: string): QuantityName[] => (item ? [...decodeItem(item, hex(bytes), ZONE).keys()] : []);
    expect(names('00000000'.repeat(3))).toEqual(['energy_import_wh', 'energy_import_t1_wh', 'energy_import_t2_wh']);
    expect(names('00000000'.repeat(9))).toHaveLength(5);
  });

  it.each([
    ['0001FF00', ''],
    ['0001FF00', '0000000000'],
    ['00010000', '0000000000000000'],
    ['02010100', '00'],
    ['0201FF00', '0000000000000000'],
    ['04000503', '000000'],
  ])('refuses for %s data of a length that cannot be: %s', (di, bytes) => {
    const item = itemOf(di);
    expect(() => item && decodeItem(item, hex(bytes), ZONE)).toThrow(malformed);
  });
});

describe('a power-down record', () => {
  it('of all zero or all FF is none', () => {
    expect(decodePowerDown(new Uint8Array(12))).toBeNull();
    expect(decodePowerDown(new Uint8Array(12).fill(0xff))).toBeNull();
  });

  it('that ends before it starts is implausible', () => {
    expect(() => decodePowerDown(hex('052314180625010016170625'))).toThrow(
      expect.objectContaining({ reason: 'implausible' }),
    );
  });

  it('that is too short is malformed', () => {
    expect(() => decodePowerDown(new Uint8Array(6))).toThrow(malformed);
  });
});
