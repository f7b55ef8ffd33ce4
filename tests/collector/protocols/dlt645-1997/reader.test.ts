import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { QuantityName } from '#contract/quantities.ts';
import { Dlt645Client } from '../../../../collector/protocols/dlt645/client.ts';
import { EDITION_1997 } from '../../../../collector/protocols/dlt645/edition.ts';
import { Dlt645v1997Reader, dataItem1997 } from '../../../../collector/protocols/dlt645-1997/reader.ts';
import { encodeReply } from '../../../support/dlt645-reply.ts';
import { ADDRESS, clockAt, local, meterOf, taskOf, ZONE } from '../dlt645/reader-support.ts';
import { hex, toHex, type Vector } from '../dlt645/vectors.ts';
import { type Wire, WireStub } from '../dlt645/wire-stub.ts';

const [VECTOR]: readonly Vector[] = JSON.parse(
  readFileSync(new URL('./vectors/dlt645-1997.json', import.meta.url), 'utf8'),
);
const NOW = local('2026-11-20 10:30');
const METER = meterOf('dlt645-1997-1ph');

type Items = Readonly<Record<string, string | { readonly error: number } | 'silent'>>;

/** A meter that knows the data in `items` and answers error 02 to the rest. */
function meterWith(items: Items): Wire {
  return ({ control, data }) => {
    const di = toHex(data.toReversed());
    const item = items[di] ?? { error: 2 };
    if (control !== 0x01) throw new Error(`a function that was not expected: ${control}`);
    if (item === 'silent') return null;
    if (typeof item !== 'string') {
      return encodeReply({ address: ADDRESS, control: 0xc1, data: Uint8Array.of(item.error) });
    }
    return encodeReply({ address: ADDRESS, control: 0x81, data: Uint8Array.of(...data, ...hex(item)) });
  };
}

function setUp(items: Items) {
  const line = new WireStub(meterWith(items));
  const reader = new Dlt645v1997Reader({ exchanger: line, clock: clockAt(NOW), zone: ZONE });
  return { reader, asked: () => line.requests.map(({ data }) => toHex(data.toReversed())) };
}

describe('the recorded frame of 1997', () => {
  it('is asked for byte by byte, and its reply is 100 V', async () => {
    const line = new WireStub(() => hex(VECTOR?.response_hex ?? ''));
    const client = new Dlt645Client(line, () => 1, EDITION_1997);
    const data = await client.readData('3', 'B611');
    expect(line.requests).toEqual([{ address: '000000000003', control: 0x01, data: hex('11B6') }]);
    expect(dataItem1997('B611')?.fields[0]?.format.decode(data, ZONE)).toBe(100);
  });
});

