import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DialInLink } from '../../../collector/lines/dial-in-link.ts';
import { recogniseDlt698 } from '../../../collector/lines/dial-in-listener-dlt698.ts';
import { LinkTalkFilter } from '../../../collector/lines/dial-in-listener-recognise.ts';
import { DialIns } from '../../../collector/lines/dial-in-listeners.ts';
import { findFrame } from '../../../collector/protocols/dlt698/frame.ts';
import { recogniseGdw376 } from '../../../collector/protocols/gdw376/link-frames.ts';
import { encodeReply } from '../../support/dlt645-reply.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { linkFrame } from '../protocols/gdw376/any-frame.ts';
import { hex, toHex } from '../protocols/gdw376/vectors.ts';
import { dial, freePort } from './dial-in-terminal.ts';
import { never, until } from './link-suite.ts';

/** LINK-Request of 111111111111: login, heartbeat every 180 s. */
const LOGIN = hex('68 1E 00 81 05 11 11 11 11 11 11 00 9E 76 01 00 00 00 B4 07 E9 04 03 04 0F 14 05 00 00 E8 B0 16');
const NOW = Date.UTC(2026, 10, 20, 2);
const recognise = recogniseDlt698(() => 'Asia/Shanghai');

interface Recorded {
  readonly request_hex: string | null;
  readonly response_hex: string | null;
}

const RECORDED: readonly Uint8Array[] = (
  JSON.parse(
    readFileSync(new URL('../protocols/dlt698/vectors/dlt698.json', import.meta.url), 'utf8'),
  ) as readonly Recorded[]
).flatMap(({ request_hex, response_hex }) => [request_hex, response_hex].filter((text) => text !== null).map(hex));

describe('a DL/T 698.45 terminal that dials in', () => {
  it('is recognised by its recorded login, and answered with its own time and ours', () => {
    const found = recognise(LOGIN, 0, NOW);
    if (found === null || found === 'more') throw new Error('not recognised');
    expect(found).toMatchObject({ kind: 'login', terminal: '111111111111', end: 32, heartbeatMs: 180_000 });
    const answer = findFrame(found.reply);
    if (answer.kind !== 'frame') throw new Error('the answer is no frame');
    expect(answer.frame.control).toBe(0x01);
    expect(answer.frame.address.text).toBe('111111111111');
    const ours = '07EA0B14050A00000000';
    expect(toHex(answer.frame.apdu)).toBe(`810080${'07E904030' + '40F14050000'}${ours}${ours}`);
  });

  it('is waited for wherever its login is cut, and for nothing else of the recorded frames', () => {
    for (let at = 1; at < LOGIN.length; at++) expect(recognise(LOGIN.subarray(0, at), 0, NOW)).toBe('more');
    const others = RECORDED.filter((frame) => toHex(frame) !== toHex(LOGIN));
    expect(others.length).toBeGreaterThan(RECORDED.length - 3);
    for (const frame of others) expect(recognise(frame, 0, NOW)).toBeNull();
  });

  it('with one damaged byte is not recognised', () => {
    for (const at of LOGIN.keys()) {
      if (at === 0) continue;
      const found = recognise(LOGIN.with(at, (LOGIN[at] ?? 0) ^ 0x20), 0, NOW);
      expect(found === null || found === 'more').toBe(true);
    }
  });

  it('is told apart from meters and other terminals, whose frames go on unchanged in any pieces', () => {
    const meter = fc
      .tuple(fc.stringMatching(/^[0-9]{12}$/), fc.uint8Array({ minLength: 4, maxLength: 60 }))
      .map(([address, data]) => encodeReply({ address, control: 0x91, data }));
    const parts = fc.array(fc.oneof(fc.constantFrom(LOGIN, linkFrame(3), ...RECORDED), meter), { maxLength: 8 });
    fc.assert(
      fc.property(parts, fc.integer({ min: 1, max: 40 }), (sent, size) => {
        const filter = new LinkTalkFilter([recogniseGdw376, recognise]);
        const all = Uint8Array.from(sent.flatMap((bytes) => [...bytes]));
        let talks = 0;
        let rest = '';
        for (let at = 0; at < all.length; at += size) {
          const got = filter.push(all.subarray(at, at + size), NOW);
          talks += got.talks.length;
          rest += toHex(got.rest);
        }
        const links = new Set([toHex(LOGIN), toHex(linkFrame(3))]);
        expect(rest).toBe(
          sent
            .map(toHex)
            .filter((bytes) => !links.has(bytes))
            .join(''),
        );
        expect(talks).toBe(sent.map(toHex).filter((bytes) => links.has(bytes)).length);
      }),
    );
  });

  it('opens its line, and loses it after three of the heartbeats that it promised', async () => {
    const clock = new ManualClock(NOW);
    const dialIns = new DialIns({ clock, logger: quietLogger(), zone: () => 'Asia/Shanghai' });
    const port = await freePort();
    const link = new DialInLink({ port, terminal: '111111111111' }, dialIns, clock);
    const downs: string[] = [];
    link.onDown((why) => downs.push(why));
    const opening = link.open(never);
    await dialIns.place({ port, terminal: '111111111111' }).listening();
    const terminal = await dial(port);
    terminal.send(LOGIN);
    await opening;
    await until('the login is answered', () => terminal.received.length === 50);
    await clock.advance(539_999);
    await settle();
    expect(downs).toEqual([]);
    await clock.advance(1);
    expect(downs).toEqual(['link_timeout: nothing heard for 540 s']);
    terminal.hangUp();
    await dialIns.close();
  });
});
