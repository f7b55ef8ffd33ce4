import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { terminalBytes, terminalText } from '../../../../collector/protocols/gdw376/address.ts';
import { decodeForwardReply, decodeForwardRequest } from '../../../../collector/protocols/gdw376/forward.ts';
import { type Frame, findFrame } from '../../../../collector/protocols/gdw376/frame.ts';
import { anyFrame } from './any-frame.ts';
import { FRAMES, requestNamed, responseNamed, toHex } from './vectors.ts';

function frameOf(bytes: Uint8Array): Frame {
  const found = findFrame(bytes);
  if (found.kind !== 'frame') throw new Error(`no frame in ${toHex(bytes)}`);
  return found.frame;
}

const frames = fc
  .record({
    control: fc.integer({ min: 0, max: 255 }),
    terminal: fc
      .tuple(fc.integer({ min: 0, max: 9999 }), fc.integer({ min: 0, max: 0xffff }))
      .map(([region, address]) => `${region}`.padStart(4, '0') + address.toString(16).toUpperCase().padStart(4, '0')),
    station: fc.integer({ min: 0, max: 255 }),
    afn: fc.constantFrom(0x00, 0x02, 0x0c, 0x0e, 0x10),
    da: fc.integer({ min: 0, max: 0xffff }),
    dt: fc.integer({ min: 0, max: 0xffff }),
    data: fc.uint8Array({ minLength: 24, maxLength: 300 }),
  })
  .map((frame) => ({ ...frame, bytes: anyFrame(frame) }));

describe('the recorded frames', () => {
  it('are all there', () => {
    expect(FRAMES).toHaveLength(16);
  });

  it.each(FRAMES)('$name decodes, whole', ({ bytes }) => {
    expect(findFrame(bytes)).toMatchObject({ kind: 'frame', start: 0, end: bytes.length });
  });

  it.each(FRAMES)('$name is laid again to the same bytes from its parts', ({ bytes }) => {
    expect(toHex(anyFrame(frameOf(bytes)))).toBe(toHex(bytes));
  });

  it('give terminal, function and number of a login', () => {
    expect(frameOf(requestNamed('login region 4403'))).toMatchObject({
      control: 0xc9,
      terminal: '44030004',
      station: 0,
      afn: 0x02,
      seq: 0x71,
      da: 0,
      dt: 1,
    });
    expect(frameOf(requestNamed('login region 0314')).terminal).toBe('03146332');
    expect(frameOf(requestNamed('heartbeat region 3333')).terminal).toBe('33334444');
  });

  it('give the forwarded frame, with password and time tag taken off', () => {
    const { data, aux, station } = frameOf(requestNamed('transparent forward AFN10 F1 of'));
    const request = decodeForwardRequest(data);
    expect(request).toMatchObject({ port: 31, comm: 0x6b, wait: 0xbc, byteTimeout: 10 });
    expect(toHex(request?.inner ?? new Uint8Array())).toBe('6861100130121568110433333433' + '7B16');
    expect([toHex(aux.password), toHex(aux.events), toHex(aux.tag)]).toEqual(['00'.repeat(16), '', '001351232105']);
    expect(station).toBe(4);
  });

  it('give the reply of the meter, with event counters and time tag taken off', () => {
    const { data, aux, control } = frameOf(responseNamed('transparent forward AFN10 F1 of'));
    expect(control).toBe(0xa8);
    expect(decodeForwardReply(data)?.port).toBe(31);
    expect(toHex(decodeForwardReply(data)?.inner ?? new Uint8Array())).toBe(
      '68611001301215689108' + '33333433AB393333' + '4916',
    );
    expect([toHex(aux.password), toHex(aux.events), toHex(aux.tag)]).toEqual(['', '4F00', '000650232105']);
  });
});

describe('a terminal address', () => {
  it('stands on the wire low byte first, region before terminal', () => {
    expect(toHex(terminalBytes('02001234'))).toBe('00023412');
    expect(terminalText(Uint8Array.of(0x00, 0x02, 0x34, 0x12))).toBe('02001234');
  });

  it.each(['2001234', '0200123G', '0A001234', '02001234 ', '123456789012'])('is not %j', (text) => {
    expect(() => terminalBytes(text)).toThrow(expect.objectContaining({ code: 'bad_address' }));
  });
});

