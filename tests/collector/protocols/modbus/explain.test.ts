import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Explanation } from '../../../../collector/protocols/explanation.ts';
import { explainModbusRtu } from '../../../../collector/protocols/modbus/explain-rtu.ts';
import { explainModbusTcp } from '../../../../collector/protocols/modbus/explain-tcp.ts';
import { rtu, rtuReply, VECTORS, vector } from './rtu-wire.ts';

function shown(explanation: Explanation | null): string[] {
  if (explanation === null) return ['nothing'];
  const { protocol, summary, fields } = explanation;
  return [
    `${protocol}: ${summary}`,
    ...fields.map(
      ({ name, at, length, value, fault }) => `${at}+${length} ${name}: ${value}${fault ? ` !! ${fault}` : ''}`,
    ),
  ];
}

const tcp = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe('an RTU frame', () => {
  it.each([
    [
      'request',
      vector('SDM120/630').request,
      [
        'Modbus RTU: request: read input registers, unit 1, 2 from 0000',
        '0+1 unit: 1',
        '1+1 function: 04 read input registers',
        '2+2 address: 0000 0',
        '4+2 quantity: 2',
        '6+2 CRC: 71 CB',
      ],
    ],
    [
      'reply',
      vector('SDM120/630').response,
      [
        'Modbus RTU: reply: read input registers, unit 1, 2 registers 43 66 80 00',
        '0+1 unit: 1',
        '1+1 function: 04 read input registers',
        '2+1 byte count: 4',
        '3+2 data.0: 4366 17254 (with the next one as float32: 230.5)',
        '5+2 data.1: 8000 32768',
        '7+2 CRC: 6F DF',
      ],
    ],
    [
      'exception',
      vector('exception').response,
      [
        'Modbus RTU: unit 1 answers read holding registers with exception 02 illegal data address',
        '0+1 unit: 1',
        '1+1 function: 83 exception to read holding registers',
        '2+1 exception: exception 02 illegal data address',
        '3+2 CRC: C0 F1',
      ],
    ],
    [
      'float with its low word first',
      rtuReply(9, 3, [0x8000, 0x4366]),
      [
        'Modbus RTU: reply: read holding registers, unit 9, 2 registers 80 00 43 66',
        '0+1 unit: 9',
        '1+1 function: 03 read holding registers',
        '2+1 byte count: 4',
        '3+2 data.0: 8000 32768 (with the next one as float32 with the low word first: 230.5)',
        '5+2 data.1: 4366 17254',
        expect.stringMatching(/^7\+2 CRC: /),
      ],
    ],
    [
      'write of another master',
      rtu(5, 16, 0, 0x10, 0, 1, 2, 0x12, 0x34),
      [
        'Modbus RTU: request: write multiple registers, unit 5, 1 from 0010',
        '0+1 unit: 5',
        '1+1 function: 10 write multiple registers',
        '2+2 address: 0010 16',
        '4+2 quantity: 1',
        '6+1 byte count: 2',
        '7+2 data.0: 1234 4660',
        expect.stringMatching(/^9\+2 CRC: /),
      ],
    ],
    [
      'switched coil',
      rtu(0, 5, 0, 1, 0xff, 0),
      [
        'Modbus RTU: request or its echo: write single coil, unit 0, FF00 to 0001',
        '0+1 unit: 0 to all, nobody answers',
        '1+1 function: 05 write single coil',
        '2+2 address: 0001 1',
        '4+2 value: FF00 on',
        expect.stringMatching(/^6\+2 CRC: /),
      ],
    ],
  ])('that is a %s says so', (_what, frame, lines) => {
    expect(shown(explainModbusRtu(frame))).toEqual(lines);
    expect(explainModbusRtu(frame)?.sound).toBe(true);
  });

  it('of bits has the lowest first', () => {
    expect(shown(explainModbusRtu(rtu(1, 1, 2, 0b101, 0))).at(-2)).toBe('3+2 data: 10100000 00000000');
  });

  it('with a wrong CRC is explained all the same, with what it should be', () => {
    const frame = Uint8Array.from(vector('SDM120/630').response);
    frame[8] = 0;
    const explanation = explainModbusRtu(frame);
    expect(explanation?.sound).toBe(false);
    expect(shown(explanation)[0]).toContain('; the CRC is wrong');
    expect(shown(explanation).at(-1)).toBe('7+2 CRC: 6F 00 !! should be 6F DF');
  });

  it('that is sound but has the length of no such frame says that', () => {
    const explanation = explainModbusRtu(rtu(1, 3, 1, 2, 3));
    expect(explanation?.sound).toBe(false);
    expect(shown(explanation)).toContain(
      '2+3 data: 01 02 03 !! neither a request nor a reply of this function has this length',
    );
    expect(explainModbusRtu(rtu(1, 0x83))?.sound).toBe(false);
    expect(shown(explainModbusRtu(rtu(1, 0x83, 2, 3)))).toContain(
      '2+2 exception: exception 02 illegal data address !! an exception has one byte here, not 2',
    );
  });

  it('for a unit that cannot be says so', () => {
    expect(shown(explainModbusRtu(rtu(250, 3, 0, 0, 0, 1)))).toContain('0+1 unit: 250 !! units are 1 … 247');
  });

  it.each(VECTORS)('of the vectors is sound: $name', ({ request, response }) => {
    expect(explainModbusRtu(request)?.sound).toBe(true);
    expect(explainModbusRtu(response)?.sound).toBe(true);
  });

  it.each([
    ['of DL/T 645', tcp('68 12 34 56 78 90 12 68 11 04 33 33 34 33 C5 16')],
    ['of nothing', new Uint8Array()],
    ['of text', Uint8Array.from(Buffer.from('hello, world'))],
  ])('%s is none', (_what, bytes) => {
    expect(explainModbusRtu(bytes)).toBeNull();
  });
});

