import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Anomaly } from '#contract/anomaly.ts';
import { at } from '../support/plan.ts';
import { get, KEY, NOW, OUTAGE, reading, seededApp } from './seeded-app.ts';

let seeded: Awaited<ReturnType<typeof seededApp>>;
beforeAll(async () => {
  seeded = await seededApp();
});
afterAll(() => seeded.close());

const api = async (path: string) => (await get(seeded.app, `/api/v1${path}`)).json;

// The tests share one application: time goes on from one to the next, and the outage in the other area comes last.

test('anomalies are paged with a cursor that belongs to the filter', async () => {
  const anomaly: Anomaly = {
    id: 'a',
    rule: 'stopped_meter',
    meter: '100000000001',
    openedAt: NOW,
    closedAt: null,
    from: NOW - 1,
    to: NOW,
    facts: {},
  };
  for (const [i, id] of ['a1', 'a2', 'a3'].entries()) {
    await seeded.state.anomalies.save({ ...anomaly, id, openedAt: NOW - (i > 0 ? 1 : 0) });
  }
  const ids: string[] = [];
  let cursor = '';
  for (;;) {
    const page = await api(`/anomalies?limit=1${cursor}`);
    ids.push(...page.items.map(({ id }: { id: string }) => id));
    if (page.nextCursor === null) break;
    cursor = `&cursor=${page.nextCursor}`;
  }
  expect(ids).toEqual(['a1', 'a2', 'a3']);
  expect(await api(`/anomalies?state=open${cursor}`)).toMatchObject({ code: 'bad_cursor' });
});

test('voltage of the meter hours ago does not speak for now', async () => {
  await seeded.readings.write([
    {
      task: 'instant',
      quantities: ['voltage_a_v', 'relay_open'],
      rows: [reading('100000000002', at('2026-11-20', '06:00:00'), [230, 0])],
    },
  ]);
  const json = await api('/supply-status?accountNo=0002');
  expect(json).toMatchObject({ verdict: 'unknown', missing: expect.arrayContaining(['freshVoltage', 'relayState']) });
  expect(json.evidence).toContainEqual(expect.objectContaining({ fact: 'relay_closed' }));
  expect(JSON.stringify(json)).not.toContain(KEY);
});

test('a disconnected account is told from a fault also hours after its meter was last heard of', async () => {
  const verdict = () => api('/supply-status?accountNo=0004');
  const verdictAfter = async (hours: number) => {
    await seeded.clock.advance(hours * 3_600_000);
    const { verdict: found, confidence } = await verdict();
    return [found, confidence];
  };
  expect(await verdictAfter(0)).toEqual(['arrearsDisconnected', 'high']);
  expect(await verdictAfter(2)).toEqual(['arrearsDisconnected', 'medium']);
  expect(await verdictAfter(20)).toEqual(['arrearsDisconnected', 'medium']);
  expect(await verdictAfter(3)).toEqual(['unknown', 'low']);
});

test('an outage counts the customers in it, not the supply meter', async () => {
  const meters = ['100000000001', '100000000002', '100000000009'];
  await seeded.state.outages.save({ ...OUTAGE, id: 'outage-A1', nodeId: 'A1', area: 'A1', meters });
  expect((await api('/outages?area=A1')).items).toMatchObject([{ customers: 2, priorityCustomers: 1 }]);
});
