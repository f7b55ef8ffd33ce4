import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RegisterRequest, requestOf } from '../../../../collector/protocols/modbus/register-request.ts';
import { scanRtu } from '../../../../collector/protocols/modbus/rtu-frame.ts';
import { rtu, rtuReply, VECTORS } from './rtu-wire.ts';

const request: RegisterRequest = { unit: 7, functionCode: 4, address: 0x0100, quantity: 2 };
const reply = rtuReply(7, 4, [0x1234, 0x5678]);
const scan = scanRtu(request);
const join = (...parts: (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((p) => [...p]));

describe('the frames of the vectors', () => {
  it.each(VECTORS)('are read: $name', (vector) => {
    const asked = requestOf(vector.request);
    if (asked === null) throw new Error('not a read');
    expect(scanRtu(asked)(vector.response)).toEqual({
      kind: 'frame',
      value: vector.response,
      used: vector.response.length,
    });
  });
});

describe('a reply', () => {
  it('is waited for until its last byte', () => {
    for (let length = 0; length < reply.length; length++) {
      expect(scan(reply.subarray(0, length))).toMatchObject({ kind: 'more' });
    }
    expect(scan(reply)).toEqual({ kind: 'frame', value: reply, used: 9 });
  });

  it('is found behind bytes that begin no frame', () => {
    expect(scan(join([0xff, 0x00, 0xfe], reply))).toEqual({ kind: 'frame', value: reply, used: 12 });
    expect(scan(Uint8Array.of(0xff))).toMatchObject({ kind: 'more', used: 1 });
  });

  it('is told from what may begin a frame of somebody else', () => {
    expect(scan(Uint8Array.of(0xff, 0x10))).toEqual({ kind: 'more', used: 1, begun: false });
    expect(scan(Uint8Array.of(0xff, 0x10, 7))).toEqual({ kind: 'more', used: 2 });
    expect(scan(Uint8Array.of(0x10, 4, 8, 7))).toEqual({ kind: 'more', used: 0 });
  });

  it('is found behind one of our own that broke off', () => {
    expect(scan(join(reply.subarray(0, 6), reply))).toEqual({ kind: 'frame', value: reply, used: 15 });
  });

  it('may be an exception', () => {
    const exception = rtu(7, 0x84, 2);
    expect(scan(exception.subarray(0, 4))).toEqual({ kind: 'more', used: 0 });
    expect(scan(exception)).toEqual({ kind: 'frame', value: exception, used: 5 });
  });

  it('with a flipped bit is damaged', () => {
    const flipped = Uint8Array.from(reply);
    flipped[4] = 0x35;
    expect(scan(flipped)).toMatchObject({ kind: 'damaged', reason: 'crc_error' });
  });

  it('that claims fewer registers than it has bytes is malformed', () => {
    const lying = rtu(7, 4, 2, 0x12, 0x34, 0x56, 0x78);
    const detail = 'byte count 2 instead of 4';
    expect(scan(lying)).toEqual({ kind: 'damaged', reason: 'malformed', detail, answered: true });
  });
});

describe('a stray', () => {
  it.each([
    ['of another unit', rtuReply(8, 4, [1, 2]), 'wrong_address'],
    ['exception of another unit', rtu(8, 0x84, 2), 'wrong_address'],
    ['of another length', rtuReply(7, 4, [1, 2, 3]), 'malformed'],
    ['of another function', rtuReply(7, 3, [1, 2]), 'malformed'],
    ['exception to another function', rtu(7, 0x83, 2), 'malformed'],
    ['answer to a write by another master', rtu(7, 6, 0, 1, 0, 2), 'malformed'],
    ['echo of the request', rtu(7, 4, 1, 0, 0, 2), 'malformed'],
  ])('is a complete frame %s', (_what, frame, reason) => {
    expect(scan(frame)).toEqual({ kind: 'stray', used: frame.length, reason });
    expect(scan(join(frame, reply))).toMatchObject({ kind: 'stray', used: frame.length });
  });

  it('may have noise before it', () => {
    expect(scan(join([0, 0], rtuReply(9, 4, [1, 2])))).toEqual({ kind: 'stray', used: 11, reason: 'wrong_address' });
  });

  it('is recognised as the echo of a request that is longer than the reply', () => {
    expect(scanRtu({ ...request, quantity: 1 })(rtu(7, 4, 1, 0, 0, 1))).toMatchObject({ kind: 'stray', used: 8 });
  });
});

/** What a line does with verdicts: drops noise and strays, keeps the rest. */
function play(chunks: readonly Uint8Array[]): { value: Uint8Array | null; damaged: boolean } {
  let received: Uint8Array = new Uint8Array();
  for (const chunk of chunks) {
    received = join(received, chunk);
    for (;;) {
      const verdict = scan(received);
      if (verdict.kind === 'frame') return { value: verdict.value, damaged: false };
      if (verdict.kind === 'damaged') return { value: null, damaged: true };
      if (verdict.kind === 'more') {
        received = received.subarray(verdict.used ?? 0);
        break;
      }
      expect(verdict.used).toBeGreaterThan(0);
      received = received.subarray(verdict.used);
    }
  }
  return { value: null, damaged: false };
}

const strays = fc.oneof(
  fc
    .tuple(
      fc.integer({ min: 1, max: 247 }),
      fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 20 }),
    )
    .filter(([unit, words]) => unit !== 7 || words.length !== 2)
    .map(([unit, words]) => rtuReply(unit, 4, words)),
  fc.integer({ min: 1, max: 11 }).map((code) => rtu(8, 0x84, code)),
);

function cut(frame: Uint8Array, at: readonly number[]): Uint8Array[] {
  const edges = [0, ...at.map((edge) => edge % frame.length).sort((a, b) => a - b), frame.length];
  return edges.slice(1).map((edge, i) => frame.subarray(edges[i], edge));
}

const noise = fc
  .array(fc.constantFrom(0x00, 0xf8, 0xfe, 0xff), { minLength: 1, maxLength: 12 })
  .map((bytes) => Uint8Array.from(bytes));

it('the reply is found behind any strays and noise, however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(strays, noise), { maxLength: 3 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      (before, edges) => {
        expect(play(cut(join(...before, reply), edges)).value).toEqual(reply);
      },
    ),
    { numRuns: 300 },
  );
});

/** All triples of bits. One named twice is right again, so that one, two or three are wrong. */
function* triples(bits: number): Generator<readonly number[]> {
  for (let a = 0; a < bits; a++) for (let b = a; b < bits; b++) for (let c = b; c < bits; c++) yield [a, b, c];
}

it('a reply with one, two or three wrong bits is never taken', () => {
  const taken: string[] = [];
  for (const wrong of triples(8 * reply.length)) {
    const damaged = Uint8Array.from(reply);
    for (const bit of wrong) damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    if (scan(damaged).kind === 'frame') taken.push(Buffer.from(damaged).toString('hex'));
  }
  expect(taken).toEqual([]);
});

it('any bytes whatever give a verdict that makes progress', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const verdict = scan(bytes);
      if (verdict.kind === 'frame' || verdict.kind === 'stray') {
        expect(verdict.used).toBeGreaterThan(0);
        expect(verdict.used).toBeLessThanOrEqual(bytes.length);
      }
      expect(scan(bytes)).toEqual(verdict);
    }),
    { numRuns: 500 },
  );
});