describe('the search for a frame', () => {
  it('finds every frame behind any rubbish that holds no 68', () => {
    fc.assert(
      fc.property(frames, fc.uint8Array({ maxLength: 40 }), ({ bytes, ...frame }, noise) => {
        const rubbish = noise.filter((byte) => byte !== 0x68);
        const found = findFrame(Uint8Array.of(...rubbish, ...bytes));
        expect(found).toMatchObject({ kind: 'frame', start: rubbish.length, end: rubbish.length + bytes.length });
        if (found.kind !== 'frame') return;
        expect(toHex(anyFrame(found.frame))).toBe(toHex(bytes));
        expect(found.frame.terminal).toBe(frame.terminal);
      }),
    );
  });

  it('waits for the rest of a frame, wherever it is cut', () => {
    fc.assert(
      fc.property(frames, fc.nat(), ({ bytes }, at) => {
        expect(findFrame(bytes.subarray(0, at % bytes.length))).toEqual({ kind: 'more', used: 0 });
      }),
    );
  });

  it('goes on behind a damaged frame', () => {
    const login = requestNamed('login AFN02');
    for (const at of login.keys()) {
      const damaged = login.with(at, (login[at] ?? 0) ^ 0x10);
      expect(findFrame(Uint8Array.of(...damaged, ...login)), `byte ${at}`).toMatchObject({
        kind: 'frame',
        start: login.length,
        end: 2 * login.length,
      });
    }
  });

  it('does not wait for a frame that seems to begin in the data of a damaged one', () => {
    const frame = anyFrame({ control: 0x88, afn: 0x0c, data: Uint8Array.of(1, 2, 0x68) });
    const damaged = frame.with(frame.length - 2, 0x32);
    expect(findFrame(frame)).toMatchObject({ kind: 'frame' });
    expect(findFrame(damaged)).toEqual({ kind: 'more', used: damaged.length });
  });

  it('takes no frame of another protocol edition, with lengths that differ, or too short for its parts', () => {
    const login = requestNamed('login AFN02');
    for (const [at, byte] of [
      [1, 0x31],
      [3, 0x36],
      [5, 0x69],
    ] as const) {
      expect(findFrame(login.with(at, byte))).toEqual({ kind: 'more', used: login.length });
    }
    // A time tag is announced, but only five bytes stand there.
    const short = anyFrame({ control: 0xc9, afn: 0x02, seq: 0xf1, data: new Uint8Array(5) });
    expect(findFrame(short)).toEqual({ kind: 'more', used: short.length });
  });

  const reply = responseNamed('transparent forward AFN10 F1 of');
  const flipped = (bytes: Uint8Array, at: number, flip: number): Uint8Array => bytes.with(at, (bytes[at] ?? 0) ^ flip);
  const isAltered = (mutated: Uint8Array): boolean => {
    const found = findFrame(mutated);
    return found.kind === 'frame' && toHex(mutated.subarray(found.start, found.end)) !== toHex(reply);
  };

  it('gives no altered frame when one byte has changed', () => {
    const changes = [...reply.keys()].flatMap((at) => Array.from({ length: 255 }, (_, i) => ({ at, flip: i + 1 })));
    expect(changes.filter(({ at, flip }) => isAltered(flipped(reply, at, flip)))).toEqual([]);
  });

  it('gives an altered frame in less than 1 of 200 cases when two bytes have changed', () => {
    const byte = fc.record({ at: fc.nat(reply.length - 1), flip: fc.integer({ min: 1, max: 255 }) });
    const pairs = fc.sample(fc.tuple(byte, byte), { numRuns: 20_000, seed: 376 });
    const altered = pairs.filter(
      ([first, second]) =>
        first.at !== second.at && isAltered(flipped(flipped(reply, first.at, first.flip), second.at, second.flip)),
    );
    // An 8-bit sum cannot catch them all: a test that saw none would not be looking.
    expect(altered.length).toBeGreaterThan(0);
    expect(altered.length / pairs.length).toBeLessThan(1 / 200);
  });
});
