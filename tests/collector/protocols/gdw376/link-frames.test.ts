import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LinkTalkFilter } from '../../../../collector/lines/dial-in-listener-recognise.ts';
import { recogniseGdw376 } from '../../../../collector/protocols/gdw376/link-frames.ts';
import { anyFrame, linkFrame } from './any-frame.ts';
import { FRAMES, requestNamed, responseNamed, toHex, VECTORS } from './vectors.ts';

const LINKS = VECTORS.filter(({ name }) => /^(login|heartbeat)/.test(name)).map(({ name }) => name);
const REPLY = responseNamed('transparent forward AFN10 F1 of');

function split(bytes: Uint8Array, sizes: readonly number[]): { talks: string[]; rest: string; replies: string[] } {
  const filter = new LinkTalkFilter([recogniseGdw376]);
  const talks: string[] = [];
  const replies: string[] = [];
  const rest: number[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    const got = filter.push(bytes.subarray(at, at + size), 0);
    talks.push(...got.talks.map(({ kind, terminal }) => `${kind} ${terminal}`));
    replies.push(...got.talks.map(({ reply }) => toHex(reply)));
    rest.push(...got.rest);
    at += size;
  }
  return { talks, rest: toHex(Uint8Array.from(rest)), replies };
}

describe('what a terminal says of its connection', () => {
  it.each(LINKS)('is recognised in the recorded %s', (name) => {
    const bytes = requestNamed(name);
    const found = recogniseGdw376(bytes, 0, 0);
    expect(found).toMatchObject({ kind: name.startsWith('login') ? 'login' : 'heartbeat', end: bytes.length });
  });

  it('is confirmed with the recorded answer, number and terminal repeated', () => {
    const { talks, replies } = split(requestNamed('login AFN02'), [100]);
    expect(talks).toEqual(['login 02001234']);
    expect(replies).toEqual([toHex(responseNamed('login AFN02'))]);
    const other = split(linkFrame(3, '3333ABCD', 0x7c), [100]);
    expect(other.talks).toEqual(['heartbeat 3333ABCD']);
    expect(other.replies).toEqual([toHex(anyFrame({ control: 0x0b, afn: 0, terminal: '3333ABCD', seq: 0x6c }))]);
  });

  it('is recognised with the clock of the terminal or a time tag behind it', () => {
    const data = Uint8Array.of(0x13, 0x51, 0x23, 0x21, 0x05, 0x26);
    expect(split(anyFrame({ control: 0xc9, afn: 2, dt: 4, data }), [7]).talks).toEqual(['heartbeat 02001234']);
    expect(split(anyFrame({ control: 0xc9, afn: 2, dt: 1, seq: 0xf1, data }), [7]).talks).toEqual(['login 02001234']);
  });

  it('is taken out of the stream, and everything else goes on unchanged', () => {
    const other = FRAMES.filter(({ name }) => !/^(login|heartbeat)/.test(name)).map(({ bytes }) => bytes);
    const meter = REPLY.subarray(21, 41);
    const parts = fc.array(fc.constantFrom(linkFrame(1), linkFrame(2), linkFrame(3), meter, ...other), {
      minLength: 1,
      maxLength: 8,
    });
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(parts, sizes, (sent, cuts) => {
        const got = split(Uint8Array.from(sent.flatMap((bytes) => [...bytes])), cuts);
        const links = new Set([1, 2, 3].map((fn) => toHex(linkFrame(fn as 1 | 2 | 3))));
        const all = sent.map(toHex);
        expect(got.talks).toHaveLength(all.filter((bytes) => links.has(bytes)).length);
        expect(got.rest).toBe(all.filter((bytes) => !links.has(bytes)).join(''));
      }),
    );
  });

  it('is not waited for at the end of a reply, whatever its checksum is', () => {
    for (let sum = 0; sum < 256; sum++) {
      const end = Uint8Array.of(0x33, 0x33, sum, 0x16);
      expect(split(end, [1]).rest).toBe(toHex(end));
    }
  });

  it('is no login when its terminal cannot be, when it goes to one, or when it is damaged', () => {
    const login = linkFrame(1);
    for (const frame of [
      linkFrame(1, '0200FFFF'),
      anyFrame({ control: 0xc9, afn: 2, station: 1 }),
      anyFrame({ control: 0x49, afn: 2 }),
      anyFrame({ control: 0xc9, afn: 2, dt: 8 }),
      login.with(7, 0x0a),
      login.with(login.length - 2, 0x86),
    ]) {
      expect(split(frame, [100])).toMatchObject({ talks: [], rest: toHex(frame) });
    }
  });
});
