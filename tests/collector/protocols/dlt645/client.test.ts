import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../../collector/lines/exchange.ts';
import { Dlt645Client } from '../../../../collector/protocols/dlt645/client.ts';
import { encodeRequest } from '../../../../collector/protocols/dlt645/frame-encode.ts';
import { encodeReply } from '../../../support/dlt645-reply.ts';
import { hex, REPLIES, REQUESTS, replyNamed, toHex } from './vectors.ts';
import { meterWith, type Wire, WireStub } from './wire-stub.ts';

const METER = '000012345678';

function reply(control: number, data: string, address = METER): Uint8Array {
  return encodeReply({ address, control, data: hex(data) }, 1);
}

function bytes(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

function clientOn(wire: Wire): { client: Dlt645Client; line: WireStub } {
  const line = new WireStub(wire);
  return { client: new Dlt645Client(line), line };
}

/** A line that plays one reply after the other, whatever is asked. */
function playing(...replies: readonly Uint8Array[]): { client: Dlt645Client; line: WireStub } {
  const left = [...replies];
  return clientOn(() => left.shift() ?? null);
}

const VOLTAGE = '02010100';
const sound = reply(0x91, '00010102' + '0110');

describe('a read', () => {
  it('gives the data behind the identifier', async () => {
    const { client, line } = playing(sound);
    expect(toHex(await client.readData(METER, VOLTAGE))).toBe('0110');
    expect(line.requests).toEqual([{ address: METER, control: 0x11, data: hex('00010102') }]);
  });

  it.each(REPLIES.filter(({ parsed }) => parsed.control === '91'))('takes the recorded $name', async (golden) => {
    const asked = REQUESTS.find(({ name }) => name === golden.name)?.parsed.address ?? golden.parsed.address;
    const { client } = playing(golden.bytes);
    const data = await client.readData(asked, golden.parsed.di ?? '');
    expect(toHex(data)).toBe(golden.parsed.data_minus_33.slice(8));
  });

  it('puts count and time of a load profile behind the identifier', async () => {
    const { client, line } = playing(reply(0x91, '01000006'));
    expect(await client.readData(METER, '06000001', hex('011510201126'))).toHaveLength(0);
    expect(toHex(line.requests[0]?.data ?? hex(''))).toBe('01000006011510201126');
  });

  it('comes through however the line cuts the reply into pieces', async () => {
    let last: Verdict<unknown> = { kind: 'more' };
    const line = {
      exchange: <T>(_request: Uint8Array, scan: (received: Uint8Array) => Verdict<T>): Promise<T> => {
        for (let length = 0; length < sound.length; length++) {
          last = scan(sound.subarray(0, length));
          expect(last.kind).toBe('more');
        }
        const verdict = scan(sound);
        return verdict.kind === 'frame' ? Promise.resolve(verdict.value) : Promise.reject(new Error(verdict.kind));
      },
    };
    expect(toHex(await new Dlt645Client(line).readData(METER, VOLTAGE))).toBe('0110');
  });
});

describe('what does not answer the request', () => {
  it.each([
    ['the echo of the request', encodeRequest({ address: METER, control: 0x11, data: hex('00010102') })],
    ['a late reply with another identifier', reply(0x91, '00020102' + '9999')],
    ['a late reply to a follow-up', reply(0x92, '00010102' + '999901')],
    ['a reply of another meter', reply(0x91, '00010102' + '9999', '000012345679')],
    ['an error of another meter', reply(0xd1, '02', '000012345679')],
    ['a reply to another function', reply(0x93, '785634120000')],
  ])('is passed over: %s', async (_what, stray) => {
    const { client } = playing(bytes(stray, sound));
    expect(toHex(await client.readData(METER, VOLTAGE))).toBe('0110');
  });

  it('leaves the meter silent, or names the wrong address when only another one spoke', async () => {
    await expect(playing(reply(0x91, '00020102' + '9999')).client.readData(METER, VOLTAGE)).rejects.toMatchObject({
      reason: 'no_answer',
    });
    await expect(
      playing(reply(0x91, '00010102' + '9999', '000000000001')).client.readData(METER, VOLTAGE),
    ).rejects.toMatchObject({ reason: 'wrong_address' });
  });

  it.each([
    ['a wrong sum', sound.with(-2, 0), 'crc_error', 'checksum'],
    ['a wrong end byte', sound.with(-1, 0), 'malformed', 'end byte missing'],
    ['an announced length above 200', sound.with(10, 201), 'malformed', 'length above 200'],
    ['no room for an identifier', reply(0x91, '000101'), 'malformed', 'reply of 3 bytes has no data identifier'],
    ['an error of two bytes', reply(0xd1, '0200'), 'malformed', 'error reply of 2 bytes'],
  ])('is damaged when it has %s', async (_what, wire, reason, detail) => {
    await expect(playing(wire).client.readData(METER, VOLTAGE)).rejects.toMatchObject({ reason, detail });
  });
});

describe('an error reply', () => {
  it('02 means that the meter lacks the item: not supported, and no second try', async () => {
    const golden = replyNamed('voltage-loss total');
    await expect(playing(golden.bytes).client.readData('201000000012', '03010000')).rejects.toMatchObject({
      reason: 'not_supported',
      detail: 'error 02',
      next: 'skip',
      lastBytes: toHex(golden.bytes),
    });
  });

  it.each([
    ['01', 'device_error', 'retry'],
    ['04', 'device_error', 'skip'],
    ['40', 'device_error', 'skip'],
    ['00', 'device_error', 'skip'],
    ['03', 'not_supported', 'skip'],
  ])('%s is %s, then %s', async (code, reason, next) => {
    await expect(playing(reply(0xd1, code)).client.readData(METER, VOLTAGE)).rejects.toMatchObject({
      reason,
      next,
      detail: `error ${code}`,
    });
  });

  it('to a follow-up ends the read', async () => {
    const { client } = playing(reply(0xb1, '00FF0100' + '00000000'), reply(0xd2, '01'));
    await expect(client.readData(METER, '0001FF00')).rejects.toMatchObject({ reason: 'device_error' });
  });
});

describe('a request that may be sent twice', () => {
  const twice = (...replies: readonly (Uint8Array | null)[]) => {
    const left = [...replies];
    const line = new WireStub(() => left.shift() ?? null);
    return { client: new Dlt645Client(line, () => 2), line };
  };

  it.each([
    ['silence', null],
    ['a damaged reply', sound.with(-2, 0)],
  ])('is sent again after %s', async (_what, first) => {
    const { client, line } = twice(first, sound);
    expect(toHex(await client.readData(METER, VOLTAGE))).toBe('0110');
    expect(line.requests).toHaveLength(2);
  });

  it('is not sent again when the meter lacks the item or cannot now, nor a third time', async () => {
    for (const [error, reason] of [
      ['02', 'not_supported'],
      ['01', 'device_error'],
    ] as const) {
      const refusing = twice(reply(0xd1, error), sound);
      await expect(refusing.client.readData(METER, VOLTAGE)).rejects.toMatchObject({ reason, answered: true });
      expect(refusing.line.requests).toHaveLength(1);
    }
    const silent = twice(null, null, sound);
    await expect(silent.client.readData(METER, VOLTAGE)).rejects.toMatchObject({ reason: 'no_answer' });
    expect(silent.line.requests).toHaveLength(2);
  });

  it('repeats a lost follow-up without starting over', async () => {
    const parts = [reply(0xb1, `00FF0100${'56341200'}`), null, reply(0x92, `00FF0100${'00000100'}01`)];
    const { client, line } = twice(...parts);
    expect(toHex(await client.readData(METER, '0001FF00'))).toBe('5634120000000100');
    expect(line.requests.map(({ control }) => control)).toEqual([0x11, 0x12, 0x12]);
  });
});

describe('follow-up frames', () => {
  const part1 = replyNamed('forward active, follow-up needed').bytes;
  const part2 = replyNamed('forward active follow-up frame SEQ=1').bytes;

  it('are asked for and joined', async () => {
    const { client, line } = playing(part1, part2);
    const data = await client.readData(METER, '0001FF00');
    expect(toHex(data)).toBe('5634120000000100000005000000040056340200');
    expect(line.requests.map(({ control }) => control)).toEqual([0x11, 0x12]);
    expect(toHex(line.requests[1]?.data ?? hex(''))).toBe('00FF010001');
  });

  it('are joined in order for any number that a record can need', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 195 }), { minLength: 1, maxLength: 17 }), async (parts) => {
        const { client } = clientOn(({ control, data }) => {
          const seq = control === 0x12 ? (data.at(-1) ?? 0) : 0;
          const more = seq < parts.length - 1 ? 0x20 : 0;
          const content = [...(parts[seq] ?? []), ...(seq > 0 ? [seq] : [])];
          const answer = Uint8Array.of(...data.subarray(0, 4), ...content);
          return encodeReply({ address: METER, control: 0x80 | more | control, data: answer });
        });
        expect(toHex(await client.readData(METER, '06000001'))).toBe(toHex(bytes(...parts)));
      }),
    );
  });

  it('without end are given up', async () => {
    const { client, line } = clientOn(({ control, data }) =>
      encodeReply({ address: METER, control: 0xa0 | control, data }),
    );
    await expect(client.readData(METER, '06000001')).rejects.toMatchObject({ reason: 'malformed', next: 'skip' });
    expect(line.requests).toHaveLength(17);
  });

  it('that came before are passed over', async () => {
    const again = reply(0xb2, '00FF0100' + '1111111101');
    const { client } = playing(part1, again, bytes(again, reply(0x92, '00FF0100' + '2222222202')));
    expect(toHex(await client.readData(METER, '0001FF00'))).toBe('5634120000000100000005001111111122222222');
  });

  it.each([
    ['skip one', '00FF0100' + '0000000002', 'follow-up frame 2 instead of 1'],
    ['carry no number', '00FF0100', 'follow-up frame without sequence number'],
  ])('are malformed when they %s', async (_what, data, detail) => {
    await expect(playing(part1, reply(0x92, data)).client.readData(METER, '0001FF00')).rejects.toMatchObject({
      reason: 'malformed',
      detail,
    });
  });
});

