import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meterAddress, openAddress } from '../../../../collector/protocols/dlt698/address.ts';
import { type Frame, findFrame } from '../../../../collector/protocols/dlt698/frame.ts';
import {
  encodeConfirm,
  encodeLinkFrame,
  encodeRequest,
  encodeSearch,
} from '../../../../collector/protocols/dlt698/frame-encode.ts';
import { Reassembly } from '../../../../collector/protocols/dlt698/split.ts';
import { frameOf } from './meter-frames.ts';
import { FRAMES, hex, named, REPLIES, REQUESTS, toHex } from './vectors.ts';

function decoded(bytes: Uint8Array): Frame {
  const found = findFrame(bytes);
  if (found.kind !== 'frame') throw new Error(`no frame: ${JSON.stringify(found)}`);
  return found.frame;
}

const METER = { address: meterAddress('12345678'), client: 0 };
const GET = hex('05010000100201' + '00');

describe('the recorded frames', () => {
  it('are all there', () => {
    expect([REQUESTS.length, REPLIES.length]).toEqual([16, 8]);
  });

  it.each(FRAMES)('$name: is one sound frame, laid again byte for byte', ({ bytes }) => {
    const found = findFrame(bytes);
    if (found.kind !== 'frame') throw new Error(`no frame: ${JSON.stringify(found)}`);
    const { frame, start, end } = found;
    expect([start, end]).toEqual([0, bytes.length]);
    const { control, client, apdu, block } = frame;
    // Bits 13 and 12 of a block field are reserved, so it is taken from the wire.
    const length = 1 + ((bytes[4] ?? 0) & 0x0f) + 1;
    const field = 4 + length + 3;
    const word = (bytes[field] ?? 0) | ((bytes[field + 1] ?? 0) << 8);
    const address = toHex(bytes.subarray(4, 4 + length));
    expect(toHex(frameOf({ control, client, apdu, address, ...(block && { block: word }) }))).toBe(toHex(bytes));
  });

  it('that are reads encode byte for byte', () => {
    const reads = REQUESTS.filter(({ bytes }) => decoded(bytes).control === 0x43);
    expect(reads).toHaveLength(9);
    for (const { bytes } of reads) {
      const { address, client, apdu } = decoded(bytes);
      expect(toHex(encodeRequest({ address, client }, apdu, 0))).toBe(toHex(bytes));
    }
  });

  it('name their address low byte first', () => {
    const { address } = decoded(named(REQUESTS, 'GET 00100400'));
    expect(address).toEqual({ kind: 'single', logical: 0, text: '28417891' });
  });

  it('of the split set make the APDU that the whole frame carries, confirmed block by block', () => {
    const parts = new Reassembly();
    const blocks = ['split set 1/3', 'split set 2/3', 'split set 3/3'].map((name) => decoded(named(REQUESTS, name)));
    const results = blocks.map(({ block, apdu }) => block && parts.add(block, apdu));
    expect(results.map((apdu) => apdu && toHex(apdu))).toEqual([null, null, '050115F101020000']);
    const { address, client } = decoded(named(REQUESTS, 'split set 1/3'));
    const confirm = named(REQUESTS, 'split set, receiver');
    expect(toHex(encodeConfirm({ address, client }, 0x105, 0))).toBe(toHex(confirm));
    expect(decoded(confirm).block).toEqual({ role: 'confirm', number: 0x105 });
  });
});

const told = fc.record({
  apdu: fc.uint8Array({ maxLength: 300 }),
  control: fc.constantFrom(0xc3, 0x83, 0x43, 0x81, 0xcb),
  flag: fc.integer({ min: 0, max: 255 }),
  client: fc.nat({ max: 255 }),
});

