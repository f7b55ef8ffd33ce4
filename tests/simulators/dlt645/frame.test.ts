import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameSplitter } from '../../../simulators/dlt645/frame.ts';

interface Parsed {
  readonly address: string;
  readonly control: string;
  readonly data_minus_33: string;
}
interface Vector {
  readonly name: string;
  readonly request_hex?: string | null;
  readonly response_hex?: string | null;
  readonly parsed_request?: Parsed;
  readonly parsed_response?: Parsed;
  readonly negative?: boolean;
}

const vectors = JSON.parse(
  readFileSync(new URL('../vectors/dlt645-2007.json', import.meta.url), 'utf8'),
) as readonly Vector[];
const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const frames = vectors.flatMap(({ name, request_hex, response_hex, parsed_request, parsed_response }) => [
  ...(request_hex && parsed_request ? [[`${name}: request`, request_hex, parsed_request] as const] : []),
  ...(response_hex && parsed_response ? [[`${name}: reply`, response_hex, parsed_response] as const] : []),
]);
const frame = fc.record({
  address: fc.stringMatching(/^[0-9A]{12}$/),
  control: fc.integer({ min: 0, max: 255 }),
  data: fc.uint8Array({ maxLength: 200 }),
});

describe('a DL/T 645 frame', () => {
  it('has vectors to be checked against', () => {
    expect(frames.length).toBeGreaterThan(80);
  });

  it.each(frames)('is encoded byte for byte as recorded: %s', (_, hex, parsed) => {
    const recorded = bytesOf(hex);
    const preamble = recorded.findIndex((byte) => byte !== 0xfe);
    const data = bytesOf(parsed.data_minus_33);
    const built = encodeFrame(
      { address: parsed.address, control: Number.parseInt(parsed.control, 16), data: new Uint8Array(data) },
      preamble,
    );
    expect(Buffer.from(built).toString('hex')).toBe(recorded.toString('hex'));
  });

  it.each(frames)('is found in the stream: %s', (_, hex, parsed) => {
    const [found] = new FrameSplitter().push(bytesOf(hex));
    expect(found?.frame.address).toBe(parsed.address);
    expect(
      Buffer.from(found?.frame.data ?? [])
        .toString('hex')
        .toUpperCase(),
    ).toBe(parsed.data_minus_33);
    expect(found?.wireBytes).toBe(bytesOf(hex).length);
  });

  it.each(vectors.filter(({ negative }) => negative))('is refused: $name', ({ response_hex }) => {
    expect(new FrameSplitter().push(bytesOf(response_hex ?? ''))).toEqual([]);
  });

  it('survives being cut into pieces and preceded by noise without a start byte', () => {
    const noise = fc.uint8Array({ maxLength: 20 }).map((bytes) => bytes.map((byte) => (byte === 0x68 ? 0 : byte)));
    fc.assert(
      fc.property(
        fc.array(frame, { minLength: 1, maxLength: 4 }),
        noise,
        fc.integer({ min: 1, max: 50 }),
        (sent, n, size) => {
          const stream = Buffer.concat([n, ...sent.map((one, i) => encodeFrame(one, i))]);
          const splitter = new FrameSplitter();
          const found = [];
          for (let from = 0; from < stream.length; from += size)
            found.push(...splitter.push(stream.subarray(from, from + size)));
          expect(found.map(({ frame: { address, control } }) => [address, control])).toEqual(
            sent.map(({ address, control }) => [address, control]),
          );
          expect(found.map(({ frame: { data } }) => [...data])).toEqual(sent.map(({ data }) => [...data]));
        },
      ),
    );
  });

  it('is found after the beginning of another one once silence has ended that', () => {
    const good = encodeFrame({ address: '000000000001', control: 0x11, data: Uint8Array.of(0, 0, 1, 0) });
    const splitter = new FrameSplitter();
    expect(splitter.push(Buffer.concat([good.subarray(0, 9), good]))).toEqual([]);
    splitter.reset();
    expect(splitter.push(good)).toHaveLength(1);
  });
});