describe('an abbreviated address', () => {
  it('is answered by the meter whose number ends so', async () => {
    const { client } = clientOn(meterWith(METER, { '00010000': '56341200' }));
    expect(toHex(await client.readData('AAAAAAAA5678', '00010000'))).toBe('56341200');
    await expect(client.readData('AAAAAAAA5679', '00010000')).rejects.toMatchObject({ reason: 'wrong_address' });
  });
});

describe('an address read', () => {
  const addressed = (data: string, from = METER) => playing(reply(0x93, data, from));

  it('asks any meter with function 13 and no data', async () => {
    const { client, line } = addressed('785634120000');
    expect(await client.readAddress()).toBe(METER);
    expect(line.requests).toEqual([{ address: 'AAAAAAAAAAAA', control: 0x13, data: new Uint8Array() }]);
  });

  it('takes the recorded replies', async () => {
    for (const golden of REPLIES.filter(({ parsed }) => parsed.control === '93')) {
      expect(await playing(golden.bytes).client.readAddress()).toBe(golden.decoded['address']);
    }
  });

  it('of the last digits gives the whole number', async () => {
    expect(await addressed('785634120000').client.readAddress('AAAAAAAA5678')).toBe(METER);
  });

  it.each([
    ['no decimal digits', '7856341200FA', undefined],
    ['AA for a digit pair', '78563412AAAA', undefined],
    ['five bytes', '7856341200', undefined],
    ['another address than was asked for', '785634120000', 'AAAAAAAA9999'],
  ])('refuses a reply with %s', async (_what, data, pattern) => {
    const { client } = addressed(data, pattern?.replaceAll('A', '0'));
    await expect(client.readAddress(pattern)).rejects.toMatchObject({ reason: 'malformed' });
  });
});

describe('a short address', () => {
  it('is answered under the real one, and the rest is asked of the meter that began', async () => {
    const { client, line } = playing(reply(0xb1, '00FF010011111111'), reply(0x92, '00FF01002222222201'));
    expect(toHex(await client.readData('AAAAAAAA5678', '0001FF00'))).toBe('1111111122222222');
    expect(line.requests.map(({ address }) => address)).toEqual(['AAAAAAAA5678', METER]);
  });

  it('is not answered by a meter with other digits', async () => {
    await expect(playing(sound).client.readData('AAAAAAAA9999', VOLTAGE)).rejects.toMatchObject({
      reason: 'wrong_address',
    });
  });
});