describe('a frame', () => {
  it('comes out as it was laid, whatever stands before and behind it', () => {
    const noise = fc.uint8Array({ maxLength: 30 });
    fc.assert(
      fc.property(told, fc.nat({ max: 6 }), noise, ({ flag, ...rest }, preamble, behind) => {
        const text = 'A1B2C3D4E5F60718293A4B5C6D7E8F90'.slice(0, ((flag & 0x0f) + 1) * 2);
        const address = flag.toString(16).padStart(2, '0') + toHex(hex(text).reverse());
        const bytes = frameOf({ ...rest, address });
        const found = findFrame(Uint8Array.of(...new Array<number>(preamble).fill(0xfe), ...bytes, ...behind));
        expect(found).toMatchObject({ kind: 'frame', start: preamble, end: preamble + bytes.length });
        if (found.kind !== 'frame') return;
        expect(toHex(found.frame.apdu)).toBe(toHex(rest.apdu));
        expect(found.frame).toMatchObject({ control: rest.control, client: rest.client, block: null });
        const kind = ['single', 'wildcard', 'group', 'broadcast'][flag >> 6];
        expect(found.frame.address).toEqual({ kind, logical: (flag >> 4) & 3, text });
      }),
    );
  });

  it('is waited for to its last byte, with 68 and 16 inside', () => {
    const bytes = frameOf({ apdu: hex('6816166800686816') });
    for (let length = 1; length < bytes.length; length++) {
      expect(findFrame(bytes.subarray(0, length))).toEqual({ kind: 'more', used: 0 });
    }
    expect(findFrame(bytes).kind).toBe('frame');
  });

  it('is found behind noise, also noise that looks like a beginning', () => {
    const sound = frameOf({ apdu: GET });
    for (const noise of ['68', '6868', '681700', '6817004305', '00FF16', '68FFFF0000', toHex(sound.subarray(0, -1))]) {
      const found = findFrame(Uint8Array.of(...hex(noise), ...sound));
      expect(found, noise).toMatchObject({ kind: 'frame', end: noise.length / 2 + sound.length });
    }
  });

  it('that carries another one is waited for, and not mistaken for it', () => {
    const inner = frameOf({ apdu: GET });
    const outer = frameOf({ apdu: Uint8Array.of(0x89, ...inner, 0, 0) });
    expect(findFrame(outer.subarray(0, -1))).toEqual({ kind: 'more', used: 0 });
    expect(findFrame(outer)).toMatchObject({ kind: 'frame', start: 0 });
  });

  it('with a head that is not sound is not waited for', () => {
    const sound = frameOf({ apdu: GET });
    expect(findFrame(sound.with(1, 0xff).subarray(0, 20))).toMatchObject({ kind: 'damaged', damage: 'head_checksum' });
    expect(findFrame(sound.with(2, 0x40))).toMatchObject({ kind: 'damaged', damage: 'length' });
    expect(findFrame(frameOf({ apdu: new Uint8Array(4000) }))).toMatchObject({ kind: 'damaged', damage: 'length' });
    expect(findFrame(sound.with(1, 3))).toMatchObject({ kind: 'damaged', damage: 'length' });
  });

  it('with a wrong sum, end byte or block field is damaged', () => {
    const sound = frameOf({ apdu: GET });
    expect(findFrame(sound.with(-5, 0xff))).toMatchObject({ kind: 'damaged', damage: 'checksum' });
    expect(findFrame(sound.with(-1, 0x17))).toMatchObject({ kind: 'damaged', damage: 'end' });
    expect(findFrame(frameOf({ control: 0xe3, apdu: hex('05') }))).toMatchObject({ damage: 'block_field' });
  });
});

describe('the encoder', () => {
  it('knows no APDU but the four reads', () => {
    const sent = new Set<string>();
    for (let tag = 0; tag < 256; tag++) {
      for (let service = 0; service < 20; service++) {
        try {
          encodeRequest(METER, Uint8Array.of(tag, service, 0, 0), 0);
          sent.add(toHex(Uint8Array.of(tag, service)));
        } catch (error) {
          expect(error).toMatchObject({ code: 'read_only' });
        }
      }
    }
    expect([...sent]).toEqual(['0501', '0502', '0503', '0505']);
    expect(() => encodeRequest(METER, new Uint8Array())).toThrow(/^cannot encode APDU/);
  });

  it.each(['wildcard', 'group', 'broadcast'] as const)('speaks to no %s address', (kind) => {
    const to = { client: 0, address: { kind, logical: 0, text: 'AAAAAAAAAAAA' } };
    const refused = expect.objectContaining({ code: 'read_only' });
    expect(() => encodeRequest(to, GET)).toThrow(refused);
    expect(() => encodeConfirm(to, 1)).toThrow(refused);
  });

  it('asks an address with open digits for one attribute and nothing else', () => {
    const to = { client: 0, address: openAddress('AAAAAAAAAAAA') };
    // The frame that every manual has for finding a meter: its communication address.
    expect(toHex(encodeSearch(to, hex('0501004001020000'), 0))).toBe(
      '6817004345AAAAAAAAAAAA005B4F0501004001020000ED0316',
    );
    const refused = expect.objectContaining({ code: 'read_only' });
    const sent: string[] = [];
    for (let tag = 0; tag < 256; tag++) {
      for (let service = 0; service < 20; service++) {
        try {
          encodeSearch(to, Uint8Array.of(tag, service, 0, 0), 0);
          sent.push(toHex(Uint8Array.of(tag, service)));
        } catch (error) {
          expect(error).toEqual(refused);
        }
      }
    }
    expect(sent).toEqual(['0501']);
    for (const kind of ['group', 'broadcast'] as const) {
      expect(() => encodeSearch({ client: 0, address: { ...to.address, kind } }, GET)).toThrow(refused);
    }
    expect(() => openAddress('AAAA')).toThrow(expect.objectContaining({ code: 'bad_address' }));
  });

  it('links with nothing but a LINK-Response', () => {
    for (const apdu of [GET, hex('0600'), new Uint8Array(33), Uint8Array.of(0x81, ...new Array<number>(40).fill(0))]) {
      expect(() => encodeLinkFrame(METER, apdu)).toThrow(expect.objectContaining({ code: 'read_only' }));
    }
  });

  it('sends FE first, and refuses an address that is none', () => {
    expect(toHex(encodeRequest(METER, GET)).slice(0, 10)).toBe('FEFEFEFE68');
    expect(() => meterAddress('12A4')).toThrow(expect.objectContaining({ code: 'bad_address' }));
    const to = { client: 0, address: { kind: 'single', logical: 0, text: '123' } } as const;
    expect(() => encodeRequest(to, GET)).toThrow(expect.objectContaining({ code: 'bad_address' }));
  });
});
