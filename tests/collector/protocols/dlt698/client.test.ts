import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../../collector/lines/exchange.ts';
import { meterAddress } from '../../../../collector/protocols/dlt698/address.ts';
import { Dlt698Client } from '../../../../collector/protocols/dlt698/client.ts';
import { DarError } from '../../../../collector/protocols/dlt698/dar.ts';
import { dataText } from '../../../../collector/protocols/dlt698/data-text.ts';
import type { Data } from '../../../../collector/protocols/dlt698/data-types.ts';
import { encodeRequest } from '../../../../collector/protocols/dlt698/frame-encode.ts';
import { attributes, frameOf, record, stampHex, u16, u32 } from './meter-frames.ts';
import { hex, named, REPLIES, REQUESTS, toHex } from './vectors.ts';
import { meterWith, type Wire, WireStub } from './wire-stub.ts';

const METER = '12345678';
const VOLTAGE = '20000201';
const FROM_OTHER = '05795634120000';

function bytes(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

function clientOn(wire: Wire, tries = 1): { client: Dlt698Client; line: WireStub } {
  const line = new WireStub(wire);
  return { client: new Dlt698Client(line, () => tries), line };
}

/** A line that plays one reply after the other, whatever is asked. The first request has PIID 0. */
function playing(...replies: readonly (Uint8Array | null)[]): { client: Dlt698Client; line: WireStub } {
  const left = [...replies];
  return clientOn(() => left.shift() ?? null);
}

function said(values: ReadonlyMap<string, Data | DarError>): Record<string, string> {
  return Object.fromEntries(
    [...values].map(([oad, one]) => [oad, one instanceof DarError ? one.detail : dataText(one)]),
  );
}

const volts = (value: number, piid = 0): Uint8Array => attributes(piid, [[VOLTAGE, u16(value)]], false);
const sound = frameOf({ apdu: volts(2413) });

describe('the recorded reads', () => {
  it.each([
    ['GET 00100201', '00100201', 'uint32 123456'],
    ['GET 00100200', '00100200', 'array of 5'],
    ['GET 00110201', '00110201', 'uint32 400000'],
    ['GET 20000201', '20000201', 'uint16 2413'],
    ['GET 20000200', '20000200', 'array of 3'],
    ['GET 41040200', '41040200', 'string "220V"'],
  ])('%s goes out and is answered', async (name, oad, value) => {
    const { client, line } = playing(named(REPLIES, name));
    expect(said(await client.readList('0', [oad]))).toEqual({ [oad]: value });
    const [request] = line.requests;
    if (!request) throw new Error('nothing was asked');
    const golden = named(REQUESTS, name);
    expect(toHex(encodeRequest(request, request.apdu, 0))).toBe(toHex(golden));
  });

  it('list goes out', async () => {
    const oads = ['20000200', '20010201', '20040201', '200A0201', '200F0200'];
    const { client, line } = playing(null);
    await expect(client.readList('0', oads)).rejects.toMatchObject({ reason: 'no_answer' });
    const [request] = line.requests;
    expect(request && toHex(encodeRequest(request, request.apdu, 0))).toBe(toHex(named(REQUESTS, 'GET list')));
  });

  it('power-down record goes out and is answered', async () => {
    const name = 'GET record: last outage';
    const { client, line } = playing(named(REPLIES, name));
    const columns = ['201E0200', '20200200'];
    const rows = await client.readRows('2', { oad: '30110200', selector: { kind: 9, n: 1 }, columns });
    expect(rows.map((row) => row.map(dataText))).toEqual([
      ['date_time_s 2017-02-02 03:02:17', 'date_time_s 2017-02-02 04:02:04'],
    ]);
    const [request] = line.requests;
    expect(request && toHex(encodeRequest(request, request.apdu, 0))).toBe(toHex(named(REQUESTS, name)));
  });
});

describe('a read', () => {
  it('of several OADs is one list, and of each it says what the meter said', async () => {
    const { client, line } = clientOn(meterWith({ '20000201': u16(2300), '20010201': { dar: 3 } }));
    expect(said(await client.readList(METER, ['20000201', '20010201', '200F0200']))).toEqual({
      '20000201': 'uint16 2300',
      '20010201': 'DAR 3 for 20010201',
      '200F0200': 'DAR 6 for 200F0200',
    });
    expect(line.requests).toHaveLength(1);
  });

  it.each([
    [4, 'not_supported', 'skip'],
    [5, 'not_supported', 'skip'],
    [6, 'not_supported', 'skip'],
    [7, 'not_supported', 'skip'],
    [1, 'device_error', 'skip'],
    [2, 'device_error', 'retry'],
    [3, 'device_error', 'skip'],
    [9, 'device_error', 'retry'],
    [20, 'device_error', 'skip'],
    [33, 'device_error', 'retry'],
    [77, 'device_error', 'skip'],
    [255, 'device_error', 'retry'],
  ])('answered with DAR %i is %s', async (dar, reason, next) => {
    const { client, line } = clientOn(meterWith({ [VOLTAGE]: { dar } }), 3);
    const found = (await client.readList(METER, [VOLTAGE])).get(VOLTAGE);
    expect(found).toMatchObject({ reason, next, detail: `DAR ${dar} for ${VOLTAGE}`, answered: true });
    expect(line.requests).toHaveLength(1);
  });

  it('has a number of its own, which goes round', async () => {
    const { client, line } = clientOn(meterWith({ [VOLTAGE]: u16(1) }));
    for (let i = 0; i < 66; i++) await client.readList(METER, [VOLTAGE]);
    expect(line.requests.map(({ apdu }) => apdu[2])).toEqual(Array.from({ length: 66 }, (_, i) => i % 64));
  });

  it('is answered scrambled, with events waiting, with a report and a time tag behind', async () => {
    const report = `01010130110200${'01'}00`;
    const tag = '0107E1020203021101000A';
    const apdu = hex(`850140${VOLTAGE}01${u16(2413)}${report}${tag}`);
    const { client } = playing(frameOf({ apdu, control: 0xcb }));
    expect(said(await client.readList(METER, [VOLTAGE]))).toEqual({ [VOLTAGE]: 'uint16 2413' });
  });

  it('comes through however the line cuts the reply into pieces', async () => {
    const line = {
      exchange: <T>(_request: Uint8Array, scan: (received: Uint8Array) => Verdict<T>): Promise<T> => {
        for (let length = 0; length < sound.length; length++) expect(scan(sound.subarray(0, length)).kind).toBe('more');
        const verdict = scan(sound);
        return verdict.kind === 'frame' ? Promise.resolve(verdict.value) : Promise.reject(new Error(verdict.kind));
      },
    };
    expect(said(await new Dlt698Client(line).readList(METER, [VOLTAGE]))).toEqual({ [VOLTAGE]: 'uint16 2413' });
  });
});

describe('what does not answer the request', () => {
  const to = { address: meterAddress(METER), client: 0 };
  it.each([
    ['the echo of the request', encodeRequest(to, hex(`050100${VOLTAGE}00`))],
    ['a late reply about another OAD', frameOf({ apdu: attributes(0, [['20000202', u16(1)]], false) })],
    ['a late reply to an earlier request', frameOf({ apdu: volts(1, 63) })],
    ['a late reply to a list', frameOf({ apdu: attributes(0, [[VOLTAGE, u16(1)]], true) })],
    ['a reply of another meter', frameOf({ apdu: volts(1), address: FROM_OTHER })],
    ['a reply of another logical device', frameOf({ apdu: volts(1), address: '15785634120000' })],
    ['a reply to another client', frameOf({ apdu: volts(1), client: 16 })],
    ['a report', frameOf({ apdu: volts(1), control: 0x83 })],
    ['an answer to another service', frameOf({ apdu: hex('860100') })],
    ['a block from the middle of a split answer', frameOf({ apdu: hex('0001'), block: 0xc002 })],
  ])('is passed over: %s', async (_what, stray) => {
    const { client } = playing(bytes(stray, sound));
    expect(said(await client.readList(METER, [VOLTAGE]))).toEqual({ [VOLTAGE]: 'uint16 2413' });
  });

  it('leaves the meter silent, or names the wrong address when only another one spoke', async () => {
    const late = frameOf({ apdu: volts(1, 5) });
    await expect(playing(late).client.readList(METER, [VOLTAGE])).rejects.toMatchObject({ reason: 'no_answer' });
    const other = frameOf({ apdu: volts(1), address: FROM_OTHER });
    await expect(playing(other).client.readList(METER, [VOLTAGE])).rejects.toMatchObject({ reason: 'wrong_address' });
  });

  it.each([
    ['a wrong sum', sound.with(-2, 0), 'crc_error', false],
    ['a wrong sum of the head', sound.with(3, 0xc2), 'crc_error', false],
    ['no end', sound.with(-1, 0), 'malformed', false],
    ['a data type that is none', frameOf({ apdu: hex(`850100${VOLTAGE}01EE0000`) }), 'malformed', true],
    ['bytes behind its end', frameOf({ apdu: hex(`850100${VOLTAGE}01${u16(1)}000000`) }), 'malformed', true],
    ['no end of its APDU', frameOf({ apdu: hex(`850100${VOLTAGE}01${u16(1)}00`) }), 'malformed', true],
  ])('is damaged when it has %s', async (_what, wire, reason, answered) => {
    await expect(playing(wire).client.readList(METER, [VOLTAGE])).rejects.toMatchObject({ reason, answered });
  });

  it('is malformed when it leaves out what was asked', async () => {
    const part = frameOf({ apdu: attributes(0, [[VOLTAGE, u16(1)]], true) });
    await expect(playing(part).client.readList(METER, [VOLTAGE, '20000202'])).rejects.toMatchObject({
      reason: 'malformed',
      detail: 'answer without 20000202',
    });
  });

  it('about other columns is passed over', async () => {
    const asked = { oad: '50040200', selector: { kind: 9, n: 1 }, columns: ['20210200', '00100200'] } as const;
    const row = (column: string, value: number) =>
      frameOf({ apdu: record(0, '50040200', ['20210200', column], [[stampHex('2026-11-20'), u32(value)]]) });
    const { client } = playing(bytes(row('00200200', 4), row('00100200', 5)));
    const rows = await client.readRows(METER, asked);
    expect(rows.map((cells) => cells.map(dataText))).toEqual([['date_time_s 2026-11-20 00:00:00', 'uint32 5']]);
  });
});

describe('a request that may be sent twice', () => {
  it.each([
    ['silence', null],
    ['a damaged reply', sound.with(-2, 0)],
  ])('is sent again after %s, with the same number', async (_what, first) => {
    const left = [first, sound];
    const { client, line } = clientOn(() => left.shift() ?? null, 2);
    expect(said(await client.readList(METER, [VOLTAGE]))).toEqual({ [VOLTAGE]: 'uint16 2413' });
    expect(line.requests.map(({ apdu }) => apdu[2])).toEqual([0, 0]);
  });
});

/** Pieces of an APDU as split frames, numbered from `from`. */
function splitFrames(apdu: Uint8Array, size: number, from: number): Uint8Array[] {
  const count = Math.max(2, Math.ceil(apdu.length / size));
  return Array.from({ length: count }, (_, i) => {
    const role = i === 0 ? 0x0000 : i === count - 1 ? 0x4000 : 0xc000;
    const piece = i === count - 1 ? apdu.subarray(i * size) : apdu.subarray(i * size, (i + 1) * size);
    return frameOf({ apdu: piece, block: role | ((from + i) & 0xfff) });
  });
}

describe('a split answer', () => {
  it('is confirmed block by block and put together, whatever the blocks hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fc.nat({ max: 0xfff }), async (size, from) => {
        const frames = splitFrames(volts(2413), size, from);
        const { client, line } = playing(...frames);
        expect(said(await client.readList(METER, [VOLTAGE]))).toEqual({ [VOLTAGE]: 'uint16 2413' });
        const confirms = line.requests.slice(1).map(({ control, block, apdu }) => [control, block, apdu.length]);
        expect(confirms).toEqual(
          frames.slice(1).map((_, i) => [0x63, { role: 'confirm', number: (from + i) & 0xfff }, 0]),
        );
      }),
    );
  });

  const [first = sound, second = sound, third = sound] = splitFrames(volts(2413), 5, 1);

  it('passes over a block that comes twice', async () => {
    const { client } = playing(first, bytes(first, second), bytes(second, third));
    expect(said(await client.readList(METER, [VOLTAGE]))).toEqual({ [VOLTAGE]: 'uint16 2413' });
  });

  it('asks again for a block that was lost, without starting over', async () => {
    const left = [first, null, second, third];
    const { client, line } = clientOn(() => left.shift() ?? null, 2);
    expect(said(await client.readList(METER, [VOLTAGE]))).toEqual({ [VOLTAGE]: 'uint16 2413' });
    expect(line.requests.map(({ block }) => block?.number ?? null)).toEqual([null, 1, 1, 2]);
  });

  it('is malformed when a block is missing, or what it makes is none', async () => {
    const skipped = playing(first, third).client.readList(METER, [VOLTAGE]);
    await expect(skipped).rejects.toMatchObject({ reason: 'malformed', detail: 'block 3 (last) instead of 2' });
    const [start = sound] = splitFrames(volts(2413), 3, 1);
    const cut = playing(start, frameOf({ apdu: hex('2000'), block: 0x4002 })).client.readList(METER, [VOLTAGE]);
    await expect(cut).rejects.toMatchObject({ reason: 'malformed', answered: true });
  });

  it('without end is given up', async () => {
    let number = 0;
    const { client, line } = clientOn(({ block }) => {
      number = block === null ? 0 : number + 1;
      const apdu = number === 0 ? hex('850100') : hex('00');
      return frameOf({ apdu, block: number === 0 ? 0 : 0xc000 | number });
    });
    await expect(client.readList(METER, [VOLTAGE])).rejects.toMatchObject({ reason: 'malformed', next: 'skip' });
    expect(line.requests.length).toBeLessThan(70);
  });
});

