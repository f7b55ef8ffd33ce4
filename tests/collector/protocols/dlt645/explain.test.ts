import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainDlt645 } from '../../../../collector/protocols/dlt645/explain.ts';
import type { Explanation } from '../../../../collector/protocols/explanation.ts';
import { encodeReply } from '../../../support/dlt645-reply.ts';
import { hex, NEGATIVES, VECTORS, type Vector } from './vectors.ts';

const OLD: readonly Vector[] = JSON.parse(
  readFileSync(new URL('../dlt645-1997/vectors/dlt645-1997.json', import.meta.url), 'utf8'),
);
const FRAMES = [...VECTORS, ...OLD]
  .filter(({ negative }) => !negative)
  .flatMap(({ name, request_hex, response_hex }) =>
    [request_hex, response_hex].flatMap((text) => (text ? [{ name, bytes: hex(text) }] : [])),
  );

function explain(bytes: Uint8Array): Explanation {
  const explained = explainDlt645(bytes);
  if (!explained) throw new Error('no frame was found');
  return explained;
}

function saysOf(control: number, data: string): Explanation {
  return explain(encodeReply({ address: '12345678', control, data: hex(data) }));
}

function valueIn({ fields }: Explanation, name: string): string | undefined {
  return fields.find((field) => field.name === name)?.value;
}

function expectEveryByteOnce({ fields }: Explanation, length: number): void {
  let at = 0;
  for (const field of fields.toSorted((a, b) => a.at - b.at || a.length - b.length)) {
    expect(field.at, field.name).toBe(at);
    at += field.length;
  }
  expect(at).toBe(length);
}

