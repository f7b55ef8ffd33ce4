import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc16x25 } from '../../../simulators/dlt698/crc16-x25.ts';
import { encodeLink, LinkSplitter } from '../../../simulators/dlt698/frame.ts';
import { linkRequest } from '../../../simulators/dlt698/link.ts';
import { DltSplitter } from '../../../simulators/lines/dlt-splitter.ts';
import { request } from '../support/read645.ts';
import { request698 } from '../support/read698.ts';
import { at, ID, NOW } from '../support/small-world.ts';

interface Vector {
  readonly name: string;
  readonly request_hex: string | null;
  readonly response_hex: string | null;
}
const vectors = JSON.parse(
  readFileSync(new URL('../vectors/dlt698.json', import.meta.url), 'utf8'),
) as readonly Vector[];
const frames = vectors.flatMap(({ name, request_hex, response_hex }) =>
  [request_hex, response_hex].flatMap((hex) =>
    hex ? [[name, Buffer.from(hex.replaceAll(' ', ''), 'hex')] as const] : [],
  ),
);

describe('a link frame of DL/T 698.45', () => {
  it('has the check of CRC-16/X.25', () => {
    expect(crc16x25(Buffer.from('123456789'))).toBe(0x906e);
  });

  it.each(frames)('is found and made again byte by byte: %s', (_, bytes) => {
    const [found] = new LinkSplitter().push(Buffer.concat([Buffer.from('fefe0068', 'hex'), bytes]));
    expect(found && Buffer.from(encodeLink(found.frame)).toString('hex')).toBe(bytes.toString('hex'));
  });

  it('is refused with one bit wrong anywhere', () => {
    const frame = frames[8]?.[1] ?? Buffer.alloc(0);
    fc.assert(
      fc.property(fc.nat(frame.length * 8 - 1), (bit) => {
        const wrong = Buffer.from(frame);
        wrong[bit >> 3] = (wrong[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(new LinkSplitter().push(wrong)).toEqual([]);
      }),
    );
  });

  it('gives LINK-Request as a real terminal sent it', () => {
    const sent = linkRequest('login', '111111111111', { number: 0, heartbeatS: 180, atMs: at('2025-04-03T15:20:05') });
    expect(Buffer.from(sent)).toEqual(frames.find(([name]) => name.includes('LINK-Request'))?.[1]);
  });

  it('is told from frames of DL/T 645 in one stream cut anywhere', () => {
    const sent = [
      request698(ID, [5, 1, 0, 0, 0x10, 2, 0, 0]),
      request(ID, 0x11, [0, 0, 1, 0]),
      // Looks like DL/T 645 up to its eighth byte.
      request698('310001680001', [5, 1, 0, 0, 0x10, 2, 0, 0]),
      request(ID, 0x11, [0, 0, 1, 0]),
    ];
    const stream = Buffer.concat(sent);
    for (let size = 1; size <= stream.length; size++) {
      const splitter = new DltSplitter();
      const counts = { frames: 0, links: 0 };
      for (let from = 0; from < stream.length; from += size) {
        const found = splitter.push(stream.subarray(from, from + size), NOW);
        counts.frames += found.frames.length;
        counts.links += found.links.length;
      }
      expect(counts).toEqual({ frames: 2, links: 2 });
    }
  });
});
