import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Anomaly } from '#contract/anomaly.ts';
import { at } from '../support/plan.ts';
import { lossApp } from './line-loss-site.ts';
import { get } from './seeded-app.ts';

const OPENED = at('2026-11-19', '07:00:00');

function suspicion(meter: string, score: number, over: Partial<Anomaly> = {}): Anomaly {
  return {
    id: `theft_suspected-${meter}`,
    rule: 'theft_suspected',
    meter,
    area: meter.slice(0, 2),
    district: 'D1',
    level: 1,
    openedAt: OPENED + score,
    closedAt: null,
    from: at('2026-11-10'),
    to: at('2026-11-19'),
    facts: {
      reasonsZh: '日用电量下降',
      reasonsEn: 'daily use fell',
      fallDate: '2026-11-10',
      beforeWhADay: 9000,
      afterWhADay: 1000,
      lossRiseWhADay: 8000,
      shareLoss: 1,
      shareNeutral: 0,
      shareEvents: 0,
      shareNeighbours: 0.9,
    },
    score,
    ...over,
  };
}

let seeded: Awaited<ReturnType<typeof lossApp>>;
beforeAll(async () => {
  seeded = await lossApp(['2026-11-17', '2026-11-18', '2026-11-19']);
  const anomalies = [suspicion('B2-c1', 80), suspicion('B2-c2', 65), suspicion('B1-c3', 70, { closedAt: OPENED + 99 })];
  const stored = seeded.state.anomalies;
  await stored.commit({ anomalies, withdrawn: [], events: [], at: OPENED });
  await stored.judge(
    { anomaly: 'theft_suspected-B2-c1', verdict: 'theft', at: OPENED + 1000, by: 'k', note: 'shunt' },
    {
      ...{ type: 'anomaly.judged.v1', at: OPENED + 1000, district: 'D1', subject: 'theft_suspected-B2-c1' },
      ...{ evidenceAt: null, data: {} },
    },
  );
});
afterAll(() => seeded.close());

interface List<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

async function list<T>(path: string): Promise<List<T>> {
  const { status, json } = await get(seeded.app, `/api/v1/${path}`);
  expect(status).toBe(200);
  return json as List<T>;
}

it('lists suspicions with score, reasons in words and what the field found', async () => {
  const { items } = await list<Record<string, unknown>>('suspicions?state=open');
  expect(items.map(({ meter }) => meter)).toEqual(['B2-c1', 'B2-c2']);
  expect(items[0]).toMatchObject({
    account: 'n-B2-c1',
    score: 80,
    fallDate: '2026-11-10',
    reasons: { zh: '日用电量下降', en: 'daily use fell' },
    verdict: { verdict: 'theft', note: 'shunt' },
  });
  expect(items[1]?.['verdict']).toBeNull();
});

it('filters by score and area, and pages', async () => {
  expect((await list('suspicions?minScore=70')).items).toHaveLength(2);
  expect((await list('suspicions?area=B1')).items).toHaveLength(1);
  const first = await list<{ meter: string }>('suspicions?limit=2');
  expect(first.nextCursor).not.toBeNull();
  const rest = await list<{ meter: string }>(`suspicions?limit=2&cursor=${encodeURIComponent(first.nextCursor ?? '')}`);
  expect([...first.items, ...rest.items].map(({ meter }) => meter).toSorted()).toEqual(['B1-c3', 'B2-c1', 'B2-c2']);
  expect(rest.nextCursor).toBeNull();
});

it('puts the area first that lost most beyond the technical loss, and counts its suspects', async () => {
  const { items } = await list<{
    area: string;
    unexplainedWh: number;
    suspects: number;
    lostWh: number;
    suppliedWh: number;
  }>('suspicions/areas?date=2026-11-18');
  const [first] = items;
  expect(first).toMatchObject({ area: 'B2', suspects: 2 });
  expect(first?.unexplainedWh).toBe((first?.lostWh ?? 0) - Math.round((first?.suppliedWh ?? 0) * 0.04));
  const strict = await list<{ area: string; unexplainedWh: number }>(
    'suspicions/areas?date=2026-11-18&technicalPercent=50',
  );
  expect(strict.items.every(({ unexplainedWh }) => unexplainedWh === 0)).toBe(true);
});