describe('an answer in several APDUs', () => {
  const block = (number: number, isLast: boolean, content: string): Uint8Array =>
    frameOf({ apdu: hex(`850500${isLast ? '01' : '00'}${number.toString(16).padStart(4, '0')}${content}0000`) });
  const one = (oad: string, value: number): string => `0101${oad}01${u16(value)}`;

  it('is asked for block by block', async () => {
    const { client, line } = playing(block(0, false, one('20000201', 1)), block(1, true, one('20000202', 2)));
    expect(said(await client.readList(METER, ['20000201', '20000202']))).toEqual({
      '20000201': 'uint16 1',
      '20000202': 'uint16 2',
    });
    expect(line.requests.map(({ apdu }) => toHex(apdu).slice(0, 4))).toEqual(['0502', '0505']);
    expect(toHex(line.requests[1]?.apdu ?? hex(''))).toBe('050500000000');
  });

  it('passes over a block that came before, and is malformed when one is missing', async () => {
    const [b0, b1, b2] = [
      block(0, false, one('20000201', 1)),
      block(1, true, one('20000202', 2)),
      block(2, true, one('20000202', 2)),
    ];
    const oads = ['20000201', '20000202'];
    expect(await playing(b0, bytes(b0, b1)).client.readList(METER, oads)).toHaveProperty('size', 2);
    await expect(playing(b0, b2).client.readList(METER, oads)).rejects.toMatchObject({ reason: 'malformed' });
  });

  it('without end is given up', async () => {
    let number = 0;
    const { client, line } = clientOn(() => block(number++, false, one('20000201', 1)));
    await expect(client.readList(METER, ['20000201'])).rejects.toMatchObject({ reason: 'malformed', next: 'skip' });
    expect(line.requests).toHaveLength(64);
  });

  it('that ends in a DAR is that error', async () => {
    const oads = ['20000201', '20000202'];
    const broken = playing(block(0, false, one('20000201', 1)), block(1, true, '0009')).client.readList(METER, oads);
    await expect(broken).rejects.toMatchObject({ reason: 'device_error', dar: 9 });
  });
});