describe('an explained frame', () => {
  it.each(FRAMES)('of the recorded ones is sound, and every byte has its field: $name', ({ bytes }) => {
    const explained = explain(bytes);
    expect(explained.sound).toBe(true);
    expect(explained.fields.filter(({ fault }) => fault)).toEqual([]);
    expectEveryByteOnce(explained, bytes.length);
  });

  it('names address, control, identifier, value and sum of a reply', () => {
    const explained = explain(hex('FE FE 68 12 90 78 56 34 12 68 91 08 33 33 34 33 89 67 45 33 54 16'));
    expect(explained).toMatchObject({
      protocol: 'DL/T 645-2007',
      summary: 'from meter 123456789012: reply to data read: active energy import, total: 1234.56 kWh',
    });
    expect(explained.fields.map(({ name, value }) => `${name} = ${value}`)).toEqual([
      'preamble = FE FE',
      'start = 68',
      'address = 123456789012',
      'second start = 68',
      'control = 91: reply to data read (from the meter)',
      'length = 08: 8 bytes of data',
      'data identifier = 00010000 正向有功总电能 active energy import, total',
      'data.active energy import, total = 正向有功总电能 1234.56 kWh',
      'checksum = 54',
      'end = 16',
    ]);
  });

  it('of 1997 is told by its function', () => {
    const explained = explain(hex('68 03 00 00 00 00 00 68 81 04 44 E9 33 34 EC 16'));
    expect(explained.protocol).toBe('DL/T 645-1997');
    expect(explained.summary).toBe('from meter 000000000003: reply to data read: voltage, phase A: 100 V');
    const block = saysOf(0x81, '1F90785634127856341278563412AA');
    expect(block.summary).toContain('123456.78 kWh');
    expect(valueIn(block, 'data.end of block')).toBe('AA');
    expect(saysOf(0xc1, '02').summary).toBe('from meter 000012345678: error reply to data read: wrong data identifier');
    expect(saysOf(0xa1, '1F9078563412').summary).toContain('more frames follow');
    expect(saysOf(0x04, '1F9012345678').fields.some(({ value }) => value.includes('12 34'))).toBe(false);
  });

  it.each([
    [0xd1, '02', 'error reply to data read: no such data'],
    [0xd4, '04', 'error reply to write of data: wrong password or not authorised'],
    [0xd1, '05', 'error reply to data read: other error, wrong password or not authorised'],
    [0xc3, '0400', 'error reply to security authentication: ESAM check failed'],
    [
      0xb1,
      '00FF010078563412',
      'reply to data read, more frames follow: active energy import, total and rates: first part',
    ],
    [0x92, '00FF01007856341201', 'reply to read of follow-up data: active energy import, total and rates: continued'],
    [0x91, 'EFCDAB99', 'reply to data read: unknown identifier'],
    [0x93, '785634120000', 'reply to address read: 000012345678'],
    [0x9c, '', 'reply to relay, alarm or supply-hold command'],
  ])('with control %s and data %s says: %s', (control, data, says) => {
    const explained = saysOf(control, data);
    expect(explained.summary).toBe(`from meter 000012345678: ${says}`);
    expect(explained.sound).toBe(true);
  });

  it('names commands, never a password', () => {
    const trip = explain(encodeReply({ address: '1', control: 0x1c, data: hex('02112233010000001A00000000301299') }));
    expect(trip.summary).toContain('relay, alarm or supply-hold command');
    expect(valueIn(trip, 'data.command')).toBe('1A: trip');
    expect(valueIn(trip, 'data.password')).toBe('(not shown)');
    const change = saysOf(0x18, '030C000402112233024455AA');
    const written = saysOf(0x14, '01010004021122330100000005201126');
    expect(valueIn(written, 'data.date and weekday')).toBe('日期及星期 2026-11-20 weekday 5');
    for (const { fields } of [trip, change, written]) {
      expect(fields.some(({ value }) => /11 ?22 ?33|33 ?22 ?11|44 ?55/.test(value))).toBe(false);
    }
  });

  it('says which sum, end and length would be right', () => {
    const faults = NEGATIVES.map(({ response_hex }) => explainDlt645(hex(response_hex ?? '')));
    expect(faults.map((one) => one?.sound)).toEqual([false, false, undefined, false]);
    expect(faults[0]?.fields.find(({ name }) => name === 'checksum')?.fault).toBe('should be 54');
    expect(faults[0]?.summary).toContain('1234.56 kWh; checksum should be 54');
    expect(faults[1]?.fields.find(({ name }) => name === 'end')?.fault).toBe('should be 16');
    expect(faults[3]?.summary).toContain('cut short');
  });

  it('shows what a value cannot be', () => {
    const spoilt = saysOf(0x91, '000001000A000000');
    expect(spoilt.sound).toBe(true);
    expect(spoilt.fields.find(({ fault }) => fault)).toMatchObject({ fault: 'not BCD: 0000000A' });
  });

  it('shows a wrong sum within a load profile record', () => {
    const record = 'A0A005000010201126000000E5';
    const explained = saysOf(0x91, `01000006${record}`);
    expect(explained.fields.find(({ name }) => name.startsWith('data.'))?.fault).toBeDefined();
  });

  it('names noise in front and bytes behind', () => {
    const noisy = explain(hex('00 FE 68 12 90 78 56 34 12 68 91 08 33 33 34 33 89 67 45 33 54 16 16'));
    expect(noisy.fields.filter(({ fault }) => fault).map(({ name }) => name)).toEqual(['noise', 'rest']);
  });

  it('is null where nothing looks like one', () => {
    expect(explainDlt645(new Uint8Array())).toBeNull();
    expect(explainDlt645(hex('010300000002C40B'))).toBeNull();
    expect(explainDlt645(hex('682100430501000000000010'))).toBeNull();
  });

  it('tells of bytes between the identifier and the number of a follow-up', () => {
    const explained = saysOf(0x12, '0001010077' + '01');
    expectEveryByteOnce(explained, 18);
    expect(explained.fields.find(({ at }) => at === 14)?.fault).toBe('more data than a read has');
  });

  it('never throws and leaves no byte out, cut or spoilt at any place', () => {
    const any = fc.constantFrom(...FRAMES.map(({ bytes }) => bytes));
    fc.assert(
      fc.property(any, fc.nat(), fc.nat(), fc.integer({ min: 0, max: 255 }), (bytes, cut, place, value) => {
        const spoilt = bytes.with(place % bytes.length, value).subarray(0, 1 + (cut % bytes.length));
        const explained = explainDlt645(spoilt);
        if (explained) expectEveryByteOnce(explained, spoilt.length);
      }),
      { numRuns: 500 },
    );
  });
});
