import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '#platform/cli/usage.ts';
import { explanationText, parseHex } from '../../../collector/cli/decode.ts';
import { cliBench } from './cli-bench.ts';

const FRAME = 'FE FE 68 01 00 00 01 00 31 68 91 08 33 33 34 33 B4 6C BA 33 76 16';

describe('bytes in hexadecimal', () => {
  it('are read whatever stands between them', () => {
    const separators = fc.constantFrom('', ' ', ',', ', ', ':', '-', ' 0x', ',0X', '\n', '\t');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), separators, fc.boolean(), (bytes, between, upper) => {
        const text = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(between);
        expect([...parseHex(upper ? text.toUpperCase().replaceAll('0X', '0x') : text)]).toEqual([...bytes]);
      }),
    );
  });

  it.each([
    ['68 zz 11', 'at character 4'],
    ['68 1 16', 'at character 4'],
    ['681', 'at character 1'],
    ['', 'no bytes'],
  ])('of "%s" are refused with the place: %s', (text, place) => {
    expect(() => parseHex(text)).toThrow(place);
    expect(() => parseHex(text)).toThrow(UsageError);
  });
});

describe('meterway decode', () => {
  it('shows a sound frame field by field, with places that count the preamble', async () => {
    const { run, out } = cliBench();
    expect(await run('decode', ...FRAME.split(' '))).toBe(0);
    expect(out.join('\n')).toMatch(/DL\/T 645-2007: .*310001000001.*8739\.81 kWh/);
    expect(out.join('\n')).toMatch(/^ *2 {2}68 +start/m);
  });

  it('explains a damaged frame, says what is wrong with it, and ends with 1', async () => {
    const { run, out } = cliBench();
    expect(await run('decode', FRAME.replace('76 16', '77 16'))).toBe(1);
    expect(out.join('\n')).toMatch(/not sound/);
    expect(out.join('\n')).toMatch(/!! should be 76/);
  });

  it('takes one frame from each line of standard input', async () => {
    const { run, out } = cliBench({ stdin: `${FRAME}\n\n01 03 04 00 01 00 02 2A 32\n` });
    expect(await run('decode', '--json')).toBe(0);
    expect(out.map((line) => JSON.parse(line).protocol)).toEqual(['DL/T 645-2007', 'Modbus RTU']);
  });

  it('ends with 1 for bytes of no protocol, and with 2 for an unknown protocol or nothing to decode', async () => {
    expect(await cliBench().run('decode', 'DEADBEEF')).toBe(1);
    expect(await cliBench().run('decode', '--protocol', 'knx', '00')).toBe(2);
    expect(await cliBench().run('decode')).toBe(2);
  });

  it('sets in a frame that is carried inside another', () => {
    const inner = {
      protocol: 'B',
      summary: 'inside',
      fields: [{ name: 'x', at: 0, length: 1, value: '1' }],
      sound: true,
    };
    const outer = { protocol: 'A', summary: 'outside', fields: [], sound: true, inner };
    expect(explanationText(outer, new Uint8Array(1)).split('\n').slice(-2)).toEqual([
      '    B: inside',
      '    0  1 bytes  x  1',
    ]);
  });
});