describe('a TCP frame', () => {
  it('says what its header says', () => {
    expect(shown(explainModbusTcp(tcp('0007 0000 0006 03 04 0048 0004')))).toEqual([
      'Modbus TCP: request: read input registers, unit 3, 4 from 0048, transaction 7',
      '0+2 transaction: 7',
      '2+2 protocol: 0000 Modbus',
      '4+2 length: 6',
      '6+1 unit: 3',
      '7+1 function: 04 read input registers',
      '8+2 address: 0048 72',
      '10+2 quantity: 4',
    ]);
    expect(explainModbusTcp(tcp('0007 0000 0003 03 84 0B'))).toMatchObject({
      sound: true,
      summary: 'unit 3 answers read input registers with exception 0B gateway target did not respond, transaction 7',
    });
  });

  it('with a wrong length says how long it is', () => {
    const explanation = explainModbusTcp(tcp('0007 0000 0009 03 04 0048 0004'));
    expect(explanation?.sound).toBe(false);
    expect(shown(explanation)).toContain('4+2 length: 9 !! 6 bytes follow');
  });

  it.each(['0007 0001 0006 03 04 0048 0004', '0007 0000 0006 03', '0007 0000 0006 03 7F 0048 0004'])(
    'is not %s',
    (hex) => {
      expect(explainModbusTcp(tcp(hex))).toBeNull();
    },
  );
});

it('whatever the bytes, fields lie inside the frame, in order, and without gaps', () => {
  const bytes = fc.uint8Array({ maxLength: 40 });
  const sound = fc
    .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }), bytes)
    .map(([u, f, body]) => rtu(u, f, ...body));
  fc.assert(
    fc.property(fc.oneof(bytes, sound), (frame) => {
      for (const explanation of [explainModbusRtu(frame), explainModbusTcp(frame)]) {
        if (explanation === null) continue;
        let end = 0;
        for (const { at, length } of explanation.fields) {
          expect(at).toBe(end);
          end = at + length;
        }
        expect(end).toBe(frame.length);
      }
    }),
  );
});
