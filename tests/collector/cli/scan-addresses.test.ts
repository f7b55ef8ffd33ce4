import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AddressSearch,
  EVERY_ADDRESS,
  type Range,
  searchAddresses,
} from '../../../collector/cli/scan-addresses.ts';
import type { Heard } from '../../../collector/cli/scan-listen.ts';

const text = (number: number): string => String(number).padStart(12, '0');

interface Bus {
  readonly meters: readonly string[];
  /** What is heard when several answer at once; damage unless named. */
  readonly whenSeveral?: Heard;
}

async function search(bus: Bus, options: { range?: Range; isDeep?: boolean } = {}) {
  const found: string[] = [];
  const clashes: string[] = [];
  const asked: string[] = [];
  const ask: AddressSearch['ask'] = async (address) => {
    asked.push(address);
    const pattern = new RegExp(`^${address.replaceAll('A', '.')}$`);
    const answering = bus.meters.filter((meter) => pattern.test(meter));
    if (answering.length > 1) return bus.whenSeveral ?? { addresses: [], isDamaged: true };
    return { addresses: answering, isDamaged: false };
  };
  await searchAddresses({
    ask,
    range: options.range ?? EVERY_ADDRESS,
    isDeep: options.isDeep ?? false,
    onFound: (address) => void found.push(address),
    onClash: (address) => void clashes.push(address),
    onStep: () => {},
    isStopped: () => false,
  });
  return { found, clashes, asked };
}

describe('the search for addresses', () => {
  it('asks once when the line has one meter', async () => {
    const { found, asked } = await search({ meters: [text(17)] });
    expect(found).toEqual([text(17)]);
    expect(asked).toEqual(['AAAAAAAAAAAA']);
  });

  it('finds every meter once, however they collide', async () => {
    const address = fc.oneof(
      fc.integer({ min: 0, max: 999_999_999_998 }),
      fc.integer({ min: 310_001_000_000, max: 310_001_000_300 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(address, { minLength: 1, maxLength: 12 }), async (numbers) => {
        const meters = numbers.map(text);
        const { found, clashes } = await search({ meters });
        expect(found.toSorted()).toEqual(meters.toSorted());
        expect(clashes).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('tells an address that two meters have', async () => {
    const { found, clashes } = await search({ meters: [text(5), text(5), text(6)] });
    expect(found).toEqual([text(6)]);
    expect(clashes).toEqual([text(5)]);
  });

  it('goes on behind a reply that came through together with damage', async () => {
    const meters = [text(11), text(22)];
    const { found } = await search({ meters, whenSeveral: { addresses: [text(11)], isDamaged: true } });
    expect(found).toEqual([text(11), text(22)]);
  });

  it('stops at a silent line, and with deep tries all endings behind a concentrator that swallows collisions', async () => {
    const bus = { meters: [text(11), text(22)], whenSeveral: { addresses: [], isDamaged: false } };
    expect((await search(bus)).asked).toHaveLength(1);
    expect((await search(bus, { isDeep: true })).found).toEqual([text(11), text(22)]);
  });

  it('asks the addresses of a narrow range one by one, and no others', async () => {
    const { found, asked } = await search(
      { meters: [text(101), text(103), text(999)] },
      { range: { from: 100, to: 104 } },
    );
    expect(asked).toEqual([100, 101, 102, 103, 104].map(text));
    expect(found).toEqual([text(101), text(103)]);
  });

  it('narrows a wide range by endings that lie in it, and reports nothing outside', async () => {
    const meters = [text(1_000_001), text(1_000_002), text(5)];
    const { found } = await search({ meters }, { range: { from: 1_000_000, to: 1_002_000 } });
    expect(found.toSorted()).toEqual([text(1_000_001), text(1_000_002)]);
  });
});