describe('a read of a meter of 1997', () => {
  it('takes the present registers for a freeze task, the block with its AA in one request', async () => {
    const { reader, asked } = setUp({ '901F': `${'7856341200000000000000000000000078563400'}AA`, '9020': '10000000' });
    const answer = await reader.read(METER, taskOf('freeze-day'), local('2026-11-20'));
    expect(answer).toEqual({
      meterTime: null,
      readAt: NOW,
      events: [],
      values: new Map<QuantityName, number>([
        ['energy_import_wh', 123_456_780],
        ['energy_import_t1_wh', 0],
        ['energy_import_t2_wh', 0],
        ['energy_import_t3_wh', 0],
        ['energy_import_t4_wh', 3_456_780],
        ['energy_export_wh', 100],
      ]),
    });
    expect(asked()).toEqual(['901F', '9020']);
  });

  it('takes a block without AA as well, and asks rate by rate where there is no block, once', async () => {
    const whole = setUp({ '901F': '7856341200000000' });
    expect((await whole.reader.read(METER, taskOf('freeze-day'), NOW)).values.size).toBe(2);
    const { reader, asked } = setUp({ '9010': '78563412', '9011': '01000000' });
    const task = taskOf('instant', ['energy_import_wh', 'energy_import_t1_wh']);
    for (let i = 0; i < 2; i++) expect((await reader.read(METER, task, NOW)).values.size).toBe(2);
    expect(asked()).toEqual(['901F', '9010', '9011', '9010', '9011']);
  });

  it('gives present values in our units and the offset of the clock', async () => {
    const { reader } = setUp({
      B611: '2002',
      B621: '3412',
      B630: '563412',
      B650: '9809',
      C010: '05201126',
      C011: '073010',
    });
    const items = [
      'voltage_a_v',
      'current_a_a',
      'power_active_total_w',
      'power_factor_total',
      'clock_offset_s',
    ] as const;
    const answer = await reader.read(METER, taskOf('instant', items), NOW);
    expect([...answer.values.values()]).toEqual([220, 12.34, 12_345.6, 0.998, 7]);
  });

  it('gives null for FF, drops what cannot be, and refuses what is no BCD', async () => {
    const items = ['voltage_a_v', 'current_a_a'] as const;
    const { reader } = setUp({ B611: 'FFFF', B621: '0019' });
    const answer = await reader.read(METER, taskOf('instant', items), NOW);
    expect([...answer.values.values()]).toEqual([null, 19]);
    const high = setUp({ B611: '0070', B621: '0019' });
    expect((await high.reader.read(METER, taskOf('instant', items), NOW)).dropped).toEqual(['voltage_a_v 7000']);
    await expect(setUp({ B611: '0A00' }).reader.read(METER, taskOf('instant', items), NOW)).rejects.toMatchObject({
      reason: 'malformed',
    });
  });

  it('is not supported for events, for another model, and when the meter has none of the items', async () => {
    const { reader, asked } = setUp({});
    const refused = { reason: 'not_supported', next: 'skip' };
    await expect(reader.read(METER, taskOf('event'), NOW)).rejects.toMatchObject(refused);
    await expect(reader.read(meterOf('dlt645-1ph'), taskOf('instant'), NOW)).rejects.toMatchObject(refused);
    expect(asked()).toEqual([]);
    await expect(reader.read(METER, taskOf('instant', ['voltage_a_v']), NOW)).rejects.toMatchObject(refused);
  });

  it('fails as a whole when the meter falls silent', async () => {
    const { reader } = setUp({ B611: 'silent' });
    await expect(reader.read(METER, taskOf('instant'), NOW)).rejects.toMatchObject({ reason: 'no_answer' });
  });
});

describe('a probe of a meter of 1997', () => {
  it('is content with an error, not with silence', async () => {
    await expect(setUp({}).reader.probe(METER)).resolves.toBeUndefined();
    await expect(setUp({ '9010': 'silent' }).reader.probe(METER)).rejects.toMatchObject({ reason: 'no_answer' });
  });
});

describe('follow-up frames of 1997', () => {
  it('are asked for with function 02 and the identifier, and carry no number', async () => {
    const replies = [
      encodeReply({ address: ADDRESS, control: 0xa1, data: hex('1F9078563412') }),
      encodeReply({ address: ADDRESS, control: 0xa2, data: hex('1F9001000000') }),
      encodeReply({ address: ADDRESS, control: 0x82, data: hex('1F9002000000AA') }),
    ];
    const line = new WireStub(() => replies.shift() ?? null);
    const data = await new Dlt645Client(line, () => 1, EDITION_1997).readData(ADDRESS, '901F');
    expect(toHex(data)).toBe('785634120100000002000000AA');
    expect(line.requests.map(({ control, data: sent }) => `${control} ${toHex(sent)}`)).toEqual([
      '1 1F90',
      '2 1F90',
      '2 1F90',
    ]);
  });

  it('are not asked for twice: the meter would go on to the next, and the rest would take the place of what was lost', async () => {
    const replies = [
      encodeReply({ address: ADDRESS, control: 0xa1, data: hex('1F9078563412') }),
      encodeReply({ address: ADDRESS, control: 0xa2, data: hex('1F9001000000') }).with(-2, 0),
      encodeReply({ address: ADDRESS, control: 0x82, data: hex('1F9002000000AA') }),
    ];
    const line = new WireStub(() => replies.shift() ?? null);
    const client = new Dlt645Client(line, () => 3, EDITION_1997);
    await expect(client.readData(ADDRESS, '901F')).rejects.toMatchObject({ reason: 'crc_error' });
    expect(line.requests.map(({ control }) => control)).toEqual([1, 2]);
  });

  it('of another identifier or meter are passed over', async () => {
    const stray = encodeReply({ address: ADDRESS, control: 0x81, data: hex('12B60001') });
    const line = new WireStub(() => stray);
    await expect(new Dlt645Client(line, () => 1, EDITION_1997).readData(ADDRESS, 'B611')).rejects.toMatchObject({
      reason: 'no_answer',
    });
  });
});
