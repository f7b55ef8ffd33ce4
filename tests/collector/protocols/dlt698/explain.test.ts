import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainDlt698 } from '../../../../collector/protocols/dlt698/explain.ts';
import type { Explanation } from '../../../../collector/protocols/explanation.ts';
import { attributes, frameOf, record, u16 } from './meter-frames.ts';
import { FRAMES, hex, named, REPLIES, REQUESTS } from './vectors.ts';

function explained(bytes: Uint8Array): Explanation {
  const explanation = explainDlt698(bytes);
  if (!explanation) throw new Error('not explained');
  return explanation;
}

function fieldOf({ fields }: Explanation, name: string): string | undefined {
  return fields.find((field) => field.name === name)?.value;
}

/** True when the leaf fields cover the frame from its first byte to its last, in order and without overlap. */
function coversAll({ fields }: Explanation, length: number): boolean {
  let at = 0;
  for (const field of fields) {
    if (field.at !== at) return false;
    at += field.length;
  }
  return at === length;
}

describe('an explanation', () => {
  it.each(FRAMES)('$name: tells every byte once', ({ bytes }) => {
    const explanation = explained(bytes);
    expect(explanation).toMatchObject({ protocol: 'DL/T 698.45', sound: true });
    expect(explanation.fields.filter(({ fault }) => fault)).toEqual([]);
    expect(coversAll(explanation, bytes.length)).toBe(true);
  });

  it.each([
    [named(REPLIES, 'GET 00100201'), 'from 000000000000: GET-Response: 正向有功总电能 active energy import 1234560 Wh'],
    [named(REQUESTS, 'GET 20000200'), 'to 000000000000: GET-Request: 电压 voltage'],
    [named(REPLIES, 'GET 41040200'), 'from 000000000000: GET-Response: 额定电压 rated voltage = string "220V"'],
    [
      named(REPLIES, 'GET record: last outage'),
      'from 000000000002: GET-Response: 电能表掉电事件 power-down events: 事件发生时间 event start = date_time_s 2017-02-02 03:02:17, 事件结束时间 event end = date_time_s 2017-02-02 04:02:04',
    ],
    [
      named(REQUESTS, 'GET record: last outage'),
      'to 000000000002: GET-Request: 电能表掉电事件 power-down events, rows 9: 1. last',
    ],
    [named(REQUESTS, 'LINK-Request'), 'from 111111111111: 01 LINK-Request: login, heartbeat every 180 s'],
    [named(REQUESTS, 'split set 2/3'), 'from 000000000002: block 262 of a split APDU, middle'],
    [
      frameOf({ apdu: attributes(0, [['20000201', { dar: 6 }]], false) }),
      'from 000012345678: GET-Response: 电压 voltage: DAR 6 对象不存在 no such object',
    ],
    [
      frameOf({ apdu: record(0, '50040200', ['20210200'], []) }),
      'from 000012345678: GET-Response: 日冻结 day freeze: no row',
    ],
    [
      frameOf({ apdu: record(0, '50040200', ['20210200'], { dar: 4 }) }),
      'from 000012345678: GET-Response: 日冻结 day freeze: DAR 4 对象未定义 object undefined',
    ],
    [frameOf({ apdu: hex('0601004000020000'), control: 0x43 }), 'to 000012345678: 06 SET-Request'],
    [
      frameOf({ apdu: hex('050500000300'), control: 0x43, address: '45AAAAAAAAAAAA' }),
      'to wildcard AAAAAAAAAAAA: GET-Request: block behind 3',
    ],
    [
      frameOf({ apdu: hex('85050001000700090000') }),
      'from 000012345678: GET-Response: block 7 (last), DAR 9 数据块不可用 data block unavailable',
    ],
  ])('has a summary', (bytes, summary) => {
    expect(explained(bytes).summary).toBe(summary);
  });

  it('names the fields of head and APDU', () => {
    const explanation = explained(Uint8Array.of(0xfe, 0xfe, ...named(REPLIES, 'GET 20000200')));
    expect(fieldOf(explanation, 'preamble')).toBe('2 leading bytes FE');
    expect(fieldOf(explanation, 'control')).toBe('C3: user data, from the server, begun by the client');
    expect(fieldOf(explanation, 'address flag')).toBe('single, logical address 0, 6 bytes');
    expect(fieldOf(explanation, 'result 1.OAD')).toBe('20000200 电压 voltage, attribute 2');
    expect(fieldOf(explanation, 'result 1.data.2')).toBe('uint16 2414');
  });

  it('undoes scrambling', () => {
    const bytes = frameOf({ apdu: attributes(0, [['20000201', u16(2413)]], false), control: 0xcb });
    expect(explained(bytes).summary).toBe('from 000012345678: GET-Response: A 相电压 voltage, phase A 241.3 V');
  });

  it('names wrong sums and a wrong end, and still explains', () => {
    const bytes = named(REPLIES, 'GET 00100201');
    const faultsOf = (damaged: Uint8Array) =>
      explained(damaged).fields.flatMap(({ name, fault }) => (fault ? [[name, fault]] : []));
    expect(faultsOf(bytes.with(-2, 0))).toEqual([['FCS', 'the bytes give 5AD4']]);
    expect(faultsOf(bytes.with(-1, 0))).toEqual([['end', '16 is wanted']]);
    expect(faultsOf(bytes.with(12, 0))).toEqual([
      ['HCS', 'the bytes give 9E54'],
      ['FCS', expect.stringContaining('the bytes give')],
    ]);
    expect(explained(bytes.with(-2, 0))).toMatchObject({
      sound: false,
      summary: expect.stringContaining('1234560 Wh'),
    });
    expect(explained(bytes.subarray(0, -3))).toMatchObject({ sound: false, summary: 'frame with a wrong length' });
  });

  it('says where an APDU cannot be read, in a frame that is sound', () => {
    const explanation = explained(frameOf({ apdu: hex('8501002000020101EE00') }));
    expect(explanation.sound).toBe(true);
    expect(explanation.fields.find(({ fault }) => fault)).toMatchObject({
      name: 'rest',
      value: 'EE00',
      fault: 'data type EE',
    });
  });

  it('is null for what is no such frame', () => {
    for (const text of ['', 'FEFE', '16', '68', '6812', '68120000001020681104333435F516', '010300000001840A']) {
      expect(explainDlt698(hex(text))).toBeNull();
    }
  });

  it('never fails, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (apdu, isGet) => {
        const bytes = frameOf({ apdu: isGet ? Uint8Array.of(0x85, 1 + ((apdu[0] ?? 0) % 5), 0, ...apdu) : apdu });
        expect(explained(bytes).sound).toBe(true);
        explainDlt698(apdu);
        explainDlt698(Uint8Array.of(0x68, apdu.length - 1, 0, ...apdu));
      }),
      { numRuns: 500 },
    );
  });
});
