import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { get, seededApp, status } from './seeded-app.ts';

let seeded: Awaited<ReturnType<typeof seededApp>>;
beforeAll(async () => {
  seeded = await seededApp();
});
afterAll(() => seeded.close());

const HOUR = 3_600_000;

/** Stores what the collector said so long ago, its own clock being `off`. */
function tell(agoMs: number, off: number, district = 'd1'): Promise<void> {
  const now = seeded.clock.now();
  const said = { ...status(true), at: now - agoMs + off };
  return seeded.state.status.save({ district, collector: 'c1', status: said, receivedAt: now - agoMs });
}

/** What the page, the hotline and billing make of the collector. */
async function seen(): Promise<unknown> {
  const page = await get(seeded.app, '/');
  const supply = await get(seeded.app, '/api/v1/supply-status?meterNo=100000000004');
  const facts: { fact: string }[] = supply.json.evidence;
  const rows = (await get(seeded.app, '/api/v1/billing/reads?date=2026-11-20')).text.trimEnd().split('\n');
  const unread: { reason: string | null } | undefined = rows
    .map((row) => JSON.parse(row))
    .find(({ meter }) => meter === 'm1');
  return [
    /Collectors online<\/th><td>(\d+ \/ \d+)/.exec(page.text)?.[1],
    facts.find(({ fact }) => fact.startsWith('collector_'))?.fact,
    unread?.reason,
  ];
}

describe('a collector', () => {
  it('is not judged by what it said before it moved here from another district', async () => {
    await tell(HOUR, 0, 'd0');
    await tell(HOUR, 0, 'd9');
    expect(await seen()).toEqual(['1 / 1', 'collector_online', null]);
  });

  it.each([
    ['behind', -HOUR],
    ['ahead', HOUR],
  ])(
    'whose clock is an hour %s is online everywhere while it is heard, and offline when it is not',
    async (_w, off) => {
      // What the tests before asked for is kept for some seconds.
      await seeded.clock.advance(10 * 60_000);
      await tell(119_999, off);
      expect(await seen()).toEqual(['1 / 1', 'collector_online', null]);
      await seeded.clock.advance(60_000);
      await tell(120_000, off);
      expect(await seen()).toEqual(['0 / 1', 'collector_offline', 'collector_offline']);
    },
  );
});
